#include <shopbell/stores/body_changes.hpp>

#include <shopbell/stores/json_rewriting.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/stores/charset.hpp>

#include <optional>

namespace shopbell {
namespace {

/// Beyond them a body is not changed in every way that there is: it would take long, and no store sends so
/// much.
constexpr std::size_t largest_changed = 256 * 1024;
constexpr std::size_t largest_rewritten = 64 * 1024;

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

using changed_body = std::optional<std::string>;

changed_body without_last_line_break(std::string_view body) {
    if (!body.ends_with('\n'))
        return std::nullopt;
    body.remove_suffix(body.ends_with(line_end) ? line_end.size() : 1);
    return std::string(body);
}

changed_body without_carriage_returns(std::string_view body) {
    std::string text;
    for (std::size_t at = 0; at < body.size(); ++at) {
        if (!body.substr(at).starts_with(line_end))
            text += body[at];
    }
    return text;
}

changed_body with_carriage_returns(std::string_view body) {
    std::string text;
    for (const char c : body) {
        if (c == '\n' && !text.ends_with('\r'))
            text += '\r';
        text += c;
    }
    return text;
}

changed_body without_byte_order_mark(std::string_view body) {
    if (!body.starts_with(byte_order_mark))
        return std::nullopt;
    return std::string(body.substr(byte_order_mark.size()));
}

/// Nothing where a letter is none of ISO 8859-1.
changed_body to_latin_1(std::string_view utf8) {
    if (!is_utf8(utf8))
        return std::nullopt;
    std::string text;
    for (std::size_t at = 0; at < utf8.size(); ++at) {
        const auto lead = static_cast<unsigned char>(utf8[at]);
        if (lead > 0xC3U)
            return std::nullopt;
        if (lead < 0x80U)
            text += utf8[at];
        else
            text += static_cast<char>((lead & 3U) << 6U | (static_cast<unsigned char>(utf8[++at]) & 0x3FU));
    }
    return text;
}

struct body_change {
    std::string_view condition;  ///< behind "the body"
    changed_body (*apply)(std::string_view body);
};

constexpr body_change body_changes[] = {
    {"did not end in a line break", without_last_line_break},
    {"had no white space around it",
     [](std::string_view body) -> changed_body { return std::string(trim(body)); }},
    {"ended in a line break", [](std::string_view body) -> changed_body { return std::string(body) + '\n'; }},
    {"ended in a line break",
     [](std::string_view body) -> changed_body { return std::string(body).append(line_end); }},
    {"had LF and not CRLF at the end of its lines", without_carriage_returns},
    {"had CRLF and not LF at the end of its lines", with_carriage_returns},
    {"did not begin with a byte order mark", without_byte_order_mark},
    {"began with a byte order mark",
     [](std::string_view body) -> changed_body { return std::string(byte_order_mark).append(body); }},
    {"were in ISO 8859-1 and not in UTF-8", to_latin_1},
    {"were in UTF-8 and not in ISO 8859-1",
     [](std::string_view body) { return to_utf8(body, charset::iso_8859_1); }},
    {"were in UTF-8 and not in Windows-1252",
     [](std::string_view body) { return to_utf8(body, charset::windows_1252); }},
    {"were empty", [](std::string_view) -> changed_body { return std::string(); }},
};

}  // namespace

std::string find_body_change(std::string_view body, const std::function<bool(std::string_view)>& fits) {
    if (body.size() > largest_changed)
        return {};
    for (const auto& one : body_changes) {
        const auto changed = one.apply(body);
        if (changed && *changed != body && fits(*changed))
            return std::string(one.condition);
    }
    std::string found;
    if (body.size() <= largest_rewritten)
        try_json_styles(body, [&](const std::string& text, const std::string& way) {
            if (!fits(text))
                return false;
            found = "were the same JSON " + way;
            return true;
        });
    return found;
}

}  // namespace shopbell
