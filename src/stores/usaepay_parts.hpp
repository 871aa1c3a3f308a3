#pragma once

#include "store_settings.hpp"

#include <shopbell/commerce/event.hpp>
#include <shopbell/commerce/order.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/stores/provider.hpp>
#include <shopbell/stores/usaepay_documents.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the files of the USAePay dialect share. Private to this folder.
namespace shopbell::usaepay {

inline constexpr std::string_view signature_header = "X-Signature";
inline constexpr std::string_view basic_header = "Authorization";

/// Why a request's proof does not hold: see stores::store_hooks.
[[nodiscard]] likely_cause explain(const stores::store_settings& by, const webhook& refused,
                                   bool signature_fits, bool basic_fits);

/// Which of the documented shapes an event's body has.
enum class shape : unsigned char { transaction, ach, card_update, inventory, batch, unknown };

/// "cau.updated_card" for "cardupdate.updated_card"; other names as they are.
[[nodiscard]] std::string normal_name(std::string_view event_type);

/// By the first words of the normal name: "ach.anything" has the shape of ACH events.
[[nodiscard]] shape shape_of(std::string_view normal_name) noexcept;

/// The normal names of all the events that USAePay documents (providers.md 3.5).
[[nodiscard]] std::span<const std::string_view> documented_events() noexcept;

/// The event, also where something on the way has put it into an envelope.
[[nodiscard]] const json::value& event_of(const json::value& root) noexcept;

/// `event_type` where it is fit to be a type, else empty.
[[nodiscard]] std::string_view event_type(const json::value& root) noexcept;

/// Type, subject, store and identity of an authentic body.
[[nodiscard]] accepted name_delivery(std::string_view body);

/// The order in the shape that all stores share. `name` is the event's normal one; `ach_status` that of an
/// ACH event's `changes.new`.
[[nodiscard]] shopbell::order normalise(const transaction& from, std::string_view name,
                                        std::string_view ach_status);

/// The document on one line, its bytes as they came, but for card numbers that mask_card_number masks.
[[nodiscard]] std::string payload_of(const json::value& root);

/// The same for a body that is no JSON: as a JSON string, with every run of 13 to 19 digits masked, since
/// nothing tells which of them is a card's.
[[nodiscard]] std::string payload_of_text(std::string_view body);

[[nodiscard]] event_data describe(const stored_webhook& one);

[[nodiscard]] std::vector<sample> samples();
[[nodiscard]] sample probe(std::string_view mark, std::size_t padding);

}  // namespace shopbell::usaepay
