#include "copied_secret.hpp"

#include <shopbell/core/text.hpp>

namespace shopbell {

std::string_view nearly_equals(const secrets& accepted, std::string_view sent) {
    if (any_equals(accepted, trim(sent)))
        return " but for white space around it";
    if (any_equals(accepted, without_quotes(sent)))
        return " but for quotes around it";
    for (const auto& one : accepted) {
        const auto text = one.reveal();
        if (iequals(text, sent))
            return " but for capital and small letters";
        if (trim(text) == sent || without_quotes(text) == sent)
            return " but for white space or quotes around the configured one";
    }
    return {};
}

std::string_view without_quotes(std::string_view text) noexcept {
    const bool quoted =
        text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
    return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace shopbell
