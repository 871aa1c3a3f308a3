#include "redactor.hpp"

#include <algorithm>

namespace shopbell {
namespace {

constexpr std::string_view placeholder = "[secret]";

/// As PHP's json_encode writes it.
std::string with_escaped_slashes(std::string_view word) {
    std::string text;
    for (const char c : word) {
        if (c == '/')
            text += '\\';
        text += c;
    }
    return text;
}

/// RFC 3986, section 2.
std::string percent_encoded(std::string_view word) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view marks = "-._~";
    std::string text;
    for (const char c : word) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           marks.find(c) != std::string_view::npos;
        if (plain) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += '%';
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

}  // namespace

void redactor::add(std::string_view word) {
    if (word.empty())
        return;
    add_spelling(std::string(word));
    add_spelling(with_escaped_slashes(word));
    add_spelling(percent_encoded(word));
}

void redactor::add_spelling(std::string word) {
    const auto is_known = [&word](const secret& known) { return known.equals(word); };
    if (std::ranges::any_of(known_, is_known))
        return;
    const auto shorter = std::ranges::find_if(
        known_, [&word](const secret& known) { return known.reveal().size() < word.size(); });
    known_.insert(shorter, secret(std::move(word)));
}

std::string redactor::redact(std::string text, bool cut) const {
    if (known_.empty())
        return text;
    std::string shown;
    for (std::string_view rest = text; !rest.empty();) {
        const auto begins = [rest, cut](const secret& known) {
            const auto word = known.reveal();
            return rest.starts_with(word) || (cut && word.starts_with(rest));
        };
        const auto found = std::ranges::find_if(known_, begins);
        if (found == known_.end()) {
            shown += rest.front();
            rest.remove_prefix(1);
        } else {
            shown += placeholder;
            rest.remove_prefix(std::min(found->reveal().size(), rest.size()));
        }
    }
    return shown;
}

}  // namespace shopbell
