#pragma once

#include <shopbell/core/clock.hpp>

#include <chrono>
#include <optional>
#include <string_view>

namespace shopbell {

/// How long a Retry-After header (RFC 9110, section 10.2.3: seconds or an HTTP date) asks to wait. Of a
/// fraction of a second, which the RFC does not know, the next whole one. What lies in the past, or a
/// negative number, asks for nothing: zero. At most a year, so that nothing overflows; what is sensible is
/// the caller's to decide. Nothing for anything that is neither form.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                                         time_point now);

}  // namespace shopbell
