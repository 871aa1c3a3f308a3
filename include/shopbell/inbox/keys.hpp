#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// Under what a delivery stands in the inbox, and what tells whether it repeats an earlier one. The rules are
/// those of `event_table`.
struct delivery_keys {
    std::string row;      ///< events.identity; empty: the row has none, and `latest` alone decides
    std::string content;  ///< what `row` begins with: the identity without the moment
    std::string former;   ///< events.identity of the same delivery in schema 2; empty: it was `row`
    std::string subject;  ///< latest.resource of the subject's latest event; empty: not kept
    std::string type;     ///< latest.resource of its latest event of the same type; empty: not kept
};

/// Computed before the one thread that all deliveries wait for.
[[nodiscard]] delivery_keys keys_of(const arrival& one);

/// Of the event that stands for the delivery where its sale gets no codes. Precondition: it asks for some.
[[nodiscard]] delivery_keys keys_without_codes(const arrival& one);

/// Where an event may stand in `latest`: as its subject's latest, and as the latest of its type. The first is
/// unique to the subject, the second to type and subject.
[[nodiscard]] std::string subject_key(std::string_view endpoint, std::string_view store,
                                      std::string_view subject);
[[nodiscard]] std::string type_key(std::string_view endpoint, std::string_view store, std::string_view type,
                                   std::string_view subject);

/// Under what the codes of a sale stand. Tells nobody which sale it is.
[[nodiscard]] std::string sale_key(std::string_view endpoint, std::string_view transaction,
                                   std::string_view item);

}  // namespace shopbell
