#pragma once

#include <shopbell/inbox/inbox.hpp>
#include <shopbell/stores/registry.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::bench {

/// What one store sends of a paid order, and the endpoints that take it.
struct delivery {
    std::string_view store;
    const provider_entry* kind;
    std::unique_ptr<const provider> endpoint;  ///< with its secret
    std::unique_ptr<const provider> trusting;  ///< the same under auth = "none": it only identifies
    std::string type;
    signed_webhook sent;

    [[nodiscard]] webhook as_webhook() const { return {sent.fields, sent.body}; }
    /// As the inbox gives it back.
    [[nodiscard]] stored_event as_stored() const;
};

/// One of each store. Those of Jumpseller are the orders that tests/bench/run sends; the other stores' are
/// the samples of `shopbell send`.
[[nodiscard]] std::vector<std::shared_ptr<const delivery>> deliveries();
[[nodiscard]] std::shared_ptr<const delivery> jumpseller_delivery();

}  // namespace shopbell::bench
