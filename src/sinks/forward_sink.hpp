#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/http/client.hpp>
#include <shopbell/sinks/sink.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace shopbell {

enum class forward_body : unsigned char { event, original };

/// A checked configuration: every name and value here is fit for a header.
struct forward_settings {
    std::string method = "POST";
    headers fields;  ///< the operator's own
    forward_body body = forward_body::event;
    std::string content_type;             ///< of the event document
    secrets signing_keys;                 ///< decoded; empty: no Standard Webhooks headers
    secret authorization{std::string()};  ///< the whole header's value, or empty
};

/// The request for one event. Where the operator and the store give the same header, the operator's goes out.
[[nodiscard]] http::outgoing_request make_request(const forward_settings& settings, const event& one,
                                                  time_point at);

/// What an answer means: 2xx delivered; 408, 425, 429 and 5xx retry, not before Retry-After; anything else,
/// redirects included, reject. The reason names the status and the start of the answer's text.
[[nodiscard]] outcome classify(const http::incoming_response& answer, time_point at);

[[nodiscard]] std::unique_ptr<sink> make_forward(forward_settings settings,
                                                 std::unique_ptr<http::client> client);

/// Whether a header is the HTTP client's own business (framing, connection) and cannot be set by anybody
/// else.
[[nodiscard]] bool is_reserved_header(std::string_view name) noexcept;

}  // namespace shopbell
