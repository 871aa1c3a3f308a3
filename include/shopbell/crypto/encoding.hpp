#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace shopbell {

/// Standard alphabet with padding (RFC 4648, section 4).
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// Strict: standard alphabet, canonical padding, no white space, no stray bits (RFC 4648, section 3.5).
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// The alphabet that is safe in URLs (RFC 4648, section 5), without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// The same alphabet, strict, with canonical padding or without any.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// Each of the three into a buffer, without an allocation: how many bytes, or nothing where the text is
/// malformed or the buffer too short.
[[nodiscard]] std::optional<std::size_t> base64_decode(std::string_view text, std::span<char> into) noexcept;
[[nodiscard]] std::optional<std::size_t> base64url_decode(std::string_view text,
                                                          std::span<char> into) noexcept;
[[nodiscard]] std::optional<std::size_t> hex_decode(std::string_view text, std::span<char> into) noexcept;

/// Lower case.
[[nodiscard]] std::string hex_encode(std::string_view bytes);

/// Either case, an even number of digits.
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);

}  // namespace shopbell
