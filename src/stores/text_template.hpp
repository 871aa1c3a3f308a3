#pragma once

#include "source.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::stores {

class request_view;

/// What may stand between the braces of a template, and what brackets mean.
enum class vocabulary : unsigned char {
    signed_text,  ///< everything, the secret included
    name,         ///< no secret: ids, events, subjects
    answer,       ///< no secret, but MACs; brackets stand for themselves, and so do braces before other signs
    order,        ///< sources and pointers relative to the order's root
    pattern,      ///< {signature} and {user}
};

/// A text with places for a request's values (presets.md, section 1.1): "{timestamp}.{body}". Compiled once.
///
///     template    = *( text | placeholder | "[" *( text | placeholder ) "]" )
///     placeholder = "{" source [ "?" ] [ "|lower" ] "}"
///
/// What stands in brackets is left out as a whole where something in it is absent.
class text_template {
public:
    /// Fails with a reason that fits behind the quoted text.
    [[nodiscard]] static result<text_template> parse(std::string_view text, vocabulary allowed);

    /// Just that value, or just that text.
    [[nodiscard]] static text_template value(source from);
    [[nodiscard]] static text_template literal(std::string text);

    /// The text for that request; nothing where something is absent. A view of the request, of `storage` or
    /// of the template.
    [[nodiscard]] std::optional<std::string_view> render(const request_view& from,
                                                         std::string& storage) const;

    /// The same into `out`, each value as `write` puts it there.
    using writer = std::function<bool(std::string& out, std::string_view value)>;
    [[nodiscard]] bool render(const request_view& from, std::string& out, const writer& write) const;

    /// What it takes of a request.
    [[nodiscard]] std::vector<const source*> sources() const;
    [[nodiscard]] bool uses(place where) const;

private:
    enum class text_form : unsigned char { raw, hex, base64 };
    struct piece {
        std::string text = {};  ///< where there is no source
        std::optional<source> from = {};
        bool optional = false;
        bool lower = false;
        text_form form = text_form::raw;
        unsigned group = 0;  ///< of brackets, from 1; 0: outside
    };
    class parser;

    [[nodiscard]] bool append(const piece& one, const request_view& from, std::string& out,
                              const writer* write) const;
    [[nodiscard]] bool append_all(const request_view& from, std::string& out, const writer* write) const;

    std::vector<piece> pieces_;
};

}  // namespace shopbell::stores
