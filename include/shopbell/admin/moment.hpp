#pragma once

#include <shopbell/core/clock.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// A point in time as an operator writes it: a duration back from `present` ("10m", "12h", "30d"), an RFC
/// 3339 date ("2026-11-21", its first moment in UTC) or date and time ("2026-11-21T15:51:45Z", or with an
/// offset). Nothing for anything else.
[[nodiscard]] std::optional<time_point> parse_moment(std::string_view text, time_point present);

/// "12 s", "4 min", "3 h", "2 days"
[[nodiscard]] std::string to_human_time(std::uint64_t seconds);

/// What to say of a text that is none.
constexpr std::string_view moment_forms =
    "give a date (2026-11-21), a date and time (2026-11-21T15:51:45Z) or a time back from now (10m, 12h, "
    "30d)";

}  // namespace shopbell
