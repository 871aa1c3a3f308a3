#include "usaepay_parts.hpp"
#include <shopbell/stores/store_json.hpp>

#include <shopbell/core/json_writer.hpp>

#include <algorithm>

namespace shopbell::usaepay {
namespace {

std::string to_json(const shopbell::order& order) {
    json_writer out;
    write_json(out, order);
    return out.take();
}

/// Only transactions and ACH news give the typed order. The other shapes are read all the same: what in them
/// is not as documented is worth a word to the owner.
std::string read_body(std::string_view name, const json_fields& body) {
    switch (shape_of(name)) {
        case shape::transaction:
            return to_json(normalise(read_transaction(body), name, {}));
        case shape::ach: {
            const auto news = read_ach(body);
            return to_json(normalise(news.object, name, news.after.status));
        }
        case shape::card_update:
            static_cast<void>(read_card_update(body));
            return {};
        case shape::inventory:
            static_cast<void>(read_inventory(body));
            return {};
        case shape::batch:
            static_cast<void>(read_batch(body));
            return {};
        case shape::unknown:
            break;
    }
    return {};
}

void describe_event(std::string_view name, const json::value& root, event_data& data) {
    field_problems problems;
    if (std::ranges::count(documented_events(), name) == 0)
        problems.add("event_type", "no event of the name " + std::string(name) + " is documented");
    const auto* body = root.find("event_body");
    if (body != nullptr && body->is_object()) {
        const json_fields from(*body, "event_body", problems);
        data.order = read_body(name, from);
        const auto* key = body->at("/object/key");
        if (shape_of(name) != shape::unknown && (key == nullptr || key->is_null()))
            from.problem("object.key", "is missing");
    } else {
        const auto what = body == nullptr ? std::string("nothing") : std::string(kind_in_words(*body));
        problems.add("event_body", "expected an object, got " + what);
    }
    data.problem = problems.text();
}

}  // namespace

event_data describe(const stored_webhook& one) {
    event_data data;
    const auto parsed = parse_body(one.body);
    if (!parsed) {
        data.payload = payload_of_text(one.body);
        data.problem = "the body cannot be read: " + parsed.error().reason;
        return data;
    }
    const auto& root = parsed->root();
    data.payload = payload_of(root);
    if (!root.is_object())
        data.problem = "the body is not an object";
    else if (const auto type = event_type(event_of(root)); type.empty())
        data.problem = "event_type is missing, or is no name of at most 64 of the characters a-z 0-9 _ .";
    else
        describe_event(normal_name(type), event_of(root), data);
    return data;
}

}  // namespace shopbell::usaepay
