#include "person.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/form.hpp>

#include <algorithm>

namespace shopbell {

namespace {

/// An event document wraps a store's payload in two more levels.
constexpr std::size_t document_depth = json::document::max_depth + 2;

/// Letters beyond ASCII are letters too, wherever their bytes are cut.
bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Signs that join two parts of an address, but end a sentence or enclose the address as well: they count
/// only where a letter or digit stands beyond them.
bool joins_before(char c) {
    return std::string_view("._-+'").find(c) != std::string_view::npos;
}

bool joins_after(char c) {
    return c == '.' || c == '-' || c == '_';
}

bool goes_on_before(std::string_view before) {
    if (before.empty())
        return false;
    if (is_letter_or_digit(before.back()))
        return true;
    return joins_before(before.back()) && before.size() > 1 && is_letter_or_digit(before[before.size() - 2]);
}

bool goes_on_after(std::string_view after) {
    if (after.empty())
        return false;
    if (is_letter_or_digit(after.front()))
        return true;
    return joins_after(after.front()) && after.size() > 1 && is_letter_or_digit(after[1]);
}

bool holds(std::string_view text, std::string_view address) {
    const auto same = [](char a, char b) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        return lower(a) == lower(b);
    };
    for (auto from = text.begin(); from != text.end(); ++from) {
        from = std::search(from, text.end(), address.begin(), address.end(), same);
        if (from == text.end())
            return false;
        const auto at = static_cast<std::size_t>(from - text.begin());
        if (!goes_on_before(text.substr(0, at)) && !goes_on_after(text.substr(at + address.size())))
            return true;
    }
    return false;
}

bool is_mentioned_in(const json::value& value, std::string_view address) {
    if (value.is_string())
        return mentions_address(value.text(), address);
    const auto in_value = [&](const json::value& one) { return is_mentioned_in(one, address); };
    const auto in_member = [&](const json::member& one) {
        return mentions_address(one.name, address) || is_mentioned_in(one.content, address);
    };
    return std::ranges::any_of(value.elements(), in_value) || std::ranges::any_of(value.members(), in_member);
}

}  // namespace

bool mentions_address(std::string_view text, std::string_view address) {
    if (address.empty())
        return false;
    if (holds(text, address))
        return true;
    return text.find("%40") != std::string_view::npos && holds(form_decode(text), address);
}

bool mentions_address(const event& one, std::string_view address) {
    const auto in_header = [&](const header& field) { return mentions_address(field.value, address); };
    if (std::ranges::any_of(one.original_headers, in_header))
        return true;
    const auto parsed = json::document::parse(one.document, document_depth);
    if (!parsed)
        return mentions_address(std::string_view(one.document), address);
    return is_mentioned_in(parsed->root(), address);
}

}  // namespace shopbell
