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

}  // namespace shopbell
