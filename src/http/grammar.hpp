#pragma once

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// The smallest pieces of HTTP's grammar (RFC 9110, section 5.6).
namespace shopbell::http {

inline constexpr std::string_view line_end = "\r\n";

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

constexpr bool is_hex_digit(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool is_alphanumeric(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t';
}

/// What stands in no line of a message: every control byte but the tab.
constexpr bool is_control(char c) noexcept {
    return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
}

/// Where the next control byte stands at or behind `from`; the text's size where none does. Every byte of a
/// request's head passes here, so it looks at eight at a time: the lowest byte that is marked is a control
/// byte or a tab, and none below it is.
inline std::size_t find_control(std::string_view text, std::size_t from = 0) noexcept {
    constexpr std::size_t width = 8;
    constexpr std::uint64_t each = 0x0101010101010101;
    constexpr std::uint64_t marks = each * 0x80;
    const auto mark_below = [](std::uint64_t bytes, std::uint64_t bound) {
        return (bytes - each * bound) & ~bytes & marks;
    };
    while (from + width <= text.size()) {
        std::array<unsigned char, width> next{};
        std::memcpy(next.data(), text.data() + from, width);
        const auto bytes = boost::endian::load_little_u64(next.data());
        const auto marked = mark_below(bytes, ' ') | mark_below(bytes ^ (each * 0x7f), 1);
        from += static_cast<std::size_t>(std::countr_zero(marked)) / width;
        if (marked != 0 && is_control(text[from]))
            return from;
        from += marked == 0 ? 0 : 1;
    }
    while (from < text.size() && !is_control(text[from]))
        ++from;
    return from;
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

constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_token_character(c); });
}

/// Adds "name: value" and its line end. Control bytes become spaces: what came from outside cannot add a
/// line.
inline void append_field(std::string& out, std::string_view name, std::string_view value) {
    const auto append_clean = [&out](std::string_view text) {
        const auto begin = static_cast<std::ptrdiff_t>(out.size());
        out += text;
        std::replace_if(
            out.begin() + begin, out.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    };
    append_clean(name);
    out += ": ";
    append_clean(value);
    out += "\r\n";
}

}  // namespace shopbell::http
