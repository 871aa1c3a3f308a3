#pragma once

#include <shopbell/sinks/sink.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// The beginning of somebody else's text as one line of well-formed text, for a reason: runs of white space
/// and control characters become one space.
[[nodiscard]] std::string excerpt(std::string_view text);

/// The beginning as it is, in well-formed UTF-8 and at most so many bytes: for an outcome's `response`.
[[nodiscard]] std::string as_response(std::string_view text, std::size_t longest = longest_response);

}  // namespace shopbell
