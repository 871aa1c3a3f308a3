#include "text_search.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/stores/form.hpp>

#include <charconv>
#include <optional>

namespace shopbell {

namespace {

void append_utf8(std::string& to, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { to += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6));
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3F));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

/// The four digits behind "\u" at the front of the text.
std::optional<std::uint32_t> code_unit(std::string_view text) {
    constexpr std::size_t size = 6;
    if (text.size() < size || !text.starts_with("\\u"))
        return std::nullopt;
    std::uint32_t unit = 0;
    const auto* const end = text.data() + size;
    const auto [stopped, error] = std::from_chars(text.data() + 2, end, unit, 16);
    return error == std::errc() && stopped == end ? std::optional(unit) : std::nullopt;
}

/// Undoes one "\uXXXX", or two that are a pair, at the front of the text; how many characters it had.
std::size_t append_code(std::string& to, std::string_view text) {
    constexpr std::size_t size = 6;
    const auto first = code_unit(text);
    if (!first)
        return 0;
    const auto second = *first >= 0xD800 && *first < 0xDC00 ? code_unit(text.substr(size)) : std::nullopt;
    if (second && *second >= 0xDC00 && *second < 0xE000) {
        append_utf8(to, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
        return 2 * size;
    }
    append_utf8(to, *first >= 0xD800 && *first < 0xE000 ? 0xFFFD : *first);
    return size;
}

std::optional<char> simple_escape(char c) {
    switch (c) {
        case '"':
        case '\\':
        case '/':
            return c;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return std::nullopt;
    }
}

}  // namespace

text_search::text_search(std::string_view text, std::shared_ptr<const delivery_reading> by)
    : wanted_(to_lower(text)), by_(std::move(by)) {}

bool text_search::stands_in(std::string_view text) const {
    return to_lower(text).find(wanted_) != std::string::npos;
}

bool text_search::matches(const stored_event& stored) const {
    for (const auto& field : stored.fields) {
        if (stands_in(field.name + ": " + field.value))
            return true;
    }
    const auto body = by_->blank(stored.endpoint, stored.provider, {stored.type, stored.fields, stored.body});
    if (stands_in(body))
        return true;
    if (body.find('\\') != std::string::npos && stands_in(undo_json_escapes(body)))
        return true;
    const auto type = to_lower(value_of(stored.fields, "Content-Type"));
    return type.find("x-www-form-urlencoded") != std::string::npos && stands_in(form_decode(body));
}

std::string undo_json_escapes(std::string_view text) {
    std::string undone;
    undone.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = text.substr(at);
        if (rest.front() == '\\' && rest.size() > 1) {
            if (const auto taken = append_code(undone, rest); taken > 0) {
                at += taken;
                continue;
            }
            if (const auto plain = simple_escape(rest[1])) {
                undone += *plain;
                at += 2;
                continue;
            }
        }
        undone += rest.front();
        ++at;
    }
    return undone;
}

}  // namespace shopbell
