#pragma once

#include "support/daemon.hpp"
#include "support/shop.hpp"

#include <map>
#include <string>
#include <vector>

namespace shopbell::test {

/// One secret of every kind, each a word that stands nowhere else.
namespace canary {
inline const std::string hooks_token = "canary-hooks-token-8f2e";
inline const std::string signature_key = "canary-signature-key-11d0";
inline const std::string basic_password = "canary-basic-password-93aa";
inline const std::string handshake = "cafe0123cafe4567cafe89abcafecdef";
inline const std::string admin_token = "canary-admin-token-5d4c";
inline const std::string bearer_token = "canary-bearer-77b1";
inline const std::string crm_password = "canary-crm-password-40e9";
inline const std::string sign_secret = base64("canary-sign-secret-2c9e.");
inline const std::string api_key = "canary-api-key-b3d5";  ///< in `headers` of a sink
/// A secret of nobody's: what somebody tries, or has written in the wrong place.
inline const std::string guess = "canary-wrong-guess-e6f0";
}  // namespace canary

/// Fails for each canary that stands in the text, in any form in which it travels; but for the one of that
/// kind.
void expect_no_canary(const std::string& text, const std::string& where, const std::string& but_for = {});

enum class secret_form : unsigned char { literal, file, environment, credential };

/// A shop in which every kind of secret is given in one form.
class canary_shop {
public:
    /// URLs of the targets: "events" gets a bearer token and signatures, "crm" HTTP Basic, "original" the
    /// own bytes of E-junkie, which hold the handshake.
    struct targets {
        std::string events, crm, original;
    };

    canary_shop(secret_form form, const targets& to);

    [[nodiscard]] const shop& place() const noexcept { return place_; }
    [[nodiscard]] std::string log_file() const { return place_.file("shopbell.log"); }
    [[nodiscard]] std::string admin_socket() const { return place_.file("admin.sock"); }

    /// With that text at the end of the configuration.
    void write_config(const std::string& more = {});

    [[nodiscard]] command serve() const;
    [[nodiscard]] finished run(std::vector<std::string> arguments, std::string input = {}) const;

    /// Fails for each canary in any file but the configuration and the secrets' own. The inbox may hold the
    /// handshake: it keeps the exact bytes that came.
    void expect_clean_files() const;

private:
    [[nodiscard]] std::string secret_line(const std::string& key, const std::string& word);
    [[nodiscard]] std::string endpoints();
    [[nodiscard]] std::string sinks();

    shop place_;
    const secret_form form_;
    const targets to_;
    std::map<std::string, std::string> given_;  ///< file, variable or credential of each word
    std::vector<std::string> environment_;
};

}  // namespace shopbell::test
