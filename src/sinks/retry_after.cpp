#include <shopbell/sinks/retry_after.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <charconv>

namespace shopbell {
namespace {

constexpr std::chrono::seconds longest = std::chrono::hours(24 * 365);

bool is_digits(std::string_view text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::chrono::seconds seconds_of(std::string_view digits) noexcept {
    std::chrono::seconds::rep count = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return read.ec == std::errc() ? std::min(std::chrono::seconds(count), longest) : longest;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, time_point now) {
    const std::string_view text = trim(value);
    const bool negative = text.starts_with('-');
    const auto number = text.substr(negative ? 1 : 0);
    const auto whole = number.substr(0, number.find('.'));
    const auto fraction = number.substr(std::min(whole.size() + 1, number.size()));
    if (is_digits(whole) && (whole.size() == number.size() || is_digits(fraction))) {
        if (negative)
            return std::chrono::milliseconds(0);
        const bool begun = fraction.find_first_not_of('0') != std::string_view::npos;
        return std::min(seconds_of(whole) + std::chrono::seconds(begun ? 1 : 0), longest);
    }
    const auto date = parse_http_date(text);
    if (!date)
        return std::nullopt;
    return std::clamp<std::chrono::milliseconds>(*date - now, std::chrono::milliseconds(0), longest);
}

}  // namespace shopbell
