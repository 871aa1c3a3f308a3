#pragma once

#include <shopbell/core/clock.hpp>

#include <optional>
#include <string_view>

namespace shopbell {

/// Reads a date and time that names its zone, in the forms that stores send:
///   "2023-02-10 13:56:35 UTC"  "2025-01-01 10:18:51.829 UTC"  "2014-03-01T01:43:16+00:00"  "…Z"
///   "2024-02-03 04:05:06 -0300", as Ruby writes a time of another zone
/// Grammar: DATE ("T" | " ") TIME [ "." 1*9DIGIT ] [ " " ] ("UTC" | "GMT" | "Z" | ("+" | "-") HH [ [ ":" ] MM
/// ]). Digits beyond the milliseconds are cut off. Nothing for anything else; a time without a zone is no
/// instant.
[[nodiscard]] std::optional<time_point> parse_timestamp(std::string_view text);

}  // namespace shopbell
