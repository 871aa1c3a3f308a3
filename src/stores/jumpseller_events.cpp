#include "jumpseller_parts.hpp"
#include <shopbell/stores/store_json.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/clock.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/timestamp.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace shopbell::jumpseller {
namespace {

constexpr std::array events = {
    known_event{"order_pending_payment", "jumpseller.order.pending_payment", "order"},
    known_event{"order_paid", "jumpseller.order.paid", "order"},
    known_event{"order_shipped", "jumpseller.order.shipped", "order"},
    known_event{"order_canceled", "jumpseller.order.canceled", "order"},
    known_event{"order_abandoned", "jumpseller.order.abandoned", "order"},
    known_event{"order_updated", "jumpseller.order.updated", "order"},
    known_event{"order_pickup_available", "jumpseller.order.pickup_available", "order"},
    known_event{"order_in_preparation", "jumpseller.order.in_preparation", "order"},
    known_event{"order_created", "jumpseller.order.created", "order"},
    known_event{"product_created", "jumpseller.product.created", "product"},
    known_event{"product_updated", "jumpseller.product.updated", "product"},
    known_event{"product_deleted", "jumpseller.product.deleted", "product"},
    known_event{"product_stock_updated", "jumpseller.product.stock_updated", "product"},
    known_event{"product_stock_update", "jumpseller.product.stock_updated", "product"},
    known_event{"customer_created", "jumpseller.customer.created", "customer"},
    known_event{"customer_updated", "jumpseller.customer.updated", "customer"},
    known_event{"customer_deleted", "jumpseller.customer.deleted", "customer"},
    known_event{"subscription_created", "jumpseller.subscription.created", "subscription"},
    known_event{"subscription_updated", "jumpseller.subscription.updated", "subscription"},
    known_event{"subscription_canceled", "jumpseller.subscription.canceled", "subscription"},
    known_event{"contact", "jumpseller.contact", "contact"},
};

/// The resource's own members; what is within them tells nothing of what the delivery is about.
constexpr std::size_t deepest_read = 2;

bool is_resource(std::string_view name) noexcept {
    return std::ranges::find(events, name, &known_event::resource) != events.end();
}

/// [a-z0-9_], 1 to 64 characters: fit to be a part of a type or subject.
bool is_name(std::string_view text) noexcept {
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, plain);
}

/// Types that Shopbell gives itself; a header must not be able to claim one.
bool is_reserved(std::string_view name) noexcept {
    return name == "unknown" || name == "unparsed" || name == "contradicted";
}

std::string_view string_member(const json::value& object, std::string_view name) noexcept {
    const auto* value = object.find(name);
    return value != nullptr && value->is_string() ? value->text() : std::string_view();
}

/// The status of the signed body that rules out that the order is paid, or empty.
std::string_view unpaid_status(const json::value& order) {
    auto status = string_member(order, "status_enum");
    if (status.empty())
        status = string_member(order, "status");
    const auto word = to_lower(status);
    return word.starts_with("pending") || word == "abandoned" ? status : std::string_view();
}

std::string subject_of(std::string_view resource, const json::value* content) {
    if (!is_name(resource) || resource == "contact")
        return {};
    const auto id = plain_id(content, "id");
    return id.empty() ? std::string() : std::string(resource) + "/" + id;
}

/// Of the (unsigned) time header: what its digits beyond the milliseconds say, without zeros at the end.
std::string_view finer_digits(std::string_view time) noexcept {
    constexpr std::size_t milliseconds = 3;
    constexpr std::string_view digits = "0123456789";
    const auto point = time.find('.');
    if (point == std::string_view::npos)
        return {};
    auto fraction = time.substr(point + 1);
    fraction = fraction.substr(0, fraction.find_first_not_of(digits));
    fraction.remove_prefix(std::min(fraction.size(), milliseconds));
    return fraction.substr(0, fraction.find_last_not_of('0') + 1);
}

/// One spelling for one time. A text that is no time still tells it from others.
std::string plain_moment(std::string_view text) {
    const auto when = parse_timestamp(text);
    if (!when)
        return std::string(text);
    auto plain = to_rfc3339(*when);
    plain.pop_back();  // a "Z" would be greater than digits
    plain.append(finer_digits(text));
    return plain;
}

/// When the (unsigned) headers say that it happened; empty where they do not. Of several that are not alike
/// none is right, but together they are another one than each of them.
std::string moment_of(const headers& fields) {
    std::string moment;
    for (const auto& [name, value] : fields) {
        if (!iequals(name, time_header) || trim(value).empty())
            continue;
        auto one = plain_moment(trim(value));
        if (moment.empty())
            moment = std::move(one);
        else if (one != moment)
            moment.append(", ").append(one);
    }
    return moment;
}

accepted unparsed(std::string store, std::string_view body) {
    accepted one;
    one.type = "jumpseller.unparsed";
    one.identity = join_identity({store, one.type, body});
    one.store = std::move(store);
    return one;
}

/// Whether a root that has an id and that resource is an order or a subscription without its root key: both
/// have a customer and products.
bool is_inner(std::string_view resource, const json::value& root) noexcept {
    return resource == "customer" && root.find("products") != nullptr;
}

/// The other resource that an envelope holds, where no resource of the expected kind has one inside. How
/// subscriptions and contact messages look is not documented.
std::optional<body_parts> other_resource(const json::value& root, std::string_view expected) noexcept {
    if (expected != "order" && expected != "product" && expected != "customer")
        return std::nullopt;
    for (const std::string_view name : {"order", "product"}) {
        const auto* content = name == expected ? nullptr : root.find(name);
        if (content != nullptr && content->is_object())
            return body_parts{name, content};
    }
    return std::nullopt;
}

accepted name_content(const webhook& one) {
    auto store = store_code(one.fields);
    const auto parsed = outline_body(one.body, deepest_read);
    if (!parsed || !parsed->root().is_object())
        return unparsed(std::move(store), one.body);

    const auto name = event_name(one.fields);
    const auto* known = find_event(name);
    const auto body = take_apart(parsed->root(), known == nullptr ? std::string_view() : known->resource);
    const bool contradicted = known != nullptr && !contradiction(*known, body).empty();

    accepted named;
    named.type =
        known != nullptr ? std::string(known->type) : "jumpseller." + (name.empty() ? "unknown" : name);
    named.identity = join_identity({store, named.type, one.body});
    named.repeats_latest_only =
        !contradicted && (name.ends_with("_updated") || name == "product_stock_update");
    if (contradicted)
        named.type = "jumpseller.contradicted";
    const bool by_event = known != nullptr && !contradicted;
    named.subject = subject_of(by_event ? known->resource : body.root_key, body.content);
    named.store = std::move(store);
    named.locality = locality_of(plain_id(body.content, "id"));
    return named;
}

}  // namespace

std::span<const known_event> known_events() noexcept {
    return events;
}

const known_event* find_event(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(events, name, &known_event::name);
    return found == events.end() ? nullptr : found;
}

std::string event_name(const headers& fields) {
    if (count(fields, event_header) != 1)
        return {};
    auto name = to_lower(trim(value_of(fields, event_header)));
    if (!is_name(name) || is_reserved(name))
        return {};
    return name;
}

std::string store_code(const headers& fields) {
    const auto code = trim(value_of(fields, store_header));
    if (count(fields, store_header) != 1 || !is_plain_code(code))
        return {};
    return std::string(code);
}

body_parts take_apart(const json::value& root, std::string_view resource) noexcept {
    const body_parts without_root_key{{}, &root};
    const bool has_id = root.find("id") != nullptr;
    const auto* content = resource.empty() ? nullptr : root.find(resource);
    if (content != nullptr && (!has_id || (content->is_object() && !is_inner(resource, root))))
        return {resource, content};
    // An envelope has an id of its own, and a resource that came without its root key has one.
    if (has_id)
        return other_resource(root, resource).value_or(without_root_key);
    const auto members = root.members();
    for (const auto& [name, value] : members) {
        const bool alone = members.size() == 1;
        if ((is_resource(name) && (alone || value.is_object())) || (alone && value.is_object()))
            return {name, &value};
    }
    return without_root_key;
}

std::string contradiction(const known_event& event, const body_parts& body) {
    const auto header = [&event] {
        return "the " + std::string(event_header) + " header says " + std::string(event.name);
    };
    // How a subscription or a contact message is wrapped is not documented, so there only a resource that is
    // known to be another one contradicts.
    const bool root_key_is_known = event.resource != "subscription" && event.resource != "contact";
    if (!body.root_key.empty() && body.root_key != event.resource &&
        (root_key_is_known || is_resource(body.root_key))) {
        const auto root_key = is_name(body.root_key) ? std::string(body.root_key) : "of another kind";
        return header() + ", but the signed body is " + root_key;
    }
    if (event.name == "order_paid" && !unpaid_status(*body.content).empty())
        return header() + ", but the status in the signed body says that it is not paid";
    return {};
}

accepted name_delivery(const webhook& one) {
    auto named = name_content(one);
    named.recurs = true;
    named.moment = moment_of(one.fields);
    return named;
}

}  // namespace shopbell::jumpseller
