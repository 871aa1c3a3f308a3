#pragma once

#include <shopbell/core/result.hpp>

#include <memory>
#include <string_view>

namespace shopbell {

/// The public-key signatures that stores use.
enum class key_algorithm : unsigned char { ed25519, ecdsa_p256_sha256, rsa_sha256, rsa_sha1 };

/// What verifies a sender's signatures without being able to make one. Immutable, thread-safe, shared by its
/// copies.
class public_key {
public:
    /// From what a provider publishes: a PEM text, the DER of a SubjectPublicKeyInfo, or, of ed25519, the 32
    /// bytes alone. Fails with `malformed` where it is none of these, or a key for another algorithm.
    [[nodiscard]] static result<public_key> parse(key_algorithm of, std::string_view key);

    /// ECDSA signatures are in DER, and P-256's also as the 64 bytes of r and s.
    [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;

private:
    class content;
    explicit public_key(std::shared_ptr<const content> key) noexcept : content_(std::move(key)) {}
    std::shared_ptr<const content> content_;
};

}  // namespace shopbell
