#include "excerpt.hpp"

#include <shopbell/core/text.hpp>

namespace shopbell {
namespace {

/// How much of it goes into a reason.
constexpr std::size_t longest_excerpt = 200;

bool starts_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

void cut(std::string& text, std::size_t longest) {
    if (text.size() <= longest)
        return;
    while (longest > 0 && !starts_character(text[longest]))
        --longest;
    text.resize(longest);
}

}  // namespace

std::string excerpt(std::string_view text) {
    std::string line;
    for (const char c : to_utf8_lossy(text.substr(0, 4 * longest_excerpt))) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte != 0x7F)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    cut(line, longest_excerpt);
    return std::string(trim(line));
}

std::string as_response(std::string_view text, std::size_t longest) {
    std::string whole = to_utf8_lossy(text.substr(0, longest));
    cut(whole, longest);
    return whole;
}

}  // namespace shopbell
