#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// What an authentic webhook means: the `data` of the event document, made by its provider.
struct event_data {
    std::string order;    ///< one JSON object, or empty where the event is not about an order
    std::string payload;  ///< one JSON value: what the store sent, without secrets
    std::string problem;  ///< what was not understood, one sentence each, or empty
};

/// One accepted webhook as every sink sees it. Immutable once built; sinks share it.
struct event {
    std::string id;  ///< UUIDv7 text
    std::string endpoint, provider, type;
    std::string subject;  ///< "order/1026", or empty
    std::string store;    ///< or empty
    time_point accepted_at;
    std::string document;  ///< the CloudEvents 1.0 JSON document, one line

    headers original_headers;   ///< the store's own that matter: content type, event, signature
    std::string original_body;  ///< the exact bytes received
    /// What in `original_body` proves its sender's secret, or empty: nobody is shown it, also where a target
    /// repeats it.
    std::string original_proof;
};

/// The CloudEvents 1.0 document in structured JSON (interface.md, section 5), without a newline.
/// Takes the attributes from `event` and ignores `event.document`.
[[nodiscard]] std::string make_document(const event& event, const event_data& data);

}  // namespace shopbell
