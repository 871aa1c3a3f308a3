#pragma once

#include <shopbell/crypto/hmac_keys.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/provider.hpp>
#include <shopbell/stores/registry.hpp>

#include <optional>
#include <string>
#include <string_view>

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
class dialect final : public provider {
public:
    explicit dialect(settings chosen);

    [[nodiscard]] likely_cause diagnose(const webhook& refused) const override;
    [[nodiscard]] bool demands_proof() const noexcept override { return !settings_.unsigned_ok; }
    [[nodiscard]] std::string verified_by() const override {
        return settings_.unsigned_ok ? "" : "hooks_token";
    }
    [[nodiscard]] bool holds_secret(std::string_view text) const noexcept override {
        return any_within(settings_.hooks_tokens, text);
    }

private:
    [[nodiscard]] signed_webhook make_signed(std::string_view event, std::string body, signing how,
                                             time_point happened) const override;
    [[nodiscard]] std::optional<refusal> authenticate(const webhook& one) const override;
    [[nodiscard]] std::variant<accepted, refusal> identify(const webhook& one) const override;

    settings settings_;
    hmac_keys signing_keys_;
};

}  // namespace shopbell::jumpseller
