#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

// What nobody sees in a text that was copied from a web page, a mail or another system's file: ASCII space
// and control characters, and those of Unicode that show as a space or as nothing. Texts are UTF-8.

/// Without it at both ends.
[[nodiscard]] std::string_view trim_unseen(std::string_view text) noexcept;

/// Without any of it.
[[nodiscard]] std::string without_unseen(std::string_view text);

/// The first of it, for people: "a space", "a line break", "U+200B (zero width space)". Nothing where there
/// is none.
[[nodiscard]] std::optional<std::string> first_unseen(std::string_view text);

}  // namespace shopbell
