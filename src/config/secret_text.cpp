#include "secret_text.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/core/white_space.hpp>

#include <array>

namespace shopbell::config {

namespace {

enum class byte_order : unsigned char { little_endian, big_endian };

/// By the mark in front, else by the zeros that ASCII has in every other byte.
std::optional<byte_order> utf16_order(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xFE"))
        return byte_order::little_endian;
    if (bytes.starts_with("\xFE\xFF"))
        return byte_order::big_endian;
    if (bytes.size() < 2 || bytes.size() % 2 != 0)
        return std::nullopt;
    std::array<bool, 2> all_zero = {true, true};
    for (std::size_t at = 0; at < bytes.size(); ++at)
        all_zero[at % 2] = all_zero[at % 2] && bytes[at] == '\0';
    if (all_zero[0] == all_zero[1])
        return std::nullopt;
    return all_zero[1] ? byte_order::little_endian : byte_order::big_endian;
}

void append_utf8(std::string& text, char32_t code) {
    const auto add = [&text](char32_t byte) { text += static_cast<char>(byte); };
    if (code < 0x80)
        return add(code);
    if (code < 0x800) {
        add(0xC0U | code >> 6U);
    } else {
        if (code < 0x10000) {
            add(0xE0U | code >> 12U);
        } else {
            add(0xF0U | code >> 18U);
            add(0x80U | (code >> 12U & 0x3FU));
        }
        add(0x80U | (code >> 6U & 0x3FU));
    }
    add(0x80U | (code & 0x3FU));
}

std::string from_utf16(std::string_view bytes, byte_order order) {
    const std::size_t high_at = order == byte_order::big_endian ? 0 : 1;
    const auto unit = [&](std::size_t at) -> char32_t {
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
        return static_cast<char32_t>(byte(at + high_at) << 8U | byte(at + 1 - high_at));
    };
    std::string text;
    for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
        auto code = unit(at);
        const bool begins_pair = code >= 0xD800 && code < 0xDC00 && at + 3 < bytes.size();
        if (begins_pair && unit(at + 2) >= 0xDC00 && unit(at + 2) < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10U) + (unit(at + 2) - 0xDC00);
            at += 2;
        }
        append_utf8(text, code);
    }
    return text;
}

/// Without line ends and NULs around it.
std::string_view without_line_ends(std::string_view text) {
    constexpr std::string_view ends("\r\n\0", 3);
    const auto first = text.find_first_not_of(ends);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(ends) + 1 - first);
}

bool is_in_quotes(std::string_view text) {
    return text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
}

}  // namespace

std::string meant_by(std::string bytes, secret_kind kind) {
    if (const auto order = utf16_order(bytes))
        bytes = from_utf16(bytes, *order);
    const auto text = without_line_ends(without_byte_order_marks(bytes));
    return std::string(kind == secret_kind::token ? trim_unseen(text) : text);
}

std::optional<std::string> doubt_about(std::string_view text, secret_kind kind) {
    if (kind == secret_kind::document)
        return std::nullopt;
    const auto seen = trim_unseen(text);
    if (seen.data() != text.data())
        return "begins with " + first_unseen(text).value_or("white space");
    if (seen.size() != text.size())
        return "ends with " + first_unseen(text.substr(seen.size())).value_or("white space");
    // A password may be several words.
    std::string inner(text);
    if (kind == secret_kind::password)
        std::erase(inner, ' ');
    if (const auto what = first_unseen(inner))
        return "has " + *what + " in it";
    if (is_in_quotes(text))
        return "stands in quotes";
    return std::nullopt;
}

}  // namespace shopbell::config
