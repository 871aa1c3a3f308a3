#include "request_parser.hpp"

#include "grammar.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <limits>

namespace shopbell::http {

namespace {

namespace beast_http = boost::beast::http;

/// Room for the fields of a store's request and of a proxy in front of us.
constexpr std::size_t usual_fields = 16;

/// A size line's digits that cost nothing. Whoever writes more, zeros in front, pays as for an extension.
constexpr std::size_t free_digits = 16;

constexpr refusal malformed_field{400, "malformed header field"};

std::string_view as_std(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

/// A request line that Beast refuses: 505 where all that is wrong is a version that is not served.
refusal refuse_request_line(const boost::system::error_code& error, std::string_view line) {
    const auto method_end = std::min(line.find(' '), line.size());
    const auto target_end = std::min(line.find(' ', method_end + 1), line.size());
    const auto version = line.substr(std::min(target_end + 1, line.size()));
    const bool is_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                            version[6] == '.' && is_digit(version[7]);
    if (error == beast_http::error::bad_version && is_version)
        return refusal{505, "unknown HTTP version"};
    return refusal{400, "malformed request line"};
}

/// The fields whose lists of options Beast insists on.
bool has_options(std::string_view name) {
    return iequals(name, "Connection") || iequals(name, "Proxy-Connection");
}

/// Whoever names framing behind the body wants somebody to read it.
bool is_framing(std::string_view name) {
    return iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding");
}

struct chunk_size {
    std::size_t digits = 0;       ///< hexadecimal ones at the line's front
    std::size_t significant = 0;  ///< those of them behind the zeros in front
};

chunk_size measure_chunk_size(std::string_view line) {
    const auto end =
        static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), is_hex_digit) - line.begin());
    return {end, end - std::min(line.find_first_not_of('0'), end)};
}

}  // namespace

request_parser::request_parser(std::size_t max_head) : scanner_(max_head) {
    // The guard's limits are stricter, and know their statuses.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
}

checked<std::size_t> request_parser::take_head(std::string_view bytes) {
    const auto length = scanner_.scan(bytes);
    if (!length || *length == 0)
        return length;
    if (const auto refused = parse_head(bytes.substr(0, *length)))
        return *refused;
    return length;
}

std::optional<refusal> request_parser::parse_head(std::string_view section) {
    head_.fields.reserve(usual_fields);
    error_code error;
    const std::size_t parsed = put(boost::asio::const_buffer(section.data(), section.size()), error);
    if (!error)
        return std::nullopt;
    if (head_.method.empty())
        return refuse_request_line(error, first_line(section));
    // What Beast refuses may be well-formed all the same: it stands before the line at fault.
    const auto rest = section.substr(parsed);
    const auto at_fault = split_field(first_line(rest));
    if (!at_fault)
        return malformed_field;
    if (has_options(at_fault->name))
        return parse_without_options(section);
    return add_fields(rest);
}

/// Parses the section once more, without the lists that Beast does not understand: the rules do.
std::optional<refusal> request_parser::parse_without_options(std::string_view section) {
    const auto request_line = first_line(section);
    std::string others(section.substr(0, request_line.size() + line_end.size()));
    headers lists;
    for (section.remove_prefix(others.size()); section != line_end;) {
        const auto line = first_line(section);
        auto field = split_field(line);
        if (!field)
            return malformed_field;
        if (has_options(field->name))
            lists.push_back(*std::move(field));
        else
            others.append(line).append(line_end);
        section.remove_prefix(line.size() + line_end.size());
    }
    others += line_end;
    request_parser again(others.size());
    if (const auto refused = again.parse_head(others))
        return refused;
    head_.fields = std::move(again.head_.fields);
    std::ranges::move(lists, std::back_inserter(head_.fields));
    basic_parser::operator=(std::move(again));
    return std::nullopt;
}

/// Framing that Beast refuses is for `check_head` to refuse, which sees all of it: no body is ever taken.
std::optional<refusal> request_parser::add_fields(std::string_view lines) {
    while (lines != line_end) {
        const auto line = first_line(lines);
        auto field = split_field(line);
        if (!field)
            return malformed_field;
        head_.fields.push_back(*std::move(field));
        lines.remove_prefix(line.size() + line_end.size());
    }
    return std::nullopt;
}

checked<std::size_t> request_parser::take_body(std::string_view bytes) {
    if (!is_header_done())
        return malformed_field;
    std::size_t taken = 0;
    while (!done()) {
        const auto size = take_part(bytes.substr(taken));
        if (!size)
            return size;
        if (*size == 0)
            break;
        taken += *size;
    }
    return taken;
}

checked<std::size_t> request_parser::take_part(std::string_view bytes) {
    if (bytes.empty())
        return std::size_t{0};
    if (trailers_)
        return take_trailers(bytes);
    if (chunked() && chunk_left_ == 0)
        return take_size_line(bytes);
    return parse_body(bytes);
}

checked<std::size_t> request_parser::parse_body(std::string_view bytes) {
    error_code error;
    const std::size_t parsed = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (error == beast_http::error::body_limit)
        return refusal{413, "chunked body too large"};
    if (error)
        return refusal{400, "malformed chunk size line"};
    return parsed;
}

/// A size line with the end of the data before it, which Beast reads as a part of it.
checked<std::size_t> request_parser::take_size_line(std::string_view bytes) {
    const auto end_of_data = in_chunks_ ? line_end : std::string_view();
    if (!end_of_data.starts_with(bytes.substr(0, end_of_data.size())))
        return refusal{400, "a chunk longer than its size"};
    if (bytes.size() < end_of_data.size())
        return std::size_t{0};
    const auto line = whole_size_line(bytes.substr(end_of_data.size()));
    if (!line)
        return line.error();
    if (!*line)
        return std::size_t{0};

    limits_.extra -= (*line)->size() - std::min((*line)->size(), free_digits);
    const auto text = bytes.substr(0, end_of_data.size() + (*line)->size() + line_end.size());
    const auto size = measure_chunk_size(**line);
    if (size.significant > std::numeric_limits<std::uint64_t>::digits / 4)
        return refusal{413, "chunked body too large"};
    in_chunks_ = true;
    if (size.digits == 0 || size.significant > 0)
        return parse_body(text);
    // Beast's request ends here, without trailers.
    trailers_.emplace(limits_.extra + line_end.size(), head_scanner::begins::at_a_field);
    const auto ended = parse_body(std::string(text).append(line_end));
    if (!ended)
        return ended;
    return text.size();
}

/// The size line at the front, without its end; nothing where that has not come.
checked<std::optional<std::string_view>> request_parser::whole_size_line(std::string_view bytes) const {
    const auto length = find_control(bytes);
    if (length > limits_.extra + free_digits)
        return refusal{400, "chunk extensions too long"};
    const auto end = bytes.substr(length, line_end.size());
    if (!line_end.starts_with(end))
        return refusal{400, "a control byte in a chunk's size line"};
    if (end.size() < line_end.size())
        return std::optional<std::string_view>();
    return std::optional(bytes.substr(0, length));
}

checked<std::size_t> request_parser::take_trailers(std::string_view bytes) {
    const auto length = trailers_->scan(bytes);
    if (!length || *length == 0)
        return length;
    for (auto section = bytes.substr(0, *length); section != line_end;) {
        const auto line = first_line(section);
        const auto field = split_field(line);
        if (!field || is_framing(field->name))
            return refusal{400, "malformed trailer"};
        section.remove_prefix(line.size() + line_end.size());
    }
    trailers_.reset();
    return length;
}

void request_parser::on_request_impl(verb, beast_view method, beast_view target, int version, error_code&) {
    head_.method = as_std(method);
    head_.target = as_std(target);
    constexpr int http11 = 11;
    head_.http11 = version == http11;
}

void request_parser::on_field_impl(field, beast_view name, beast_view value, error_code&) {
    head_.fields.push_back(header{std::string(as_std(name)), std::string(as_std(value))});
}

void request_parser::on_body_init_impl(const beast_length& length, error_code&) {
    body_.reserve(static_cast<std::size_t>(length.value_or(0)));
}

std::size_t request_parser::on_body_impl(beast_view bytes, error_code&) {
    body_ += as_std(bytes);
    return bytes.size();
}

void request_parser::on_chunk_header_impl(std::uint64_t size, beast_view, error_code& error) {
    chunk_left_ = size;
    if (size > limits_.data - body_.size())
        error = beast_http::error::body_limit;
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t left, beast_view bytes, error_code&) {
    body_ += as_std(bytes);
    chunk_left_ = left - bytes.size();
    return bytes.size();
}

}  // namespace shopbell::http
