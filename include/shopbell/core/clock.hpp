#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// UTC wall-clock time in milliseconds: what events carry and the inbox stores.
using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

/// The present. Everything that decides takes the time as a parameter; only edges call this.
[[nodiscard]] time_point now() noexcept;

/// "2026-11-21T15:51:45.279Z" (RFC 3339, section 5.6).
[[nodiscard]] std::string to_rfc3339(time_point at);

/// "2026-11-21", the UTC day.
[[nodiscard]] std::string to_date(time_point at);

/// Reads the three forms of an HTTP date (RFC 9110, section 5.6.7), or nothing.
[[nodiscard]] std::optional<time_point> parse_http_date(std::string_view text);

}  // namespace shopbell
