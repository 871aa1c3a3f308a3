#pragma once

#include "request_view.hpp"
#include "text_template.hpp"

#include <shopbell/core/result.hpp>
#include <shopbell/crypto/hmac_keys.hpp>
#include <shopbell/crypto/public_key.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/preset.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::stores {

enum class proof : unsigned char {
    mac,         ///< an HMAC
    digest,      ///< a digest of a text that holds the secret
    public_key,  ///< a signature under a key that everybody may know
    token,       ///< the secret itself
    basic,       ///< HTTP Basic and nothing else
};
enum class text_encoding : unsigned char { hex, base64, base64url };
enum class key_encoding : unsigned char { text, base64, hex, nfkd, sha1, pem };
enum class time_unit : unsigned char { seconds, milliseconds, iso, automatic };

/// What stands around a signature: "sha256=" before it, nothing behind it.
struct signature_format {
    std::string before, behind;
};

/// Reads a pattern with one {signature} in it; `user` is what {user} stands for.
[[nodiscard]] result<signature_format> parse_format(std::string_view pattern, std::string_view user);

/// How an endpoint's requests prove where they come from (presets.md, section 1.2). Filled from a
/// configuration, all of it checked.
struct scheme {
    proof how = proof::mac;
    hash by = hash::sha256;                             ///< of a MAC and of a digest
    key_algorithm asymmetric = key_algorithm::ed25519;  ///< of a public key
    source signature = {};
    std::vector<text_encoding> encodings = {text_encoding::hex};
    std::vector<signature_format> formats = {signature_format{}};
    std::string separator = {};
    std::vector<text_template> texts = {};  ///< what is signed; any of them
    std::optional<source> timestamp = {};
    time_unit unit = time_unit::seconds;
    std::chrono::milliseconds past{0}, future{0};  ///< 0: not checked
    secrets given = {};                            ///< as configured
    std::string key_prefix = {};
    std::vector<key_encoding> key_encodings = {key_encoding::text};
    std::vector<public_key> public_keys = {};
    refusal_reasons reasons = {};
};

/// A key's bytes from what the operator pasted. Fails where it is not in that form.
[[nodiscard]] result<secret> derive_key(std::string_view given, key_encoding form, std::string_view prefix);

/// What came of looking at a request's proof.
struct finding {
    enum class outcome : unsigned char {
        genuine,
        unreadable,  ///< the body in which the proof stands
        missing,     ///< no proof is there, or none that can be read
        wrong,
        stale,
    };
    outcome is = outcome::missing;
    std::string reason = {};  ///< for the operator
    /// Of a request whose signature is right: how far its time is from the clock, in the past where
    /// positive; nothing where that is near enough or the signature is wrong.
    std::optional<std::chrono::milliseconds> age = {};
};

/// Verifies requests. Immutable, thread-safe.
class verifier {
public:
    explicit verifier(scheme configured);

    /// The same keys, which take long to prepare, looked for in requests in another way: `changed` differs in
    /// encodings, formats and the like.
    [[nodiscard]] verifier reading_as(scheme changed) const;

    /// Leaves entries, time and the like in the view. Does the same work whatever is wrong.
    [[nodiscard]] finding check(request_view& from) const;

    /// The signature's whole value for that request at that time, with the first of the secrets; empty where
    /// it takes a private key.
    [[nodiscard]] std::string sign(request_view& from, std::string_view timestamp) const;

    /// How the sender writes that time.
    [[nodiscard]] std::string write_time(time_point at) const;

    [[nodiscard]] const scheme& configured() const noexcept { return scheme_; }
    [[nodiscard]] bool can_sign() const noexcept { return scheme_.how != proof::public_key; }

private:
    struct reading;
    [[nodiscard]] bool matches(request_view& from, const reading& what) const;
    [[nodiscard]] bool matches_mac(request_view& from, const reading& what) const;
    [[nodiscard]] bool matches_digest(request_view& from, const reading& what) const;
    [[nodiscard]] bool matches_public_key(const request_view& from, const reading& what) const;
    [[nodiscard]] bool matches_token(const reading& what) const;
    [[nodiscard]] finding check_age(time_point arrived, std::chrono::milliseconds sent) const;
    [[nodiscard]] bool is_stale(std::chrono::milliseconds age) const noexcept;
    [[nodiscard]] std::size_t signature_size() const noexcept;  ///< 0: any

    scheme scheme_;
    hmac_keys keys_;
    std::vector<std::size_t> secret_of_key_;  ///< by place in `keys_`, the place in `scheme_.given`
    bool texts_hold_secret_ = false;
};

/// "the X-Signature header": where a value stands, in words.
[[nodiscard]] std::string in_words(const source& from);

/// "14 minutes": a span of time in words.
[[nodiscard]] std::string in_words(std::chrono::milliseconds span);

}  // namespace shopbell::stores
