#pragma once

#include <string>
#include <string_view>

namespace shopbell::http {

/// Adds "name: value" and its line end. Control bytes become spaces: what came from outside cannot add a
/// line.
inline void append_field(std::string& out, std::string_view name, std::string_view value) {
    const auto append_clean = [&out](std::string_view text) {
        for (const char c : text)
            out += (c >= 0 && c < ' ') || c == '\x7f' ? ' ' : c;
    };
    append_clean(name);
    out += ": ";
    append_clean(value);
    out += "\r\n";
}

}  // namespace shopbell::http
