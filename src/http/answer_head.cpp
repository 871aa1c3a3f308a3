#include "answer_head.hpp"

#include "grammar.hpp"

#include <shopbell/core/headers.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <utility>

namespace shopbell::http {

namespace {

constexpr std::string_view protocol_name = "HTTP";

/// Takes the next line off the front, without its end; nothing where its end has not come.
std::optional<std::string_view> next_line(std::string_view& text) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos)
        return std::nullopt;
    auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

/// status-line = "HTTP" [ "/" version ] 1*SP 3DIGIT [ anything that does not go on with a digit ]
/// Answered in the words of RFC 9112, section 4; empty where it is none.
std::string status_line(std::string_view line) {
    if (!line.starts_with(protocol_name))
        return {};
    line.remove_prefix(protocol_name.size());
    const auto version = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.find_first_not_of(' ', version.size()), line.size()));
    const bool known =
        version.empty() || (version.starts_with('/') && version.size() > 1 && is_digit(version[1]));
    const auto status = line.substr(0, 3);
    const bool complete = status.size() == 3 && std::ranges::all_of(status, is_digit);
    if (!known || !complete || (line.size() > 3 && is_digit(line[3])))
        return {};
    const bool old = version.empty() || version == "/1.0" || version.starts_with("/0");
    return std::string(old ? "HTTP/1.0 " : "HTTP/1.1 ") + std::string(status) + " ";
}

/// The fields of a head in the order in which they came.
headers read_fields(std::string_view text) {
    headers fields;
    while (const auto line = next_line(text)) {
        const bool folded = line->starts_with(' ') || line->starts_with('\t');
        const auto colon = line->find(':');
        if (folded && !fields.empty())
            (fields.back().value += ' ') += trim(*line);
        else if (colon != std::string_view::npos && is_token(trim(line->substr(0, colon))))
            fields.push_back(
                {std::string(trim(line->substr(0, colon))), std::string(trim(line->substr(colon + 1)))});
    }
    return fields;
}

bool is_framing(const header& field) noexcept {
    return iequals(field.name, "Content-Length") || iequals(field.name, "Transfer-Encoding");
}

/// Whether where the body ends can be told.
bool is_framed(const headers& fields) {
    constexpr std::size_t most_digits = 18;
    const header* first = nullptr;
    for (const header& one : fields) {
        if (!is_framing(one))
            continue;
        if (first != nullptr && (one.value != first->value || !iequals(one.name, first->name)))
            return false;
        first = &one;
    }
    if (first == nullptr)
        return true;
    if (iequals(first->name, "Transfer-Encoding"))
        return iequals(first->value, "chunked");
    return !first->value.empty() && first->value.size() <= most_digits &&
           std::ranges::all_of(first->value, is_digit);
}

void append_field_line(std::string& to, const header& field) {
    (to += field.name) += ": ";
    for (const char c : field.value)
        to += is_control(c) ? ' ' : c;
    to += "\r\n";
}

/// The blank line that ends a head, counted to its end; 0 where it has not come.
std::size_t end_of_fields(std::string_view text) {
    const std::size_t whole = text.size();
    while (const auto line = next_line(text)) {
        if (line->empty())
            return whole - text.size();
    }
    return 0;
}

std::string strict_form(std::string status, std::string_view lines) {
    std::string text = std::move(status) + "\r\n";
    const headers fields = read_fields(lines);
    const bool framed = is_framed(fields);
    bool has_framing = false;
    for (const header& one : fields) {
        const bool framing = is_framing(one);
        // Said twice alike, it is said once.
        if (framing && (!framed || std::exchange(has_framing, true)))
            continue;
        append_field_line(text, one);
    }
    if (!framed)
        text += "Connection: close\r\n";
    return text += "\r\n";
}

}  // namespace

result<std::optional<answer_head>> read_answer_head(std::string_view received) {
    std::string_view rest = received;
    rest.remove_prefix(std::min(rest.find_first_not_of("\r\n"), rest.size()));
    const auto start = rest.substr(0, protocol_name.size());
    if (!protocol_name.starts_with(start))
        return failure{errc::malformed, "no status line"};
    const auto line = next_line(rest);
    if (!line)
        return std::optional<answer_head>();
    auto status = status_line(*line);
    if (status.empty())
        return failure{errc::malformed, "bad status line"};
    const auto size = end_of_fields(rest);
    if (size == 0)
        return std::optional<answer_head>();
    answer_head head;
    head.text = strict_form(std::move(status), rest.substr(0, size));
    head.size = received.size() - (rest.size() - size);
    return std::optional<answer_head>(std::move(head));
}

}  // namespace shopbell::http
