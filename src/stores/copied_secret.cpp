#include <shopbell/stores/copied_secret.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/core/white_space.hpp>

namespace shopbell {

std::string_view nearly_equals(const secrets& accepted, std::string_view sent) {
    if (any_equals(accepted, trim_unseen(sent)))
        return " but for white space around it";
    if (any_equals(accepted, without_quotes(sent)))
        return " but for quotes around it";
    for (const auto& one : accepted) {
        const auto text = one.reveal();
        if (iequals(text, sent))
            return " but for capital and small letters";
        if (trim_unseen(text) == sent || without_quotes(text) == sent)
            return " but for white space or quotes around the configured one";
        if (without_unseen(text) == sent)
            return " but for white space or characters that are not seen in the configured one";
        if (without_unseen(sent) == text)
            return " but for white space or characters that are not seen in it";
    }
    return {};
}

std::string_view without_quotes(std::string_view text) noexcept {
    const bool quoted =
        text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
    return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace shopbell
