#pragma once

#include <shopbell/core/headers.hpp>

#include <string>
#include <string_view>

namespace shopbell::test {

// What the three stores send. The proofs are computed with OpenSSL alone, by the rules in the stores' own
// documentation (providers.md, 1.3, 2.5 and 3.2): a mistake in the daemon's code cannot hide here.

/// The secrets of the configuration in shop.hpp.
inline constexpr std::string_view hooks_token = "integration-hooks-token";
inline constexpr std::string_view handshake = "6b6833aca1f51dc7ca84723dba452a79";
inline constexpr std::string_view signature_key = "integration-signature-key";

struct store_request {
    std::string path;
    headers fields;  ///< without Host and Content-Length
    std::string body;

    /// As it goes over the connection.
    [[nodiscard]] std::string bytes(std::string_view method = "POST") const;
    [[nodiscard]] store_request with(std::string_view name, std::string value) const;  ///< a further header
    [[nodiscard]] store_request without(std::string_view name) const;
    /// Another body under the same headers.
    [[nodiscard]] store_request with_body(std::string other) const;
};

[[nodiscard]] std::string hmac_sha256_base64(std::string_view key, std::string_view message);
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view message);
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string base64_bytes(std::string_view text);  ///< decoded

/// POST /hooks/jumpseller
[[nodiscard]] store_request jumpseller_request(std::string_view event, std::string body,
                                               std::string_view token = hooks_token);
/// An order in that state ("paid", "pending_payment"); `note` makes bodies differ.
[[nodiscard]] std::string jumpseller_order(long long number, std::string_view status_enum = "paid",
                                           std::string_view note = "");
[[nodiscard]] std::string jumpseller_stock(long long product, int stock);

/// POST /hooks/ejunkie: a completed payment.
[[nodiscard]] store_request ejunkie_request(std::string_view txn_id, std::string_view proof = handshake);

/// POST /hooks/usaepay: transaction.sale.success with that event_id and object key.
[[nodiscard]] store_request usaepay_request(std::string_view event_id, std::string_view key = signature_key);
[[nodiscard]] store_request usaepay_signed(std::string body, std::string_view key = signature_key);

}  // namespace shopbell::test
