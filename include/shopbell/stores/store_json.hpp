#pragma once

#include <shopbell/core/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// JSON as stores send it, which is a little more than RFC 8259 allows.
namespace shopbell {

/// Reads a body as json::document::parse does, and also one that is JSON but for byte order marks in front or
/// surrogates that stand alone: the document then has no mark, and U+FFFD in the place of each such
/// surrogate.
[[nodiscard]] result<json::document> parse_body(std::string_view body);

/// The same as json::document::outline does it.
[[nodiscard]] result<json::document> outline_body(std::string_view body, std::size_t levels);

/// The text with U+FFFD in the place of each surrogate that stands in it as three bytes, which UTF-8 forbids;
/// nothing where there is none.
[[nodiscard]] std::optional<std::string> without_surrogate_bytes(std::string_view text);

}  // namespace shopbell
