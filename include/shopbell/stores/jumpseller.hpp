#pragma once

#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/preset_provider.hpp>
#include <shopbell/stores/registry.hpp>

#include <string>

namespace shopbell {

[[nodiscard]] const provider_entry& jumpseller_entry() noexcept;

}  // namespace shopbell

namespace shopbell::jumpseller {

/// One endpoint's part of the configuration.
struct settings {
    secrets hooks_tokens;      ///< none, without `unsigned_ok`: every delivery is refused
    std::string store = {};    ///< empty: any store code
    bool unsigned_ok = false;  ///< auth = "none"
};

/// Jumpseller signs the raw body and nothing else: Jumpseller-Hmac-Sha256 = base64(HMAC-SHA256(hooks token,
/// body)). Event and store code stand in headers outside the signature, so they are checked against the body
/// (providers.md, section 1; interface.md, section 4).
class dialect final : public stores::preset_provider {
public:
    explicit dialect(settings chosen);
};

}  // namespace shopbell::jumpseller
