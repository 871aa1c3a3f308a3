#include <shopbell/stores/timestamp.hpp>

namespace shopbell {
namespace {

/// Walks over a text; every `take` moves forward only where it finds what it is asked for.
class scanner {
public:
    explicit scanner(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool take(std::string_view word) noexcept {
        if (!rest_.starts_with(word))
            return false;
        rest_.remove_prefix(word.size());
        return true;
    }

    [[nodiscard]] std::optional<int> digits(std::size_t count) noexcept {
        if (rest_.size() < count)
            return std::nullopt;
        int number = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9')
                return std::nullopt;
            number = number * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return number;
    }

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

std::optional<std::chrono::sys_days> take_date(scanner& in) {
    const auto year = in.digits(4);
    if (!year || !in.take("-"))
        return std::nullopt;
    const auto month = in.digits(2);
    if (!month || !in.take("-"))
        return std::nullopt;
    const auto day = in.digits(2);
    if (!day)
        return std::nullopt;
    const auto date = std::chrono::year(*year) / *month / *day;
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days(date);
}

std::optional<std::chrono::minutes> take_hours_and_minutes(scanner& in) {
    const auto hours = in.digits(2);
    if (!hours || *hours > 23 || !in.take(":"))
        return std::nullopt;
    const auto minutes = in.digits(2);
    if (!minutes || *minutes > 59)
        return std::nullopt;
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
}

std::optional<std::chrono::milliseconds> take_seconds(scanner& in) {
    const auto seconds = in.digits(2);
    if (!seconds || *seconds > 59)
        return std::nullopt;
    int thousandths = 0;
    if (in.take(".")) {
        constexpr int most = 9;
        int place = 100;
        int read = 0;
        for (; read < most; ++read, place /= 10) {
            const auto digit = in.digits(1);
            if (!digit)
                break;
            thousandths += *digit * place;
        }
        if (read == 0)
            return std::nullopt;
    }
    return std::chrono::seconds(*seconds) + std::chrono::milliseconds(thousandths);
}

/// "03:00", "0300" or "03".
std::optional<std::chrono::minutes> take_offset(scanner& in) {
    const auto hours = in.digits(2);
    if (!hours || *hours > 23)
        return std::nullopt;
    const bool has_minutes = in.take(":");
    if (in.at_end() && !has_minutes)
        return std::chrono::hours(*hours);
    const auto minutes = in.digits(2);
    if (!minutes || *minutes > 59)
        return std::nullopt;
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
}

/// How far the zone is ahead of UTC.
std::optional<std::chrono::minutes> take_zone(scanner& in) {
    for (const auto* utc : {"UTC", "GMT", "Z", "z"}) {
        if (in.take(utc))
            return std::chrono::minutes(0);
    }
    const bool behind = in.take("-");
    if (!behind && !in.take("+"))
        return std::nullopt;
    const auto offset = take_offset(in);
    if (!offset)
        return std::nullopt;
    return behind ? -*offset : *offset;
}

/// An offset can push a time out of the years that RFC 3339 can write.
std::optional<time_point> within_rfc3339(time_point when) {
    using namespace std::chrono;
    if (when < sys_days(year(0) / 1 / 1) || when >= sys_days(year(10000) / 1 / 1))
        return std::nullopt;
    return when;
}

}  // namespace

std::optional<time_point> parse_timestamp(std::string_view text) {
    scanner in(text);
    const auto date = take_date(in);
    if (!date || !(in.take("T") || in.take("t") || in.take(" ")))
        return std::nullopt;
    const auto minutes = take_hours_and_minutes(in);
    if (!minutes || !in.take(":"))
        return std::nullopt;
    const auto seconds = take_seconds(in);
    if (!seconds)
        return std::nullopt;
    static_cast<void>(in.take(" "));
    const auto offset = take_zone(in);
    if (!offset || !in.at_end())
        return std::nullopt;
    return within_rfc3339(*date + *minutes + *seconds - *offset);
}

}  // namespace shopbell
