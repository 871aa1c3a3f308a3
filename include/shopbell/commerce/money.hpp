#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// A decimal number as text, exactly as a store sent it: "369.20", "0", "-12.5", "1e3". It is compared by
/// value and never converted to binary floating point.
class decimal {
public:
    /// Optional sign, digits with an optional point (".5" and "5." included), optional exponent of at most 18
    /// digits. At most 512 characters. Nothing for other text.
    [[nodiscard]] static std::optional<decimal> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// By value: 1.50 == 1.5, -0 == 0, 1e2 == 100. Exact, whatever the lengths and exponents.
    friend std::strong_ordering operator<=>(const decimal& a, const decimal& b);
    friend bool operator==(const decimal& a, const decimal& b) { return (a <=> b) == 0; }

private:
    explicit decimal(std::string_view text) : text_(text) {}
    std::string text_;
};

/// An amount of one currency. `currency` is what the store names (ISO 4217), empty where it names none.
struct money {
    decimal amount;
    std::string currency;
};

}  // namespace shopbell
