#pragma once

#include <shopbell/crypto/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Signing as Standard Webhooks 1.0 defines it (standardwebhooks.com):
///   key       = base64-decoded secret, behind an optional "whsec_"
///   signed    = id "." timestamp "." body
///   signature = "v1," base64(HMAC-SHA256(key, signed)), several with one space between them
namespace shopbell {

/// The key that a configured secret stands for, or nothing where it is not base64 (padding may be missing) or
/// is empty.
[[nodiscard]] std::optional<secret> standard_webhooks_key(const secret& configured);

/// The value of `webhook-signature`, one signature for each key. `timestamp` is in Unix seconds.
[[nodiscard]] std::string sign_standard_webhook(const secrets& keys, std::string_view id,
                                                std::int64_t timestamp, std::string_view body);

}  // namespace shopbell
