#include <shopbell/commerce/code.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::string_view mask = "****";
constexpr int shown_characters = 4;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Where the last characters of UTF-8 text begin; nothing where it has no more than these.
std::optional<std::size_t> beginning_of_end(std::string_view text) {
    int characters = 0;
    for (auto at = text.size(); at > 0; --at) {
        if (is_continuation(text[at - 1]))
            continue;
        if (++characters == shown_characters)
            return at > 1 ? std::optional(at - 1) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

result<std::vector<std::string>> read_codes(std::string_view text) {
    text = without_byte_order_marks(text);
    std::vector<std::string> codes;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto code = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (code.empty())
            continue;
        if (const auto objection = objection_to_code(code))
            return failure{errc::malformed, "line " + std::to_string(line) + " is no code: " + *objection};
        codes.emplace_back(code);
    }
    return codes;
}

std::optional<std::string> objection_to_code(std::string_view code) {
    if (trim(code).empty())
        return "it is empty";
    if (trim(code) != code)
        return "it begins or ends with a space";
    if (code.size() > longest_code)
        return "it is longer than " + std::to_string(longest_code) + " bytes";
    if (!is_utf8(code))
        return "it is not UTF-8";
    if (std::ranges::any_of(code, is_control))
        return "it holds a control character";
    return std::nullopt;
}

std::string masked_code(std::string_view code) {
    const auto shown = beginning_of_end(code);
    return std::string(mask) + std::string(shown ? code.substr(*shown) : std::string_view());
}

}  // namespace shopbell
