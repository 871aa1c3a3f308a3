#pragma once

#include "fuzz.hpp"

#include <shopbell/commerce/event.hpp>
#include <shopbell/config/reader.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/registry.hpp>

#include <memory>
#include <set>
#include <string>
#include <string_view>
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

inline void collect_scalars(const json::value& from, std::set<std::string_view>& to) {
    for (const auto& element : from.elements())
        collect_scalars(element, to);
    for (const auto& member : from.members())
        collect_scalars(member.content, to);
    if (from.is_string() || from.is_number())
        to.insert(trim(from.text()));
}

inline void require_amounts(const json::value& order, const std::set<std::string_view>& sent) {
    for (const auto& element : order.elements())
        require_amounts(element, sent);
    for (const auto& member : order.members()) {
        if (member.name == "amount")
            require(sent.contains(member.content.text()), "an amount has the very digits that came");
        require_amounts(member.content, sent);
    }
}

/// Money goes from the payload into the order as text, and none is made up.
inline void require_amounts_as_sent(const event_data& data) {
    const auto payload = json::document::parse(data.payload);
    const auto order = json::document::parse(data.order);
    if (!payload || !order)
        return;
    std::set<std::string_view> sent;
    collect_scalars(payload->root(), sent);
    require_amounts(order->root(), sent);
}

/// What was accepted can always be described, and always makes one line of JSON.
inline void require_document(const provider_entry& entry, const accepted& taken, const webhook& one) {
    const std::string prefix = std::string(entry.name) + ".";
    require(taken.type.starts_with(prefix) && taken.type.size() > prefix.size(), "a type names its provider");
    require(!taken.identity.empty() || one.body.empty(), "an event has an identity");

    const auto data = entry.describe({taken.type, one.fields, one.body});
    require(is_json("[" + data.payload + "]", 2), "the payload is JSON");
    require(data.order.empty() || is_json(data.order, 0), "the order is JSON");
    require_amounts_as_sent(data);

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

inline bool is_accepted(const provider& by, const headers& fields, std::string_view body) {
    return std::holds_alternative<accepted>(by.accept({fields, body}));
}

/// Whoever was refused, the operator is told why, in one line and without a secret. What the sender wrote is
/// changed in many ways for it: beyond a few kilobytes that would leave the fuzzer no time.
inline void require_diagnosis(const provider& by, const headers& fields, std::string_view body) {
    constexpr std::size_t most = 2048;
    if (body.size() > most)
        return;
    const auto found = by.diagnose({fields, body});
    require(found.text.ends_with('.'), "a diagnosis is a sentence");
    require(is_utf8(found.text) && found.text.find('\n') == std::string::npos, "it is one line of text");
    require(!by.holds_secret(found.text), "it tells no secret");
}

/// The character at that place, counted round and round, exchanged for another of hex and of base64.
inline void spoil(std::string& text, std::size_t place) {
    auto& c = text.at(place % text.size());
    c = c == '0' ? '1' : '0';
}

/// What is signed with a fixed secret is taken; with any one bit of the body, or character of the field with
/// its signature, changed it is not. `place` chooses which.
inline void require_proof(const provider& by, std::string_view event, std::string_view body,
                          std::string_view signature_field, std::size_t place) {
    auto genuine = by.sign(event, std::string(body), signing::genuine);
    require(is_accepted(by, genuine.fields, genuine.body), "what is genuine is accepted");
    const auto broken = by.sign(event, std::string(body), signing::broken);
    require(!is_accepted(by, broken.fields, broken.body), "what is broken is not");

    auto other = genuine.body;
    if (other.empty())
        other.push_back('x');
    else
        other[place % other.size()] = static_cast<char>(other[place % other.size()] ^ (1 << place % 8));
    require(!is_accepted(by, genuine.fields, other), "no other body is taken for the one that was signed");
    for (auto& field : genuine.fields) {
        if (field.name == signature_field)
            spoil(field.value, place);
    }
    require(!is_accepted(by, genuine.fields, genuine.body), "no other signature is taken");
    require_diagnosis(by, genuine.fields, genuine.body);
}

/// A number that the fuzzer chooses along with everything else.
inline std::size_t place_in(const std::uint8_t* data, std::size_t size) {
    std::size_t place = size;
    for (std::size_t i = 0; i < size && i < 4; ++i)
        place = place * 31 + data[i];
    return place;
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
