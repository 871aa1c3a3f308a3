#include <shopbell/core/text.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace shopbell::ejunkie {
namespace {

struct zone {
    std::string_view name;
    int hours;  ///< east of Greenwich
};

constexpr zone zones[] = {
    {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"EST", -5},
    {"EDT", -4}, {"CST", -6}, {"CDT", -5}, {"GMT", 0},  {"UTC", 0},
};

constexpr std::array<std::string_view, 12> months = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december",
};

failure not_a_date() {
    return {errc::malformed, "not a date such as \"12:34:56 Dec 21, 2012 MST\""};
}

/// Takes the leading digits, at least `least` and at most `most` of them.
std::optional<int> take_number(std::string_view& text, std::size_t least, std::size_t most) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < most && text[digits] >= '0' && text[digits] <= '9')
        ++digits;
    if (digits < least)
        return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + digits, value);
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted))
        return false;
    text.remove_prefix(1);
    return true;
}

bool take_space(std::string_view& text) {
    const auto trimmed = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    const bool some = trimmed.size() < text.size();
    text = trimmed;
    return some;
}

std::string_view take_word(std::string_view& text) {
    const auto word = text.substr(0, text.find_first_of(" ,"));
    text.remove_prefix(word.size());
    return word;
}

std::optional<unsigned> month_of(std::string_view word) {
    const std::string wanted = to_lower(word);
    if (wanted.size() < 3)
        return std::nullopt;
    const auto found =
        std::ranges::find_if(months, [&](std::string_view month) { return month.starts_with(wanted); });
    if (found == months.end())
        return std::nullopt;
    return static_cast<unsigned>(found - months.begin()) + 1;
}

std::optional<std::chrono::seconds> take_time(std::string_view& text) {
    const auto hour = take_number(text, 1, 2);
    if (!hour || *hour > 23 || !take(text, ':'))
        return std::nullopt;
    const auto minute = take_number(text, 2, 2);
    if (!minute || *minute > 59 || !take(text, ':'))
        return std::nullopt;
    const auto second = take_number(text, 2, 2);
    if (!second || *second > 59)
        return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

std::optional<std::chrono::sys_days> take_day(std::string_view& text) {
    const auto month = month_of(take_word(text));
    if (!month || !take_space(text))
        return std::nullopt;
    const auto day = take_number(text, 1, 2);
    if (!day || !take(text, ','))
        return std::nullopt;
    take_space(text);
    const auto year = take_number(text, 4, 4);
    if (!year)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date);
}

}  // namespace

result<time_point> parse_payment_date(std::string_view text) {
    auto rest = trim(text);
    const auto time = take_time(rest);
    if (!time || !take_space(rest))
        return not_a_date();
    const auto day = take_day(rest);
    if (!day || !take_space(rest))
        return not_a_date();
    const auto named =
        std::ranges::find_if(zones, [rest](const zone& one) { return iequals(one.name, rest); });
    if (named == std::end(zones))
        return failure{errc::malformed, "a time zone that is not known, so no instant"};
    return time_point(*day + *time - std::chrono::hours(named->hours));
}

}  // namespace shopbell::ejunkie
