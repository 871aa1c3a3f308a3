#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

/// Classes of ASCII characters, whatever the locale. A byte beyond ASCII belongs to none.
namespace shopbell {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) noexcept {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_alphanumeric(char c) noexcept {
    return is_digit(c) || is_lower(c) || is_upper(c);
}
/// Space, tab, CR or LF.
constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
/// U+0000 to U+001F and U+007F.
constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

constexpr char to_lower(char c) noexcept {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char to_upper(char c) noexcept {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

/// The value of a hexadecimal digit in either case.
constexpr std::optional<unsigned> hex_value(char c) noexcept {
    if (is_digit(c))
        return static_cast<unsigned>(c - '0');
    const char lower = to_lower(c);
    if (lower >= 'a' && lower <= 'f')
        return static_cast<unsigned>(lower - 'a' + 10);
    return std::nullopt;
}
constexpr bool is_hex_digit(char c) noexcept {
    return hex_value(c).has_value();
}

/// Whether the text is one or more decimal digits and nothing else.
constexpr bool is_digits(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

/// Whether every character is a letter, a digit or one of `marks`.
constexpr bool is_alphanumeric_or(std::string_view text, std::string_view marks) noexcept {
    return std::ranges::all_of(
        text, [marks](char c) { return is_alphanumeric(c) || marks.find(c) != std::string_view::npos; });
}

inline constexpr auto token_characters = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        table[c] = is_alphanumeric(static_cast<char>(c));
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

constexpr bool is_token_character(char c) noexcept {
    return token_characters[static_cast<unsigned char>(c)];
}

/// Whether the text is a token of HTTP, such as a header's name (RFC 9110, section 5.6.2).
constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_token_character);
}

}  // namespace shopbell
