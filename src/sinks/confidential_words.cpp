#include "confidential_words.hpp"

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

void confidential_words::add(std::string_view word) {
    if (word.empty())
        return;
    add_spelling(std::string(word));
    add_spelling(with_escaped_slashes(word));
    add_spelling(percent_encoded(word));
}

void confidential_words::add_spelling(std::string word) {
    const auto is_known = [&word](const secret& one) { return one.equals(word); };
    if (std::ranges::any_of(words_, is_known))
        return;
    const auto shorter = std::ranges::find_if(
        words_, [&word](const secret& one) { return one.reveal().size() < word.size(); });
    words_.insert(shorter, secret(std::move(word)));
}

std::string confidential_words::blank(std::string text, bool cut) const {
    if (words_.empty())
        return text;
    std::string shown;
    for (std::string_view rest = text; !rest.empty();) {
        const auto begins = [rest, cut](const secret& one) {
            const auto word = one.reveal();
            return rest.starts_with(word) || (cut && word.starts_with(rest));
        };
        const auto found = std::ranges::find_if(words_, begins);
        if (found == words_.end()) {
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
