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
    if (is_digits(text))
        return seconds_of(text);
    if (text.starts_with('-') && is_digits(text.substr(1)))
        return std::chrono::milliseconds(0);
    const auto date = parse_http_date(text);
    if (!date)
        return std::nullopt;
    return std::clamp<std::chrono::milliseconds>(*date - now, std::chrono::milliseconds(0), longest);
}

}  // namespace shopbell
