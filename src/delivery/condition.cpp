#include <shopbell/delivery/condition.hpp>

#include <shopbell/core/text.hpp>

#include <re2/re2.h>

#include <array>
#include <utility>

namespace shopbell {

namespace {

constexpr std::string_view usage =
    "expected POINTER OP LITERAL or POINTER exists, such as '/data/order/total/amount >= 100'";

/// Splits off the first word; what is left is trimmed.
std::pair<std::string_view, std::string_view> split_word(std::string_view text) {
    const auto word = text.substr(0, text.find_first_of(" \t"));
    return {word, trim(text.substr(word.size()))};
}

bool in_order(std::strong_ordering order, bool less, bool equal) {
    if (order == 0)
        return equal;
    return (order < 0) == less;
}

std::optional<decimal> number_in(const json::value& found) {
    if (!found.is_number() && !found.is_string())
        return std::nullopt;
    return decimal::parse(found.text());
}

}  // namespace

std::optional<condition::comparison> condition::parse_comparison(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, comparison>, 7> all = {{{"==", comparison::equal},
                                                                             {"!=", comparison::unequal},
                                                                             {"<", comparison::less},
                                                                             {"<=", comparison::at_most},
                                                                             {">", comparison::greater},
                                                                             {">=", comparison::at_least},
                                                                             {"=~", comparison::matches}}};
    for (const auto& [spelling, meaning] : all) {
        if (spelling == text)
            return meaning;
    }
    return std::nullopt;
}

result<condition> condition::parse(std::string_view text) {
    const auto [pointer, rest] = split_word(trim(text));
    if (!pointer.starts_with('/'))
        return failure{errc::malformed, "a condition begins with a JSON pointer; " + std::string(usage)};
    condition parsed;
    parsed.text_ = trim(text);
    parsed.pointer_ = pointer;
    if (rest == "exists")
        return parsed;

    const auto [spelling, written] = split_word(rest);
    const auto comparison = parse_comparison(spelling);
    if (!comparison)
        return failure{errc::malformed,
                       "\"" + std::string(spelling) + "\" is no operator; " + std::string(usage)};
    parsed.comparison_ = *comparison;

    const auto wrapped = json::document::parse("[" + std::string(written) + "]");
    if (!wrapped || wrapped->root().elements().size() != 1)
        return failure{errc::malformed,
                       "a literal is a \"string\" in double quotes, a number, true, false or null"};
    const auto& value = wrapped->root().elements().front();
    if (value.is_string())
        parsed.literal_ = std::string(value.text());
    else if (value.is_boolean())
        parsed.literal_ = value.text() == "true";
    else if (const auto number = number_in(value))
        parsed.literal_ = *number;
    else if (!value.is_null())
        return failure{errc::malformed,
                       "a literal is a \"string\" in double quotes, a number, true, false or null"};

    if (parsed.comparison_ != comparison::matches)
        return parsed;
    const auto* pattern = std::get_if<std::string>(&parsed.literal_);
    if (pattern == nullptr)
        return failure{errc::malformed, "=~ takes a regular expression in double quotes"};
    auto expression = std::make_shared<re2::RE2>(*pattern, re2::RE2::Quiet);
    if (!expression->ok())
        return failure{errc::malformed,
                       "the regular expression is not one that RE2 takes: " + expression->error()};
    parsed.expression_ = std::move(expression);
    return parsed;
}

bool condition::holds(const json::value& document) const {
    const auto* found = document.at(pointer_);
    if (found == nullptr)
        return false;
    return comparison_ == comparison::exists || compare(*found);
}

bool condition::compare(const json::value& found) const {
    if (expression_)
        return found.is_string() &&
               re2::RE2::PartialMatch(re2::StringPiece(found.text().data(), found.text().size()),
                                      *expression_);
    std::optional<std::strong_ordering> order;
    if (const auto* text = std::get_if<std::string>(&literal_)) {
        if (found.is_string())
            order = found.text().compare(*text) <=> 0;
    } else if (const auto* number = std::get_if<decimal>(&literal_)) {
        if (const auto value = number_in(found))
            order = *value <=> *number;
    } else if (const auto* flag = std::get_if<bool>(&literal_)) {
        if (found.is_boolean() && (found.text() == "true") == *flag)
            return comparison_ == comparison::equal;
    } else if (found.is_null()) {
        return comparison_ == comparison::equal;
    }
    switch (comparison_) {
        case comparison::equal:
            return order == std::strong_ordering::equal;
        case comparison::unequal:
            return order != std::strong_ordering::equal;
        case comparison::less:
            return order && in_order(*order, true, false);
        case comparison::at_most:
            return order && in_order(*order, true, true);
        case comparison::greater:
            return order && in_order(*order, false, false);
        case comparison::at_least:
            return order && in_order(*order, false, true);
        case comparison::matches:
        case comparison::exists:
            break;
    }
    return false;
}

}  // namespace shopbell
