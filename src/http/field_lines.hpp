#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace shopbell::http {

/// Adds "name: value" and its line end. Control bytes become spaces: what came from outside cannot add a
/// line.
inline void append_field(std::string& out, std::string_view name, std::string_view value) {
    const auto append_clean = [&out](std::string_view text) {
        const auto begin = static_cast<std::ptrdiff_t>(out.size());
        out += text;
        std::replace_if(
            out.begin() + begin, out.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    };
    append_clean(name);
    out += ": ";
    append_clean(value);
    out += "\r\n";
}

}  // namespace shopbell::http
