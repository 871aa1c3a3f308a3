#pragma once

#include <shopbell/commerce/order.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/stores/jumpseller_documents.hpp>
#include <shopbell/stores/provider.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the files of the Jumpseller dialect share. Private to this folder.
namespace shopbell::jumpseller {

inline constexpr std::string_view signature_header = "Jumpseller-Hmac-Sha256";
inline constexpr std::string_view event_header = "Jumpseller-Event";
inline constexpr std::string_view store_header = "Jumpseller-Store-Code";
inline constexpr std::string_view time_header = "Jumpseller-Triggered-At";

/// An event that Jumpseller is known to send (providers.md 1.4, section 6).
struct known_event {
    std::string_view name;      ///< "order_paid"
    std::string_view type;      ///< "jumpseller.order.paid"
    std::string_view resource;  ///< "order": the body's root key
};

/// Where two names mean the same type, the one that Jumpseller documents comes first.
[[nodiscard]] std::span<const known_event> known_events() noexcept;

/// The event of that name, in lower case; null for an unknown one.
[[nodiscard]] const known_event* find_event(std::string_view name) noexcept;

/// The event that the (unsigned) header names, in lower case; empty where it names none.
[[nodiscard]] std::string event_name(const headers& fields);

/// The (unsigned) store code; empty where there is none or it is no code.
[[nodiscard]] std::string store_code(const headers& fields);

/// A body with an object at the root, taken apart.
struct body_parts {
    std::string_view root_key;   ///< "order"; empty where the resource stands without one
    const json::value* content;  ///< the resource, of whatever kind
};

/// `resource` is what the event should be about, or empty.
[[nodiscard]] body_parts take_apart(const json::value& root, std::string_view resource) noexcept;

/// In which way the header contradicts the signed body (interface.md, section 4); empty where it does not.
[[nodiscard]] std::string contradiction(const known_event& event, const body_parts& body);

/// Type, subject, store and identity of an authentic delivery.
[[nodiscard]] accepted name_delivery(const webhook& one);

/// The order in the shape that all stores share. `shipped` is whether the event says so.
[[nodiscard]] shopbell::order normalise(const order& from, bool shipped);

[[nodiscard]] event_data describe(const stored_webhook& one);

[[nodiscard]] std::vector<sample> samples();
[[nodiscard]] sample probe(std::string_view mark, std::size_t padding);

}  // namespace shopbell::jumpseller
