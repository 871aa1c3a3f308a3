#include <shopbell/commerce/money.hpp>

#include <algorithm>
#include <charconv>

namespace shopbell {

namespace {

/// Digits of an exponent without zeros in front: what a `long long` holds with room for the mantissa's
/// length.
constexpr std::size_t longest_exponent = 18;

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// A number as sign, digits without zeros at either end, and the power of ten that the first digit counts:
/// 0.0120 is {+, "12", -2}.
struct scientific {
    bool negative = false;
    std::string digits;  ///< empty for zero
    long long exponent = 0;
};

/// Precondition: an optional sign and digits, of which at most `longest_exponent` count.
long long parse_exponent(std::string_view text) {
    if (text.starts_with('+'))
        text.remove_prefix(1);
    long long value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

scientific normalise(std::string_view text) {
    scientific out;
    out.negative = text.starts_with('-');
    if (out.negative || text.starts_with('+'))
        text.remove_prefix(1);
    const auto e = text.find_first_of("eE");
    const auto mantissa = text.substr(0, e);
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    out.digits = mantissa.substr(0, point);
    if (point < mantissa.size())
        out.digits += mantissa.substr(point + 1);

    const auto leading = std::min(out.digits.find_first_not_of('0'), out.digits.size());
    out.digits.erase(0, leading);
    out.digits.erase(out.digits.find_last_not_of('0') + 1);
    if (out.digits.empty())
        return {};
    out.exponent = static_cast<long long>(point) - static_cast<long long>(leading) - 1;
    if (e != std::string_view::npos)
        out.exponent += parse_exponent(text.substr(e + 1));
    return out;
}

std::strong_ordering compare_magnitude(const scientific& a, const scientific& b) {
    if (a.digits.empty() || b.digits.empty())
        return !a.digits.empty() <=> !b.digits.empty();
    if (a.exponent != b.exponent)
        return a.exponent <=> b.exponent;
    return a.digits <=> b.digits;
}

}  // namespace

std::optional<decimal> decimal::parse(std::string_view text) {
    constexpr std::size_t longest = 512;
    if (text.size() > longest)
        return std::nullopt;
    auto rest = text;
    const auto skip_digits = [&rest] {
        const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
        const auto digits = static_cast<std::size_t>(end - rest.begin());
        rest.remove_prefix(digits);
        return digits;
    };
    if (rest.starts_with('-') || rest.starts_with('+'))
        rest.remove_prefix(1);
    std::size_t digits = skip_digits();
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        digits += skip_digits();
    }
    if (digits == 0)
        return std::nullopt;
    if (rest.starts_with('e') || rest.starts_with('E')) {
        rest.remove_prefix(1);
        if (rest.starts_with('-') || rest.starts_with('+'))
            rest.remove_prefix(1);
        const auto exponent = rest;
        const auto length = skip_digits();
        const auto zeros = std::min(exponent.find_first_not_of('0'), length);
        if (length == 0 || length - zeros > longest_exponent)
            return std::nullopt;
    }
    if (!rest.empty())
        return std::nullopt;
    return decimal(text);
}

std::strong_ordering operator<=>(const decimal& a, const decimal& b) {
    const auto left = normalise(a.text_);
    const auto right = normalise(b.text_);
    if (left.negative != right.negative)
        return right.negative <=> left.negative;
    return left.negative ? compare_magnitude(right, left) : compare_magnitude(left, right);
}

}  // namespace shopbell
