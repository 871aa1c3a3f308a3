#include "usaepay_parts.hpp"
#include <shopbell/stores/store_json.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <array>

namespace shopbell::usaepay {
namespace {

constexpr std::array<std::string_view, 25> documented = {
    "ach.submitted",
    "ach.settled",
    "ach.returned",
    "ach.voided",
    "ach.failed",
    "ach.note_added",
    "cau.created",
    "cau.submitted",
    "cau.updated_expiration",
    "cau.updated_card",
    "cau.contact_customer",
    "cau.account_closed",
    "product.inventory.ordered",
    "product.inventory.adjusted",
    "transaction.sale.success",
    "transaction.sale.failure",
    "transaction.sale.voided",
    "transaction.sale.captured",
    "transaction.sale.adjusted",
    "transaction.sale.queued",
    "transaction.sale.unvoided",
    "transaction.refund.success",
    "transaction.refund.voided",
    "settlement.batch.success",
    "settlement.batch.failure",
};

const json::value* member(const json::value* object, std::string_view name) noexcept {
    return object == nullptr ? nullptr : object->find(name);
}

/// A scalar as text; empty where there is none.
std::string_view text_of(const json::value* value) noexcept {
    return value == nullptr ? std::string_view() : value->text();
}

/// What the subject of a documented event starts with.
std::string_view resource_of(shape of, const json::value* object) noexcept {
    switch (of) {
        case shape::transaction:
        case shape::ach:
            return "transaction";
        case shape::card_update:
            return "cardupdate";
        case shape::inventory:
            return "product";
        case shape::batch:
            return "batch";
        case shape::unknown:
            break;
    }
    const auto type = text_of(member(object, "type"));
    return is_plain_code(type) ? type : std::string_view();
}

std::string subject_of(std::string_view name, const json::value* object) {
    const auto resource = resource_of(shape_of(name), object);
    const auto key = plain_id(object, "key");
    return resource.empty() || key.empty() ? std::string() : std::string(resource) + "/" + key;
}

/// The members of event_body's object and merchant, in an envelope or without one.
constexpr std::size_t deepest_read = 4;

/// providers.md 3.3: the event's id; where there is none, what else tells events apart; else all of it.
std::string identity_of(const json::value& root, std::string_view merchant, const json::value* object,
                        std::string_view body) {
    if (const auto id = text_of(root.find("event_id")); !id.empty())
        return join_identity({"event_id", id});
    const auto type = event_type(root);
    const auto key = text_of(member(object, "key"));
    const auto triggered = text_of(root.find("event_triggered"));
    if (!merchant.empty() && !key.empty() && !triggered.empty())
        return join_identity({"event", merchant, type, key, triggered});
    return join_identity({"body", body});
}

accepted unparsed(std::string_view body) {
    accepted one;
    one.type = "usaepay.unparsed";
    one.identity = join_identity({"body", body});
    return one;
}

}  // namespace

std::string normal_name(std::string_view event_type) {
    constexpr std::string_view in_examples = "cardupdate.";
    if (!event_type.starts_with(in_examples))
        return std::string(event_type);
    return "cau." + std::string(event_type.substr(in_examples.size()));
}

shape shape_of(std::string_view normal_name) noexcept {
    if (normal_name.starts_with("transaction."))
        return shape::transaction;
    if (normal_name.starts_with("ach."))
        return shape::ach;
    if (normal_name.starts_with("cau."))
        return shape::card_update;
    if (normal_name.starts_with("product.inventory."))
        return shape::inventory;
    if (normal_name.starts_with("settlement.batch."))
        return shape::batch;
    return shape::unknown;
}

std::span<const std::string_view> documented_events() noexcept {
    return documented;
}

std::string_view event_type(const json::value& root) noexcept {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    };
    const auto* value = root.find("event_type");
    if (value == nullptr || !value->is_string())
        return {};
    const auto name = value->text();
    // "unparsed" is a type that Shopbell gives itself.
    if (name.empty() || name.size() > 64 || !std::ranges::all_of(name, plain) || name == "unparsed")
        return {};
    return name;
}

const json::value& event_of(const json::value& root) noexcept {
    if (root.find("event_type") != nullptr)
        return root;
    for (const auto& [name, content] : root.members()) {
        if (content.find("event_type") != nullptr)
            return content;
    }
    return root;
}

accepted name_delivery(std::string_view body) {
    const auto parsed = outline_body(body, deepest_read);
    if (!parsed || event_type(event_of(parsed->root())).empty())
        return unparsed(body);

    const auto& root = event_of(parsed->root());
    const auto name = normal_name(event_type(root));
    const auto* content = root.find("event_body");
    const auto* object = member(content, "object");
    const auto merchant = text_of(member(member(content, "merchant"), "merch_key"));

    accepted named;
    named.type = "usaepay." + name;
    named.subject = subject_of(name, object);
    if (is_plain_code(merchant))
        named.store = merchant;
    named.identity = identity_of(root, merchant, object, body);
    return named;
}

}  // namespace shopbell::usaepay
