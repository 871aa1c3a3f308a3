#include "source.hpp"

#include "wording.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace shopbell::stores {

namespace {

constexpr std::array<std::string_view, 5> kinds = {"header", "json", "form", "query", "entry"};

failure unknown_kind(std::string_view kind) {
    const auto close = closest(kind, kinds);
    const auto hint = close ? " (did you mean \"" + std::string(*close) + ":\"?)" : std::string();
    return malformed("is no source" + hint +
                     ": give header:NAME, json:POINTER, form:NAME, query:NAME or entry:KEY");
}

bool is_header_name(std::string_view name) noexcept {
    constexpr std::string_view signs = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               signs.find(c) != std::string_view::npos;
    });
}

result<source> parse_header(std::string_view name) {
    const bool is_group = name.ends_with('*');
    if (is_group)
        name.remove_suffix(1);
    if (!is_header_name(name))
        return malformed("names no header");
    return source{is_group ? place::header_group : place::header, std::string(name)};
}

result<source> parse_json(std::string_view pointer) {
    if (!pointer.empty() && !pointer.starts_with('/'))
        return malformed("is no JSON Pointer (did you mean \"json:/" + std::string(pointer) + "\"?)");
    if (!is_pointer(pointer))
        return malformed("is no JSON Pointer: \"~\" stands only in \"~0\" and \"~1\"");
    return source{place::json, std::string(pointer)};
}

result<source> parse_entry(std::string_view key) {
    if (!key.starts_with('#'))
        return source{place::entry, std::string(key)};
    source found{place::entry_number};
    key.remove_prefix(1);
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), found.number);
    constexpr std::size_t most = 100;
    if (error != std::errc() || end != key.data() + key.size() || found.number == 0 || found.number > most)
        return malformed("names no part: write entry:#1 for the first");
    return found;
}

}  // namespace

bool is_pointer(std::string_view text) noexcept {
    if (!text.empty() && text.front() != '/')
        return false;
    for (auto at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1)) {
        if (at + 1 >= text.size() || (text[at + 1] != '0' && text[at + 1] != '1'))
            return false;
    }
    return true;
}

std::size_t levels_of(std::string_view pointer) noexcept {
    return static_cast<std::size_t>(std::ranges::count(pointer, '/')) + 1;
}

result<source> parse_source(std::string_view text) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto kind = text.substr(0, colon);
    if (colon == text.size() || std::ranges::find(kinds, kind) == kinds.end())
        return unknown_kind(kind);
    const auto name = text.substr(colon + 1);
    if (kind == "json")
        return parse_json(name);
    if (name.empty())
        return malformed("has no name behind the colon");
    if (kind == "header")
        return parse_header(name);
    if (kind == "entry")
        return parse_entry(name);
    return source{kind == "form" ? place::form : place::query, std::string(name)};
}

}  // namespace shopbell::stores
