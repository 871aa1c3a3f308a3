#include <shopbell/providers/charset.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <array>

namespace shopbell {
namespace {

struct charset_name {
    std::string_view name;
    charset means;
};

constexpr charset_name charset_names[] = {
    {"utf-8", charset::utf_8},           {"utf8", charset::utf_8},
    {"iso-8859-1", charset::iso_8859_1}, {"iso8859-1", charset::iso_8859_1},
    {"iso_8859-1", charset::iso_8859_1}, {"latin1", charset::iso_8859_1},
    {"latin-1", charset::iso_8859_1},    {"windows-1252", charset::windows_1252},
    {"cp1252", charset::windows_1252},   {"cp-1252", charset::windows_1252},
    {"x-cp1252", charset::windows_1252},
};

/// What windows-1252 has at 0x80 to 0x9F, where ISO 8859-1 has control characters (Encoding Standard,
/// index windows-1252).
constexpr std::array<char16_t, 32> windows_1252_block = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

unsigned code_point(unsigned char byte, charset from) noexcept {
    if (from == charset::windows_1252 && byte >= 0x80 && byte <= 0x9F)
        return windows_1252_block[byte - 0x80U];
    return byte;
}

/// Enough for the Basic Multilingual Plane; single-byte charsets reach no further.
void append_utf8(std::string& text, unsigned code) {
    if (code < 0x80) {
        text += static_cast<char>(code);
        return;
    }
    if (code < 0x800) {
        text += static_cast<char>(0xC0U | code >> 6U);
    } else {
        text += static_cast<char>(0xE0U | code >> 12U);
        text += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
    }
    text += static_cast<char>(0x80U | (code & 0x3FU));
}

}  // namespace

std::optional<charset> find_charset(std::string_view name) noexcept {
    const auto wanted = trim(name);
    const auto found = std::ranges::find_if(
        charset_names, [wanted](const charset_name& one) { return iequals(one.name, wanted); });
    if (found == std::end(charset_names))
        return std::nullopt;
    return found->means;
}

std::optional<std::string> to_utf8(std::string_view bytes, charset from) {
    if (from == charset::utf_8) {
        if (!is_utf8(bytes))
            return std::nullopt;
        return std::string(bytes);
    }
    std::string text;
    text.reserve(bytes.size());
    for (const char c : bytes)
        append_utf8(text, code_point(static_cast<unsigned char>(c), from));
    return text;
}

}  // namespace shopbell
