#pragma once

#include "request_view.hpp"

#include <shopbell/core/result.hpp>
#include <shopbell/crypto/secret.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// `when` (presets.md, section 1.2): what a request must be like.
///
///     when = term *( "&&" term )
///     term = source "==" value | source "exists" | source "absent" | "method" "==" word
namespace shopbell::stores {

/// Compiled once, immutable.
class condition {
public:
    /// Fails with a reason that fits behind the quoted text. `within_order`: sources may be pointers relative
    /// to the order's root.
    [[nodiscard]] static result<condition> parse(std::string_view text, bool within_order = false);

    /// Whether all terms hold. `verify_tokens` are what {verify_token} stands for.
    [[nodiscard]] bool holds(const request_view& from, const secrets& verify_tokens) const;

    /// The method that it asks for; empty where it names none.
    [[nodiscard]] std::string_view method() const noexcept { return method_; }
    [[nodiscard]] bool needs_verify_token() const noexcept;
    [[nodiscard]] std::vector<const source*> sources() const;

private:
    enum class test : unsigned char { equals, equals_verify_token, exists, absent };
    struct term {
        source from;
        test how = test::exists;
        std::string value = {};
    };
    [[nodiscard]] result<void> add(std::string_view text, bool within_order);

    std::vector<term> terms_;
    std::string method_;
};

}  // namespace shopbell::stores
