#pragma once

#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/preset_provider.hpp>
#include <shopbell/stores/registry.hpp>

#include <string>

namespace shopbell {

[[nodiscard]] const provider_entry& usaepay_entry() noexcept;

}  // namespace shopbell

namespace shopbell::usaepay {

/// One endpoint's part of the configuration. What is configured must all hold; with nothing configured and
/// without `unsigned_ok` every delivery is refused.
struct settings {
    secrets signature_keys;
    std::string basic_user = {};
    secrets basic_passwords = {};
    bool unsigned_ok = false;  ///< auth = "none"
};

/// USAePay signs the raw body: X-Signature = hex(HMAC-SHA256(key, body)). HTTP Basic comes instead of it or
/// with it. The event's name stands in the body (providers.md, section 3).
class dialect final : public stores::preset_provider {
public:
    explicit dialect(settings chosen);
};

}  // namespace shopbell::usaepay
