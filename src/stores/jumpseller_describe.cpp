#include "jumpseller_parts.hpp"
#include <shopbell/stores/store_json.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/json_writer.hpp>
#include <shopbell/stores/timestamp.hpp>

#include <algorithm>
#include <utility>

namespace shopbell::jumpseller {
namespace {

const known_event* find_type(std::string_view type) noexcept {
    const auto all = known_events();
    const auto found = std::ranges::find(all, type, &known_event::type);
    return found == all.end() ? nullptr : &*found;
}

std::string order_json(const json_fields& from, bool shipped) {
    const auto sent = read_order(from);
    const auto order = normalise(sent, shipped);
    if (!sent.created_at.empty() && !order.placed_at)
        from.problem("created_at", "expected a date and time with its zone, got another text");
    json_writer out;
    write_json(out, order);
    return out.take();
}

/// What only an order gives is the typed part of the event. The other resources are read all the same: what
/// in them is not as documented is worth a word to the owner.
std::string read_resource(const known_event& event, const json_fields& from) {
    if (event.resource == "order")
        return order_json(from, event.name == "order_shipped");
    if (event.resource == "product")
        static_cast<void>(read_product(from));
    else if (event.resource == "customer")
        static_cast<void>(read_customer(from));
    else if (event.resource == "subscription")
        check_subscription(from);
    else
        check_contact(from);
    return {};
}

void describe_known(const known_event& event, const json::value& root, event_data& data) {
    const auto body = take_apart(root, event.resource);
    field_problems problems;
    if (!body.content->is_object()) {
        problems.add(event.resource, "expected an object, got " + std::string(kind_in_words(*body.content)));
    } else {
        const json_fields from(*body.content, std::string(event.resource), problems);
        data.order = read_resource(event, from);
        const auto* id = body.content->find("id");
        if (event.resource != "contact" && (id == nullptr || id->is_null()))
            from.problem("id", "is missing");
    }
    data.problem = problems.text();
}

std::string describe_unknown(const stored_webhook& one) {
    if (const auto name = event_name(one.fields); !name.empty())
        return "no event of the name " + name + " is documented";
    const auto times = count(one.fields, event_header);
    const auto header = "the " + std::string(event_header) + " header ";
    if (times == 0)
        return header + "is missing";
    return header + (times > 1 ? "is there more than once" : "names no event");
}

std::string describe_contradiction(const stored_webhook& one, const json::value& root) {
    const auto* event = find_event(event_name(one.fields));
    const auto said = event == nullptr ? "" : contradiction(*event, take_apart(root, event->resource));
    return said.empty() ? "the headers contradict the signed body" : said;
}

}  // namespace

event_data describe(const stored_webhook& one) {
    event_data data;
    const auto parsed = parse_body(one.body);
    if (!parsed) {
        data.payload = as_json_string(one.body);
        data.problem = "the body cannot be read: " + parsed.error().reason;
        return data;
    }
    const auto& root = parsed->root();
    data.payload = on_one_line(root.raw());
    if (!root.is_object())
        data.problem = "the body is not an object";
    else if (one.type == "jumpseller.contradicted")
        data.problem = describe_contradiction(one, root);
    else if (const auto* event = find_type(one.type))
        describe_known(*event, root, data);
    else
        data.problem = describe_unknown(one);
    return data;
}

}  // namespace shopbell::jumpseller
