#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/crypto/hmac_keys.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/provider.hpp>
#include <shopbell/stores/registry.hpp>

#include <optional>
#include <string>
#include <string_view>

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
class dialect final : public provider {
public:
    explicit dialect(settings chosen);

    /// `event` is not needed: the body names it.
    [[nodiscard]] std::string basic_realm() const override;
    [[nodiscard]] likely_cause diagnose(const webhook& refused) const override;
    [[nodiscard]] bool demands_proof() const noexcept override { return !settings_.unsigned_ok; }
    [[nodiscard]] std::string verified_by() const override {
        if (settings_.unsigned_ok)
            return {};
        if (!wants_basic())
            return "signature_key";
        return wants_signature() ? "signature_key, basic_password" : "basic_password";
    }
    [[nodiscard]] bool holds_secret(std::string_view text) const noexcept override {
        return any_within(settings_.signature_keys, text) || any_within(settings_.basic_passwords, text);
    }

private:
    [[nodiscard]] signed_webhook make_signed(std::string_view event, std::string body, signing how,
                                             time_point happened) const override;
    [[nodiscard]] std::optional<refusal> authenticate(const webhook& one) const override;
    [[nodiscard]] std::variant<accepted, refusal> identify(const webhook& one) const override;

    [[nodiscard]] bool wants_signature() const noexcept { return !settings_.signature_keys.empty(); }
    [[nodiscard]] bool wants_basic() const noexcept { return !settings_.basic_passwords.empty(); }
    /// Whether what is configured of it is right; fails where what was sent cannot be read. The same work
    /// either way.
    [[nodiscard]] result<bool> check_signature(const webhook& one) const;
    [[nodiscard]] result<bool> check_basic(const headers& fields) const;
    /// `credentials` is "user:password". Constant time in both.
    [[nodiscard]] bool basic_matches(const secret& credentials) const noexcept;
    [[nodiscard]] std::string basic_credentials(signing how) const;

    settings settings_;
    hmac_keys signing_keys_;
};

}  // namespace shopbell::usaepay
