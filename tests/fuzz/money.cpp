#include "fuzz.hpp"

#include <shopbell/commerce/money.hpp>

#include <string>

using namespace shopbell;

namespace {

std::strong_ordering reversed(std::strong_ordering one) {
    return 0 <=> one;
}

/// The same value written another way: a zero more in front, and behind where that changes nothing.
std::string spelled_otherwise(const std::string& text) {
    const bool has_sign = text.starts_with('-') || text.starts_with('+');
    auto other = text.substr(0, has_sign ? 1 : 0) + "0" + text.substr(has_sign ? 1 : 0);
    const auto exponent = std::min(other.find_first_of("eE"), other.size());
    if (other.find('.') < exponent)
        other.insert(exponent, "0");
    return other;
}

}  // namespace

// First line and the rest: two amounts as stores send them.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [first, second] = fuzz::split_line(fuzz::as_text(data, size));
    const auto a = decimal::parse(first);
    const auto b = decimal::parse(second);
    if (a) {
        fuzz::require(a->text() == first, "an amount keeps its digits");
        fuzz::require((*a <=> *a) == 0, "an amount equals itself");
        if (const auto again = decimal::parse(spelled_otherwise(a->text())))
            fuzz::require(*again == *a, "zeros around a number do not change it");
    }
    if (a && b)
        fuzz::require((*a <=> *b) == reversed(*b <=> *a), "an order holds both ways");
    return 0;
}
