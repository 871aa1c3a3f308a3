#pragma once

#include <shopbell/core/json.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace shopbell {

/// Calls `fits` with the same document in the ways in which the JSON writers of common languages write it,
/// until it returns true; what it is called with second is that way in words, behind "the same JSON ":
/// "without spaces", "indented by two spaces". Names, their order and the digits of numbers stay as they are.
/// True where one did fit.
bool try_json_styles(std::string_view json,
                     const std::function<bool(const std::string& text, const std::string& way)>& fits);

}  // namespace shopbell
