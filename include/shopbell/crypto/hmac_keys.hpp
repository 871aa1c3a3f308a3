#pragma once

#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/secret.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace shopbell {

/// The bytes of a MAC, as many as its hash has.
struct mac_value {
    std::array<char, 64> bytes{};
    std::size_t size = 0;

    [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), size}; }
};

/// Keys of HMAC as an endpoint needs them for each request: what depends on the key alone is computed once.
/// Immutable, shared by threads and by its copies; OpenSSL wipes what it keeps of a key.
class hmac_keys {
public:
    /// Throws where OpenSSL has no HMAC with that hash.
    explicit hmac_keys(const secrets& keys, hash by = hash::sha256);

    [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

    /// The MAC of the message under one of the keys, of which an empty one is computed with as well.
    [[nodiscard]] mac_value mac(std::size_t key, std::string_view message) const;

    /// Whether `mac` is the HMAC-SHA256 of `message` under any of the keys. Tries every key, compares in
    /// constant time. An empty key never matches.
    [[nodiscard]] bool verify(std::string_view message, const sha256_digest& mac) const;

private:
    class prepared;
    std::vector<std::shared_ptr<const prepared>> keys_;
};

}  // namespace shopbell
