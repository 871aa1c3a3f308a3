#pragma once

#include <shopbell/core/json.hpp>

#include <string>

namespace shopbell {

/// The value over several lines, two spaces a level, without a line feed at the end. Numbers and strings are
/// the very characters of the document: no digit changes.
[[nodiscard]] std::string pretty_json(const json::value& value);

}  // namespace shopbell
