#pragma once

#include <shopbell/core/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Bytes of one code. What is longer is hardly meant as one.
constexpr std::size_t longest_code = 1024;

/// The codes of a text, one a line, as sellers' lists and programs have them: without the space around them,
/// empty lines and byte order marks. Fails with `malformed` and the line's number where one is no text that
/// can be mailed to a buyer; the reason repeats nothing of it.
[[nodiscard]] result<std::vector<std::string>> read_codes(std::string_view text);

/// What is wrong with one code; nothing where it is fine.
[[nodiscard]] std::optional<std::string> objection_to_code(std::string_view code);

/// A code counts as a secret: its last four characters, for people to know it by.
[[nodiscard]] std::string masked_code(std::string_view code);

}  // namespace shopbell
