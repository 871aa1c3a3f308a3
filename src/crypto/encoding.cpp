#include <shopbell/crypto/encoding.hpp>

#include "openssl.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace shopbell {

namespace {

constexpr unsigned char no_value = 0xff;
using digit_values = std::array<unsigned char, 256>;

/// What each sign stands for, by its place in the alphabet.
constexpr digit_values values_in(std::string_view alphabet) noexcept {
    digit_values values{};
    values.fill(no_value);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<unsigned char>(i);
    return values;
}

constexpr auto base64_values = values_in("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
constexpr auto base64url_values =
    values_in("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

constexpr digit_values hex_values = [] {
    auto values = values_in("0123456789abcdef");
    for (unsigned char i = 0; i < 6; ++i)
        values[static_cast<unsigned char>('A' + i)] = static_cast<unsigned char>(10 + i);
    return values;
}();

unsigned char value_of(char sign, const digit_values& in) noexcept {
    return in[static_cast<unsigned char>(sign)];
}

/// Without the signs that fill the last group of four.
std::string_view without_padding(std::string_view text) noexcept {
    return text.substr(0, text.size() - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0));
}

/// `text` has no padding.
std::optional<std::size_t> decode_groups(std::string_view text, const digit_values& values,
                                         std::span<char> into) noexcept {
    if (text.size() % 4 == 1 || text.size() * 3 / 4 > into.size())
        return std::nullopt;
    std::uint32_t bits = 0;
    unsigned waiting = 0;
    std::size_t size = 0;
    for (const char sign : text) {
        const auto value = value_of(sign, values);
        if (value == no_value)
            return std::nullopt;
        bits = bits << 6 | value;
        waiting += 6;
        if (waiting >= 8) {
            waiting -= 8;
            into[size++] = static_cast<char>(bits >> waiting & 0xff);
        }
    }
    const bool has_stray_bits = (bits & ((1U << waiting) - 1)) != 0;
    return has_stray_bits ? std::nullopt : std::optional(size);
}

template <class Decode>
std::optional<std::string> decode_all(std::size_t most, Decode decode) {
    std::string out(most, '\0');
    const std::optional<std::size_t> size = decode(std::span<char>(out));
    if (!size)
        return std::nullopt;
    out.resize(*size);
    return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends with a NUL
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes),
                                       static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    return out;
}

std::optional<std::size_t> base64_decode(std::string_view text, std::span<char> into) noexcept {
    if (text.size() % 4 != 0)
        return std::nullopt;
    return decode_groups(without_padding(text), base64_values, into);
}

std::optional<std::string> base64_decode(std::string_view text) {
    return decode_all(text.size() / 4 * 3, [text](auto into) { return base64_decode(text, into); });
}

std::string base64url_encode(std::string_view bytes) {
    auto text = base64_encode(bytes);
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    text.erase(std::min(text.find('='), text.size()));
    return text;
}

std::optional<std::size_t> base64url_decode(std::string_view text, std::span<char> into) noexcept {
    const auto bare = without_padding(text);
    if (bare.size() != text.size() && text.size() % 4 != 0)
        return std::nullopt;
    return decode_groups(bare, base64url_values, into);
}

std::optional<std::string> base64url_decode(std::string_view text) {
    return decode_all(text.size() / 4 * 3 + 2, [text](auto into) { return base64url_decode(text, into); });
}

std::string hex_encode(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 0x0f];
    }
    return out;
}

std::optional<std::size_t> hex_decode(std::string_view text, std::span<char> into) noexcept {
    const auto size = text.size() / 2;
    if (text.size() % 2 != 0 || size > into.size())
        return std::nullopt;
    for (std::size_t i = 0; i < size; ++i) {
        const auto high = value_of(text[2 * i], hex_values);
        const auto low = value_of(text[2 * i + 1], hex_values);
        if (high == no_value || low == no_value)
            return std::nullopt;
        into[i] = static_cast<char>(high << 4 | low);
    }
    return size;
}

std::optional<std::string> hex_decode(std::string_view text) {
    return decode_all(text.size() / 2, [text](auto into) { return hex_decode(text, into); });
}

}  // namespace shopbell
