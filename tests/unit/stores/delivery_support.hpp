#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/stores/provider.hpp>
#include <shopbell/stores/registry.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace shopbell::test {

inline secrets make_secrets(std::initializer_list<const char*> texts) {
    secrets all;
    for (const auto* text : texts)
        all.emplace_back(text);
    return all;
}

/// What the provider takes the delivery for; fails the test where it is refused.
inline accepted accept(const provider& from, const headers& fields, std::string_view body) {
    auto answer = from.accept({fields, body});
    if (const auto* refused = std::get_if<refusal>(&answer)) {
        ADD_FAILURE() << "refused: " << refused->reason;
        return {};
    }
    return std::get<accepted>(std::move(answer));
}

/// Why the provider refuses the delivery; fails the test where it is accepted.
inline refusal refuse(const provider& from, const headers& fields, std::string_view body) {
    auto answer = from.accept({fields, body});
    if (std::holds_alternative<accepted>(answer)) {
        ADD_FAILURE() << "accepted as " << std::get<accepted>(answer).type;
        return {};
    }
    return std::get<refusal>(std::move(answer));
}

/// The raw JSON at a pointer, or "absent".
inline std::string at(std::string_view json, std::string_view pointer) {
    const auto parsed = json::document::parse(json);
    if (!parsed)
        return "not JSON";
    const auto* value = parsed->root().at(pointer);
    return value == nullptr ? "absent" : std::string(value->raw());
}

/// A provider made from the keys of an [[endpoint]], and what was wrong with them.
struct configured {
    std::unique_ptr<const provider> made;
    std::vector<std::string> errors;
};

inline configured configure(const provider_entry& entry, std::string_view toml, bool auth_none = false) {
    configured one;
    config::problems found("shopbell.toml");
    {
        const auto file = config::file::from_text(toml, found);
        auto keys = file.root();
        one.made = entry.make(keys, auth_none);
    }
    for (const auto& problem : found.sorted()) {
        if (problem.severity == config::severity::error)
            one.errors.push_back(problem.message);
    }
    return one;
}

}  // namespace shopbell::test
