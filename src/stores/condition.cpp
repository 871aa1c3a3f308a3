#include "condition.hpp"

#include "wording.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell::stores {

namespace {

constexpr std::string_view conjunction = "&&";
constexpr std::string_view equality = "==";
constexpr std::string_view verify_token = "{verify_token}";
constexpr std::size_t most_terms = 16;

std::string_view unquoted(std::string_view text) noexcept {
    const bool is_quoted =
        text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    return is_quoted ? text.substr(1, text.size() - 2) : text;
}

result<source> parse_subject(std::string_view text, bool within_order) {
    if (within_order && text.starts_with('/') && is_pointer(text))
        return source{place::member, std::string(text)};
    auto found = parse_source(text);
    if (!found)
        return malformed("names \"" + std::string(text) + "\", which " + found.error().reason);
    return found;
}

}  // namespace

result<condition> condition::parse(std::string_view text, bool within_order) {
    condition made;
    for (std::size_t terms = 0;; ++terms) {
        const auto end = std::min(text.find(conjunction), text.size());
        if (terms == most_terms)
            return malformed("has more than " + std::to_string(most_terms) + " terms");
        if (auto added = made.add(trim(text.substr(0, end)), within_order); !added)
            return added.error();
        if (end == text.size())
            return made;
        text.remove_prefix(end + conjunction.size());
    }
}

result<void> condition::add(std::string_view text, bool within_order) {
    const auto equals = text.find(equality);
    if (equals != std::string_view::npos) {
        const auto subject = trim(text.substr(0, equals));
        const auto value = trim(text.substr(equals + equality.size()));
        if (subject == "method") {
            if (value != "GET" && value != "HEAD" && value != "OPTIONS" && value != "POST")
                return malformed("asks for the method \"" + std::string(value) +
                                 "\": there are GET, HEAD, OPTIONS and POST");
            method_ = value;
            return {};
        }
        auto from = parse_subject(subject, within_order);
        if (!from)
            return from.error();
        const auto how = value == verify_token ? test::equals_verify_token : test::equals;
        terms_.push_back({*std::move(from), how, std::string(unquoted(value))});
        return {};
    }
    const auto space = text.rfind(' ');
    const auto word = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    if (word != "exists" && word != "absent")
        return malformed(
            "is no condition: give SOURCE == VALUE, SOURCE exists, SOURCE absent or method == GET, "
            "joined by &&");
    auto from = parse_subject(trim(text.substr(0, space)), within_order);
    if (!from)
        return from.error();
    terms_.push_back({*std::move(from), word == "exists" ? test::exists : test::absent});
    return {};
}

bool condition::holds(const request_view& from, const secrets& verify_tokens) const {
    return std::ranges::all_of(terms_, [&](const term& one) {
        const auto found = from.find(one.from);
        const auto* const value = from.json_at(one.from);  // an object is there, and has no text
        const bool is_there =
            found.is != found_value::outcome::absent || (value != nullptr && !value->is_null());
        switch (one.how) {
            case test::equals:
                return found.is_one() && found.text == one.value;
            case test::equals_verify_token:
                return found.is_one() && any_equals(verify_tokens, found.text);
            case test::exists:
                return is_there;
            case test::absent:
                break;
        }
        return !is_there;
    });
}

bool condition::needs_verify_token() const noexcept {
    return std::ranges::find(terms_, test::equals_verify_token, &term::how) != terms_.end();
}

std::vector<const source*> condition::sources() const {
    std::vector<const source*> all;
    for (const auto& one : terms_)
        all.push_back(&one.from);
    return all;
}

}  // namespace shopbell::stores
