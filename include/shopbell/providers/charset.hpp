#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// The charsets that a form's text comes in (providers.md 2.6).
enum class charset : unsigned char { utf_8, iso_8859_1, windows_1252 };

/// The charset of that name or common alias ("UTF-8", "latin1", "cp1252"), without regard to case and
/// surrounding space; nothing for any other.
[[nodiscard]] std::optional<charset> find_charset(std::string_view name) noexcept;

/// The same text in UTF-8; nothing where the bytes are not valid in that charset, which only happens for
/// utf-8. The five bytes that windows-1252 leaves open become the C1 controls of the same number (Encoding
/// Standard), so that it can read anything.
[[nodiscard]] std::optional<std::string> to_utf8(std::string_view bytes, charset from);

}  // namespace shopbell
