#pragma once

#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/secret.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace shopbell {

/// Keys of HMAC-SHA256 as an endpoint needs them for each request: what depends on the key alone is computed
/// once. Immutable, shared by threads and by its copies; OpenSSL wipes what it keeps of a key.
class hmac_keys {
public:
    /// Throws where OpenSSL has no HMAC-SHA256.
    explicit hmac_keys(const secrets& keys);

    /// Whether `mac` is the HMAC-SHA256 of `message` under any of the keys. Tries every key, compares in
    /// constant time. An empty key never matches.
    [[nodiscard]] bool verify(std::string_view message, const sha256_digest& mac) const;

private:
    class prepared;
    std::vector<std::shared_ptr<const prepared>> keys_;
};

}  // namespace shopbell
