#include "body_reader.hpp"

#include "grammar.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <charconv>

namespace shopbell::http {

namespace {

/// A size line's digits that cost nothing. Whoever writes more, zeros in front, pays as for an extension.
constexpr std::size_t free_digits = 16;

std::string_view skip_blanks(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// What is behind the token at the front, or nothing where there is none.
std::optional<std::string_view> behind_token(std::string_view text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
    if (end == text.begin())
        return std::nullopt;
    return text.substr(static_cast<std::size_t>(end - text.begin()));
}

/// The same for a quoted string, in a line without control bytes.
std::optional<std::string_view> behind_quoted(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"')
            return text.substr(i + 1);
        if (text[i] == '\\')
            ++i;
    }
    return std::nullopt;
}

bool are_extensions(std::string_view text) {
    while (!text.empty()) {
        text = skip_blanks(text);
        if (!text.starts_with(';'))
            return false;
        auto rest = behind_token(skip_blanks(text.substr(1)));
        if (rest && skip_blanks(*rest).starts_with('=')) {
            const auto value = skip_blanks(skip_blanks(*rest).substr(1));
            rest = value.starts_with('"') ? behind_quoted(value) : behind_token(value);
        }
        if (!rest)
            return false;
        text = *rest;
    }
    return true;
}

/// Whoever names framing behind the body wants somebody to read it.
bool is_framing(std::string_view name) {
    return iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding");
}

}  // namespace

body_reader::body_reader(std::optional<std::uint64_t> length, body_limits limits)
    : chunked_(!length),
      limits_(limits),
      next_(chunked_       ? part::size_line
            : *length == 0 ? part::nothing
                           : part::data),
      left_(length.value_or(0)) {}

checked<std::size_t> body_reader::take(std::string_view bytes) {
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

checked<std::size_t> body_reader::take_part(std::string_view bytes) {
    switch (next_) {
        case part::size_line:
            return take_size_line(bytes);
        case part::data:
            return take_data(bytes);
        case part::end_of_data:
            if (!line_end.starts_with(bytes.substr(0, line_end.size())))
                return refusal{400, "a chunk longer than its size"};
            if (bytes.size() < line_end.size())
                return std::size_t{0};
            next_ = part::size_line;
            return line_end.size();
        case part::trailers:
            return take_trailers(bytes);
        case part::nothing:
            break;
    }
    return std::size_t{0};
}

checked<std::size_t> body_reader::take_size_line(std::string_view bytes) {
    const auto first_control = std::find_if(bytes.begin(), bytes.end(), is_control);
    const auto length = static_cast<std::size_t>(first_control - bytes.begin());
    if (length > limits_.extra + free_digits)
        return refusal{400, "chunk extensions too long"};
    const auto end = bytes.substr(length, line_end.size());
    if (!line_end.starts_with(end))
        return refusal{400, "a control byte in a chunk's size line"};
    if (end.size() < line_end.size())
        return std::size_t{0};
    if (const auto refused = begin_chunk(bytes.substr(0, length)))
        return *refused;
    return length + line_end.size();
}

std::optional<refusal> body_reader::begin_chunk(std::string_view line) {
    std::uint64_t size = 0;
    const auto digits = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    const auto extensions = line.substr(static_cast<std::size_t>(digits.ptr - line.data()));
    if (digits.ec == std::errc::invalid_argument || !are_extensions(extensions))
        return refusal{400, "malformed chunk size line"};
    if (digits.ec != std::errc{} || size > limits_.data - body_.size())
        return refusal{413, "chunked body too large"};
    limits_.extra -= line.size() - std::min(line.size(), free_digits);
    left_ = size;
    next_ = part::data;
    if (size == 0) {
        trailers_.emplace(limits_.extra + line_end.size(), head_scanner::begins::at_a_field);
        next_ = part::trailers;
    }
    return std::nullopt;
}

std::size_t body_reader::take_data(std::string_view bytes) {
    if (!chunked_)
        body_.reserve(static_cast<std::size_t>(left_) + body_.size());
    const auto now = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    body_ += now;
    left_ -= now.size();
    if (left_ == 0)
        next_ = chunked_ ? part::end_of_data : part::nothing;
    return now.size();
}

checked<std::size_t> body_reader::take_trailers(std::string_view bytes) {
    const auto length = trailers_->scan(bytes);
    if (!length || *length == 0)
        return length;
    auto section = bytes.substr(0, *length - line_end.size());
    while (!section.empty()) {
        const auto line = first_line(section);
        const auto field = parse_field(line);
        if (!field || is_framing(field->name))
            return refusal{400, "malformed trailer"};
        section.remove_prefix(line.size() + line_end.size());
    }
    next_ = part::nothing;
    return length;
}

}  // namespace shopbell::http
