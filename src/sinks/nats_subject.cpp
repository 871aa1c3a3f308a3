#include "nats_subject.hpp"

#include <algorithm>
#include <array>

namespace shopbell {
namespace {

enum place : std::size_t { type_place, endpoint_place };
constexpr std::array<std::string_view, 2> places{"type", "endpoint"};

/// A server reads lines of 4 KiB by default, and closes the connection of who sends a longer one.
constexpr std::size_t longest_subject_value = 255;
constexpr std::size_t longest_subject_text = 255;

bool has_meaning(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7F || c == '*' || c == '>';
}

bool continues_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string_view cut_value(std::string_view value) {
    if (value.size() <= longest_subject_value)
        return value;
    auto size = longest_subject_value;
    while (size > 0 && continues_character(value[size]))
        --size;
    return value.substr(0, size);
}

/// One token or, with its dots, several of them.
std::string tokens_of(std::string_view value, bool keeps_dots) {
    std::string tokens;
    for (const char c : cut_value(value)) {
        const bool begins_token = tokens.empty() || tokens.back() == '.';
        if (c == '.' && keeps_dots)
            tokens += begins_token ? "_." : ".";
        else
            tokens += has_meaning(c) || c == '.' ? '_' : c;
    }
    if (tokens.empty() || tokens.back() == '.')
        tokens += '_';
    return tokens;
}

bool has_empty_token(std::string_view subject) {
    return subject.empty() || subject.front() == '.' || subject.back() == '.' ||
           subject.find("..") != std::string_view::npos;
}

}  // namespace

result<nats_subject> nats_subject::parse(std::string_view text) {
    if (text.size() > longest_subject_text)
        return failure{errc::malformed, "a subject has at most 255 characters"};
    if (std::ranges::any_of(text, has_meaning))
        return failure{errc::malformed, "a subject to publish to holds no spaces and no wildcards (* or >)"};
    auto pieces = split_at_placeholders(text, places);
    if (!pieces)
        return pieces.error();
    nats_subject parsed(*std::move(pieces));
    if (has_empty_token(parsed.expand("type", "endpoint")))
        return failure{errc::malformed, "there is nothing before, between or behind some of its dots"};
    return parsed;
}

std::string nats_subject::expand(const event& about) const {
    return expand(about.type, about.endpoint);
}

std::string nats_subject::expand(std::string_view type, std::string_view endpoint) const {
    std::string subject;
    for (const auto& piece : pieces_) {
        subject += piece.text;
        if (piece.placeholder == type_place)
            subject += tokens_of(type, true);
        else if (piece.placeholder == endpoint_place)
            subject += tokens_of(endpoint, false);
    }
    return subject;
}

}  // namespace shopbell
