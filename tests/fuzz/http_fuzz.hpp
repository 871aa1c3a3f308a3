#pragma once

#include "fuzz.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

/// HTTP read in the simplest way: right for what is known to be well-formed, and for nothing else.
namespace shopbell::fuzz {

inline constexpr std::string_view line_end = "\r\n";
inline constexpr std::string_view blank_line = "\r\n\r\n";

inline std::size_t number(std::string_view text, int base = 10) noexcept {
    std::size_t value = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

/// Takes what stands before `mark`, and the mark, from the front.
inline std::string_view take_until(std::string_view& text, std::string_view mark, const char* what) {
    const auto end = text.find(mark);
    require(end != text.npos, what);
    const auto front = text.substr(0, end);
    text.remove_prefix(end + mark.size());
    return front;
}

/// Takes a chunked body from the front.
inline std::string read_chunks(std::string_view& bytes) {
    std::string body;
    while (const auto size = number(bytes.substr(0, bytes.find(line_end)), 16)) {
        (void)take_until(bytes, line_end, "a size has a line");
        body += bytes.substr(0, size);
        bytes.remove_prefix(std::min(size, bytes.size()));
        require(take_until(bytes, line_end, "data has an end").empty(), "data ends where its size says");
    }
    (void)take_until(bytes, blank_line, "trailers have a blank line");
    return body;
}

}  // namespace shopbell::fuzz
