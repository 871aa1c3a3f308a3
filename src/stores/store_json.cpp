#include <shopbell/stores/store_json.hpp>

#include <shopbell/core/text.hpp>

#include <charconv>

namespace shopbell {
namespace {

constexpr std::size_t escape_length = 6;  // \uXXXX
constexpr unsigned first_high = 0xD800;
constexpr unsigned first_low = 0xDC00;
constexpr unsigned behind_low = 0xE000;

/// The code unit of the \u escape at the start of the text; 0 where there is none.
unsigned escaped_unit(std::string_view text) noexcept {
    if (text.size() < escape_length || !text.starts_with("\\u"))
        return 0;
    unsigned unit = 0;
    const char* const end = text.data() + escape_length;
    const auto read = std::from_chars(text.data() + 2, end, unit, 16);
    return read.ptr == end ? unit : 0;
}

bool is_high(unsigned unit) noexcept {
    return unit >= first_high && unit < first_low;
}
bool is_low(unsigned unit) noexcept {
    return unit >= first_low && unit < behind_low;
}

/// Nothing where every escaped surrogate has its other half. simdjson does not see all that have not.
std::optional<std::string> without_lone_escapes(std::string_view json) {
    constexpr std::string_view replacement = "\\ufffd";
    std::optional<std::string> changed;
    for (auto at = json.find('\\'); at != std::string_view::npos;) {
        const auto unit = escaped_unit(json.substr(at));
        std::size_t length = 2;  // an escaped backslash does not begin another escape
        if (is_high(unit) && is_low(escaped_unit(json.substr(at + escape_length)))) {
            length = 2 * escape_length;
        } else if (is_high(unit) || is_low(unit)) {
            if (!changed)
                changed.emplace(json);
            changed->replace(at, escape_length, replacement);
            length = escape_length;
        }
        at = json.find('\\', at + length);
    }
    return changed;
}

template <class Read>
result<json::document> read_leniently(std::string_view body, Read read) {
    const auto json = without_byte_order_marks(body);
    const auto escaped = without_lone_escapes(json);
    const auto text = escaped ? std::string_view(*escaped) : json;
    auto document = read(text);
    if (document)
        return document;
    const auto changed = without_surrogate_bytes(text);
    return changed ? read(*changed) : std::move(document);
}

}  // namespace

result<json::document> parse_body(std::string_view body) {
    return read_leniently(body, [](std::string_view text) { return json::document::parse(text); });
}

result<json::document> outline_body(std::string_view body, std::size_t levels) {
    return read_leniently(body,
                          [levels](std::string_view text) { return json::document::outline(text, levels); });
}

std::optional<std::string> without_surrogate_bytes(std::string_view text) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    std::optional<std::string> changed;
    for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
        if (at + 2 >= text.size() || byte(at + 1) < 0xA0 || byte(at + 1) > 0xBF ||
            (byte(at + 2) & 0xC0U) != 0x80)
            continue;
        if (!changed)
            changed.emplace(text);
        changed->replace(at, replacement.size(), replacement);
    }
    return changed;
}

}  // namespace shopbell
