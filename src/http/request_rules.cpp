#include "request_rules.hpp"

#include "grammar.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <charconv>

namespace shopbell::http {

namespace {

/// A field of which one line decides.
struct single_field {
    std::size_t lines = 0;
    std::string_view value = {};  ///< of the first
};

/// What decides about a request, found in one pass over its fields.
struct decisive_fields {
    single_field host, transfer_encoding, content_length, expect;
    bool close = false;  ///< an option of Connection, like the next
    bool keep_alive = false;
};

bool has_option(std::string_view list, std::string_view option) {
    for (;;) {
        const auto comma = list.find(',');
        if (iequals(trim(list.substr(0, comma)), option))
            return true;
        if (comma == list.npos)
            return false;
        list.remove_prefix(comma + 1);
    }
}

void note(const header& field, single_field& known) {
    if (known.lines++ == 0)
        known.value = field.value;
}

decisive_fields find_decisive(const headers& fields) {
    decisive_fields found;
    for (const auto& field : fields) {
        const auto is = [&field](std::string_view name) {  // the sizes tell most names apart
            return field.name.size() == name.size() && iequals(field.name, name);
        };
        if (is("Host")) {
            note(field, found.host);
        } else if (is("Transfer-Encoding")) {
            note(field, found.transfer_encoding);
        } else if (is("Content-Length")) {
            note(field, found.content_length);
        } else if (is("Expect")) {
            note(field, found.expect);
        } else if (is("Connection")) {
            found.close = found.close || has_option(field.value, "close");
            found.keep_alive = found.keep_alive || has_option(field.value, "keep-alive");
        }
    }
    return found;
}

/// Characters of a registered name (RFC 3986, section 3.2.2) beside letters, digits and what is
/// percent-encoded. Without the comma, which only ever stands there where two hosts were joined.
constexpr std::string_view name_marks = "-._~!$&'()*+;=";

/// A registered name or an IPv4 address.
bool is_name(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2]))
                return false;
            i += 2;
        } else if (!is_alphanumeric(c) && name_marks.find(c) == name_marks.npos) {
            return false;
        }
    }
    return !text.empty();
}

/// What stands in brackets. Without a zone, which means nothing on another machine.
bool is_ipv6(std::string_view text) {
    boost::system::error_code error;
    (void)boost::asio::ip::make_address_v6(text, error);
    return !error && text.find('%') == text.npos;
}

bool is_port(std::string_view text) {
    return text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

/// host [ ":" port ]
bool is_host(std::string_view text) {
    const bool literal = text.starts_with('[');
    const auto end = literal ? text.find(']') : text.find(':');
    if (literal && end == text.npos)
        return false;
    const auto host = literal ? text.substr(1, end - 1) : text.substr(0, end);
    const auto rest = end == text.npos ? std::string_view() : text.substr(literal ? end + 1 : end);
    const bool well_formed = literal ? is_ipv6(host) : is_name(host);
    return well_formed && (rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1))));
}

std::optional<refusal> check_host(const raw_head& head, const single_field& host) {
    if (host.lines == 0 && head.http11)
        return refusal{400, "no Host"};
    if (host.lines > 1)
        return refusal{400, "more than one Host"};
    if (host.lines == 1 && !is_host(host.value))
        return refusal{400, "malformed Host"};
    return std::nullopt;
}

/// The part behind "http://authority", or nothing where the target is not in absolute form.
std::optional<std::string_view> after_authority(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!iequals(target.substr(0, scheme.size()), scheme))
            continue;
        const auto rest = target.substr(scheme.size());
        const auto end = std::min(rest.find_first_of("/?"), rest.size());
        if (!is_host(rest.substr(0, end)))
            return std::nullopt;
        return rest.substr(end);
    }
    return std::nullopt;
}

/// What is refused without being malformed: questions to the server as a whole, and the way to another one
/// (RFC 9112, sections 3.2.3 and 3.2.4).
std::optional<refusal> check_form(const raw_head& head) {
    if (head.method == "OPTIONS" && head.target == "*")
        return refusal{501, "OPTIONS of the server as a whole"};
    if (head.method == "CONNECT" && head.target.find('/') == head.target.npos && is_host(head.target))
        return refusal{405, "CONNECT: this is no proxy"};
    return std::nullopt;
}

/// The target in origin form, or nothing where it is in none that is served.
std::optional<std::string_view> origin_form(std::string_view target) {
    if (target.find('#') != target.npos)
        return std::nullopt;
    if (!target.starts_with('/'))
        return after_authority(target);
    return target;
}

/// Only the single coding `chunked` is served. Whatever could be read in two ways is 400, an honest request
/// for another coding 501.
std::optional<refusal> check_transfer_coding(const raw_head& head, const decisive_fields& fields) {
    if (!head.http11)
        return refusal{400, "Transfer-Encoding in HTTP/1.0"};
    if (fields.content_length.lines > 0)
        return refusal{400, "both Transfer-Encoding and Content-Length"};
    if (fields.transfer_encoding.lines > 1)
        return refusal{400, "more than one Transfer-Encoding"};
    auto rest = fields.transfer_encoding.value;
    if (iequals(rest, "chunked"))
        return std::nullopt;
    for (;;) {
        const auto comma = rest.find(',');
        const auto coding = trim(rest.substr(0, comma));
        if (coding.empty() || (iequals(coding, "chunked") && comma != rest.npos))
            return refusal{400, "malformed Transfer-Encoding"};
        if (comma == rest.npos)
            return refusal{501, "unknown transfer coding"};
        rest = rest.substr(comma + 1);
    }
}

checked<std::uint64_t> declared_length(const single_field& field, std::uint64_t max_body) {
    if (field.lines > 1)
        return refusal{400, "more than one Content-Length"};
    const auto text = field.value;
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
        return refusal{400, "malformed Content-Length"};
    std::uint64_t length = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
    if (parsed.ec != std::errc{} || length > max_body)
        return refusal{413, "declared body too large"};
    return length;
}

/// The body's length; nothing for a chunked one.
checked<std::optional<std::uint64_t>> framing(const raw_head& head, const decisive_fields& fields,
                                              std::uint64_t max_body, bool demand_length) {
    if (fields.transfer_encoding.lines > 0) {
        if (const auto refused = check_transfer_coding(head, fields))
            return *refused;
        return std::optional<std::uint64_t>();
    }
    if (fields.content_length.lines > 0) {
        const auto length = declared_length(fields.content_length, max_body);
        if (!length)
            return length.error();
        return std::optional(*length);
    }
    if (demand_length && head.method == "POST")
        return refusal{411, "a body without length"};
    return std::optional<std::uint64_t>(0);
}

/// Whether the client waits for "100 Continue". HTTP/1.0 has no such thing (RFC 9110, section 10.1.1).
checked<bool> expectation(const raw_head& head, const single_field& expect) {
    if (!head.http11 || expect.lines == 0)
        return false;
    if (expect.lines > 1 || !iequals(expect.value, "100-continue"))
        return refusal{417, "unknown expectation"};
    return true;
}

}  // namespace

checked<std::size_t> head_scanner::scan(std::string_view bytes) {
    const auto known = bytes.substr(0, limit_);
    while (position_ < known.size()) {
        const char c = known[position_];
        if (c == '\r') {
            if (position_ + 1 == known.size())
                break;
            if (known[position_ + 1] != '\n')
                return refusal{400, "a CR without LF"};
            position_ += line_end.size();
            if (at_line_start_)
                return position_;
            at_line_start_ = true;
            in_first_line_ = false;
            continue;
        }
        if (at_line_start_ && is_blank(c))
            return refusal{400, "an obsolete line fold"};
        if (is_control(c))
            return refusal{400,
                           c == '\n' ? "an LF without CR" : "a control byte in a header or trailer section"};
        at_line_start_ = false;
        position_ = find_control(known, position_ + 1);
    }
    if (bytes.size() < limit_)
        return std::size_t{0};
    if (in_first_line_)
        return refusal{414, "request line too long"};
    return refusal{431, "header or trailer section too large"};
}

std::string_view first_line(std::string_view text) noexcept {
    return text.substr(0, text.find(line_end));
}

std::optional<header> split_field(std::string_view line) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == line.npos || !is_token(name))
        return std::nullopt;
    return header{std::string(name), std::string(trim(line.substr(colon + 1)))};
}

checked<head_facts> check_head(const raw_head& head, std::uint64_t max_body, bool demand_length) {
    const auto target = origin_form(head.target);
    const auto refused_form = check_form(head);
    if (!target && !refused_form)
        return refusal{400, "malformed request target"};
    const auto fields = find_decisive(head.fields);
    if (const auto refused = check_host(head, fields.host))
        return *refused;
    if (refused_form)
        return *refused_form;
    const auto length = framing(head, fields, max_body, demand_length);
    if (!length)
        return length.error();
    const auto waits = expectation(head, fields.expect);
    if (!waits)
        return waits.error();
    head_facts facts;
    const auto path = target->substr(0, target->find('?'));
    facts.path = path.empty() ? "/" : path;
    facts.query = target->substr(std::min(path.size() + 1, target->size()));
    facts.content_length = *length;
    facts.expects_continue = *waits;
    facts.keep_alive = !fields.close && (head.http11 || fields.keep_alive);  // RFC 9112, section 9.3
    return facts;
}

}  // namespace shopbell::http
