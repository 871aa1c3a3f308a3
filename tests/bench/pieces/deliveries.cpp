#include "deliveries.hpp"

#include "../orders.hpp"

#include <shopbell/stores/catalog.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace shopbell::bench {
namespace {

std::unique_ptr<const provider> make_endpoint(const provider_entry& kind, std::string_view keys,
                                              bool auth_none) {
    config::problems found("pieces");
    const auto file = config::file::from_text(keys, found);
    auto root = file.root();
    return kind.make(root, auth_none);
}

const sample& sample_of(const std::vector<sample>& all, std::string_view type) {
    const auto found = std::ranges::find(all, type, &sample::type);
    if (found == all.end())
        throw std::logic_error("no sample of " + std::string(type));
    return *found;
}

std::shared_ptr<const delivery> make_delivery(std::string_view store, std::string_view type,
                                              const std::string& secret, std::string body) {
    const auto* const kind = find_store(store);
    const auto samples = kind->samples();
    const auto& model = sample_of(samples, type);
    if (body.empty())
        body = model.body;
    auto endpoint = make_endpoint(*kind, secret, false);
    auto sent = endpoint->sign(model.event, std::move(body), signing::genuine);
    auto trusting = make_endpoint(*kind, "", true);
    return std::make_shared<const delivery>(
        delivery{store, kind, std::move(endpoint), std::move(trusting), std::string(type), std::move(sent)});
}

/// The Jumpseller order at an endpoint of keys alone, with a template, entries and a time in them.
std::shared_ptr<const delivery> configured_delivery() {
    constexpr std::string_view keys =
        "signature = 'header:X-Signature'\nseparator = ','\nformat = 'v1={signature}'\ntimestamp = "
        "'entry:t'\n"
        "tolerance = '0s'\nsigned = '{timestamp}.{body}'\nid = '{json:/order/id}/{json:/order/status}'\n"
        "event = 'header:X-Event'\nsubject = 'order/{json:/order/id}'\n";
    const auto* const kind = find_store("generic");
    auto endpoint = make_endpoint(*kind, "secret = 'a key'\n" + std::string(keys), false);
    auto sent = endpoint->sign("order/paid", order_maker().body(order_maker::least), signing::genuine);
    auto trusting = make_endpoint(*kind, keys, true);
    return std::make_shared<const delivery>(delivery{
        "generic", kind, std::move(endpoint), std::move(trusting), "generic.order.paid", std::move(sent)});
}

}  // namespace

stored_event delivery::as_stored() const {
    const auto verdict = endpoint->accept(as_webhook());
    const auto& what = std::get<accepted>(verdict);
    stored_event one;
    one.number = 1;
    one.id = "01930000-0000-7000-8000-000000000000";
    one.accepted_at = now();
    one.endpoint = store;
    one.provider = store;
    one.type = what.type;
    one.subject = what.subject;
    one.store = what.store;
    one.fields = sent.fields;
    one.body = sent.body;
    return one;
}

std::shared_ptr<const delivery> jumpseller_delivery() {
    return make_delivery("jumpseller", "jumpseller.order.paid",
                         "hooks_token = '" + std::string(hooks_token) + "'",
                         order_maker().body(order_maker::least));
}

std::vector<std::shared_ptr<const delivery>> deliveries() {
    return {
        jumpseller_delivery(),
        make_delivery("ejunkie", "ejunkie.order.paid", "handshake = '5f4dcc3b5aa765d61d8327deb882cf99'", ""),
        make_delivery("usaepay", "usaepay.transaction.sale.success", "signature_key = 'a key'", ""),
        configured_delivery()};
}

}  // namespace shopbell::bench
