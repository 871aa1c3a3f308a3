#include <shopbell/admin/moment.hpp>

#include <shopbell/config/reader.hpp>
#include <shopbell/stores/timestamp.hpp>

#include <string>

namespace shopbell {

std::optional<time_point> parse_moment(std::string_view text, time_point present) {
    if (const auto back = config::parse_duration(text))
        return present - *back;
    if (text.find('T') == std::string_view::npos)
        return parse_timestamp(std::string(text) + "T00:00:00Z");
    // The stores' own spellings, "… UTC", are not for here.
    if (text.find(' ') != std::string_view::npos || text.ends_with("UTC"))
        return std::nullopt;
    return parse_timestamp(text);
}

std::string to_human_time(std::uint64_t seconds) {
    constexpr std::uint64_t minute = 60, hour = 60 * minute, day = 24 * hour;
    if (seconds < 2 * minute)
        return std::to_string(seconds) + " s";
    if (seconds < 2 * hour)
        return std::to_string(seconds / minute) + " min";
    if (seconds < 2 * day)
        return std::to_string(seconds / hour) + " h";
    return std::to_string(seconds / day) + " days";
}

}  // namespace shopbell
