#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/log.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// One line of the log without its newline.
///   json:  {"time":"2026-11-21T15:51:45.279Z","level":"info","message":"…","name":value …}
///   text:  2026-11-21T15:51:45.279Z info message name=value name="with \"quotes\" and spaces"
/// Nothing in a line ends it or steers a terminal: control characters are escaped in both.
[[nodiscard]] std::string format_line(log_format format, time_point at, log_level level,
                                      std::string_view message, const log_fields& fields);

}  // namespace shopbell
