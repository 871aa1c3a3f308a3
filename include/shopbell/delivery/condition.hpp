#pragma once

#include <shopbell/commerce/money.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/result.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace re2 {
class RE2;
}

namespace shopbell {

/// One element of a route's `where`, evaluated on the event document:
///
///     condition = pointer ( ws op ws literal | ws "exists" )
///     pointer   = a JSON Pointer (RFC 6901), such as /data/order/total/amount
///     op        = "==" | "!=" | "<" | "<=" | ">" | ">=" | "=~"
///     literal   = a JSON string, number, true, false or null; for "=~" a string with an RE2 expression
///
/// A pointer that finds nothing makes the condition false, "!=" included. A number is compared as a decimal
/// with numbers and with strings that hold one (amounts are strings); a string with strings, byte by byte.
/// Values of other kinds are unequal and in no order. RE2 runs in time linear in the text, whatever the
/// expression.
class condition {
public:
    /// Fails with `malformed` and what is wrong with it.
    [[nodiscard]] static result<condition> parse(std::string_view text);

    [[nodiscard]] bool holds(const json::value& document) const;
    /// As it was written.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    enum class comparison : unsigned char {
        equal,
        unequal,
        less,
        at_most,
        greater,
        at_least,
        matches,
        exists
    };
    using literal = std::variant<std::nullptr_t, bool, decimal, std::string>;

    condition() = default;
    [[nodiscard]] static std::optional<comparison> parse_comparison(std::string_view text);
    [[nodiscard]] bool compare(const json::value& found) const;

    std::string text_;
    std::string pointer_;
    comparison comparison_ = comparison::exists;
    literal literal_;
    std::shared_ptr<const re2::RE2> expression_;
};

}  // namespace shopbell
