#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/stores/catalog.hpp>
#include <shopbell/stores/provider.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace shopbell::test {

/// A store made from the keys of an [[endpoint]], and what was wrong with them: "LINE:COLUMN: message".
struct made_store {
    std::unique_ptr<const provider> source;
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
};

inline made_store make_store(std::string_view name, std::string_view keys, bool auth_none = false) {
    made_store made;
    config::problems found("t");
    {
        const auto file = config::file::from_text(keys, found);
        auto table = file.root();
        const auto* const entry = find_store(name);
        if (entry == nullptr)
            ADD_FAILURE() << "no store " << name;
        else
            made.source = entry->make(table, auth_none);
    }
    for (const auto& one : found.sorted()) {
        auto text =
            std::to_string(one.where.line) + ":" + std::to_string(one.where.column) + ": " + one.message;
        (one.severity == config::severity::error ? made.errors : made.warnings).push_back(std::move(text));
    }
    return made;
}

/// The same where nothing is wrong with the keys.
inline std::unique_ptr<const provider> store_of(std::string_view name, std::string_view keys) {
    auto made = make_store(name, keys);
    for (const auto& error : made.errors)
        ADD_FAILURE() << name << ": " << error;
    return std::move(made.source);
}

/// "accepted TYPE", "401 reason", "batch N", "answer STATUS".
inline std::string outcome_of(const verdict& what) {
    if (const auto* one = std::get_if<accepted>(&what))
        return "accepted " + one->type;
    if (const auto* one = std::get_if<refusal>(&what))
        return std::to_string(one->status) + " " + one->reason;
    if (const auto* one = std::get_if<batch>(&what))
        return "batch " + std::to_string(one->parts.size());
    return "answer " + std::to_string(std::get<reply>(what).status);
}

inline accepted accepted_of(verdict what) {
    if (const auto* one = std::get_if<accepted>(&what))
        return *one;
    ADD_FAILURE() << outcome_of(what);
    return {};
}

/// The raw JSON at a pointer, or "absent".
inline std::string json_at(std::string_view text, std::string_view pointer) {
    const auto parsed = json::document::parse(text);
    if (!parsed)
        return "not JSON";
    const auto* value = parsed->root().at(pointer);
    return value == nullptr ? "absent" : std::string(value->raw());
}

}  // namespace shopbell::test
