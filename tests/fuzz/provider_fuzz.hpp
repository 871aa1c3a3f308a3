#pragma once

#include "fuzz.hpp"

#include <shopbell/commerce/event.hpp>
#include <shopbell/config/reader.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/providers/registry.hpp>

#include <memory>
#include <string>
#include <variant>

/// What the targets of the providers share.
namespace shopbell::fuzz {

inline std::unique_ptr<const provider> make_provider(const provider_entry& entry, std::string_view toml,
                                                     bool auth_none) {
    config::problems found("fuzz.toml");
    std::unique_ptr<const provider> made;
    {
        const auto file = config::file::from_text(toml, found);
        auto keys = file.root();
        made = entry.make(keys, auth_none);
    }
    require(!found.has_errors(), "the target's own configuration is right");
    return made;
}

inline bool is_json(const std::string& text, std::size_t levels_around) {
    return json::document::parse(text, json::document::max_depth + levels_around).has_value();
}

/// What was accepted can always be described, and always makes one line of JSON.
inline void require_document(const provider_entry& entry, const accepted& taken, const webhook& one) {
    const std::string prefix = std::string(entry.name) + ".";
    require(taken.type.starts_with(prefix) && taken.type.size() > prefix.size(), "a type names its provider");
    require(!taken.identity.empty() || one.body.empty(), "an event has an identity");

    const auto data = entry.describe({taken.type, one.fields, one.body});
    require(is_json("[" + data.payload + "]", 2), "the payload is JSON");
    require(data.order.empty() || is_json(data.order, 0), "the order is JSON");

    event about;
    about.id = "01930000-0000-7000-8000-000000000000";
    about.endpoint = "fuzz";
    about.provider = entry.name;
    about.type = taken.type;
    about.subject = taken.subject;
    about.store = taken.store;
    const auto document = make_document(about, data);
    require(is_json(document, 3), "the document is JSON");
    require(document.find_first_of("\r\n") == std::string::npos, "the document is one line");
}

/// Runs one delivery through an endpoint without authentication, and says whether it was accepted.
inline bool run_open(const provider_entry& entry, const provider& open, const webhook& one) {
    const auto answer = open.accept(one);
    if (const auto* taken = std::get_if<accepted>(&answer)) {
        require_document(entry, *taken, one);
        return true;
    }
    return false;
}

}  // namespace shopbell::fuzz
