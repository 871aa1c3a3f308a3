#pragma once

#include "message_template.hpp"
#include "redactor.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/http/client.hpp>
#include <shopbell/sinks/sink.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace shopbell {

enum class forward_body : unsigned char { event, original, rendered };

/// A checked configuration: every name and value here is fit for a header.
struct forward_settings {
    std::string method = "POST";
    std::string address;  ///< the URL without its query
    headers fields;       ///< the operator's own
    forward_body body = forward_body::event;
    std::optional<message_template> message;  ///< of body `rendered`
    std::string content_type;                 ///< of the event document or the message
    secrets signing_keys;                     ///< decoded; empty: no Standard Webhooks headers
    secret authorization{std::string()};      ///< the whole header's value, or empty
    redactor known_secrets;                   ///< of all of the above
};

/// The request for one event. Where the operator and the store give the same header, the operator's goes out.
/// Fails where the template makes nothing of this event that could be sent.
[[nodiscard]] result<http::outgoing_request> make_request(const forward_settings& settings,
                                                          const event& source, time_point at);

/// What an answer means: 2xx delivered; 408, 425, 429 and 5xx retry, not before Retry-After; anything else,
/// redirects included, reject. The reason names the status and the start of the answer's text, the response
/// is all of the text that was kept.
[[nodiscard]] outcome classify(const http::incoming_response& answer, time_point at);

[[nodiscard]] std::unique_ptr<sink> make_forward(forward_settings settings,
                                                 std::unique_ptr<http::client> client);

/// Whether a header is the HTTP client's own business (framing, connection) and cannot be set by anybody
/// else.
[[nodiscard]] bool is_reserved_header(std::string_view name) noexcept;

}  // namespace shopbell
