#include <shopbell/core/white_space.hpp>

namespace shopbell {

namespace {

struct unseen_range {
    char32_t first, last;
    std::string_view name;
};

constexpr unseen_range unseen_ranges[] = {
    {'\t', '\t', "a tab"},
    {'\n', '\r', "a line break"},
    {' ', ' ', "a space"},
    {0x00, 0x1F, "a control character"},
    {0x7F, 0x7F, "a control character"},
    {0x80, 0x9F, "a control character"},
    {0xA0, 0xA0, "no-break space"},
    {0xAD, 0xAD, "soft hyphen"},
    {0x180E, 0x180E, "vowel separator"},
    {0x2000, 0x200A, "a wide or narrow space"},
    {0x200B, 0x200B, "zero width space"},
    {0x200C, 0x200D, "zero width joiner"},
    {0x200E, 0x200F, "direction mark"},
    {0x2028, 0x2029, "line separator"},
    {0x202A, 0x202E, "direction mark"},
    {0x202F, 0x202F, "narrow no-break space"},
    {0x205F, 0x205F, "a wide or narrow space"},
    {0x2060, 0x2064, "word joiner"},
    {0x2066, 0x2069, "direction mark"},
    {0x3000, 0x3000, "ideographic space"},
    {0xFEFF, 0xFEFF, "byte order mark"},
};

/// One character at the start of a text, and how many bytes it has.
struct character {
    char32_t code;
    std::size_t length;
};

/// A byte that begins no character that could be unseen stands for itself.
character first_character(std::string_view text) noexcept {
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const auto continues = [&](std::size_t at) { return at < text.size() && (byte(at) & 0xC0U) == 0x80; };
    const char32_t lead = byte(0);
    if (lead >= 0xC2 && lead <= 0xDF && continues(1))
        return {(lead & 0x1FU) << 6U | (byte(1) & 0x3FU), 2};
    if (lead >= 0xE0 && lead <= 0xEF && continues(1) && continues(2))
        return {(lead & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU), 3};
    return {lead < 0x80 ? lead : U'?', 1};
}

const unseen_range* find_range(char32_t code) noexcept {
    for (const auto& one : unseen_ranges) {
        if (code >= one.first && code <= one.last)
            return &one;
    }
    return nullptr;
}

/// How many bytes the last character has.
std::size_t last_length(std::string_view text) noexcept {
    std::size_t length = 1;
    while (length < text.size() && length < 4 &&
           (static_cast<unsigned char>(text[text.size() - length]) & 0xC0U) == 0x80)
        ++length;
    return length;
}

std::string described(char32_t code, const unseen_range& range) {
    if (code < 0x80)
        return std::string(range.name);
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text = "U+";
    for (const unsigned shift : {12U, 8U, 4U, 0U})
        text += digits[code >> shift & 0xFU];
    return text.append(" (").append(range.name).append(")");
}

}  // namespace

std::string_view trim_unseen(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto [code, length] = first_character(text);
        if (find_range(code) == nullptr)
            break;
        text.remove_prefix(length);
    }
    while (!text.empty()) {
        const auto length = last_length(text);
        const auto last = first_character(text.substr(text.size() - length));
        if (last.length != length || find_range(last.code) == nullptr)
            break;
        text.remove_suffix(length);
    }
    return text;
}

std::string without_unseen(std::string_view text) {
    std::string seen;
    while (!text.empty()) {
        const auto [code, length] = first_character(text);
        if (find_range(code) == nullptr)
            seen += text.substr(0, length);
        text.remove_prefix(length);
    }
    return seen;
}

std::optional<std::string> first_unseen(std::string_view text) {
    while (!text.empty()) {
        const auto [code, length] = first_character(text);
        if (const auto* range = find_range(code))
            return described(code, *range);
        text.remove_prefix(length);
    }
    return std::nullopt;
}

}  // namespace shopbell
