#include <shopbell/crypto/hmac_keys.hpp>

#include "openssl.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <mutex>
#include <stdexcept>
#include <string>

namespace shopbell {

namespace {

using mac_algorithm = std::unique_ptr<EVP_MAC, openssl_deleter>;
using mac_state = std::unique_ptr<EVP_MAC_CTX, openssl_deleter>;

/// Looked up once: OpenSSL takes longer for that than for a MAC.
EVP_MAC* hmac_algorithm() {
    static const mac_algorithm algorithm(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    return algorithm.get();
}

mac_state prepare(std::string_view key, hash by) {
    auto* const algorithm = hmac_algorithm();
    std::string name = openssl_name(by);
    const std::array parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), name.size()),
        OSSL_PARAM_construct_end()};
    mac_state state(algorithm != nullptr ? EVP_MAC_CTX_new(algorithm) : nullptr);
    // To OpenSSL a null key means none.
    const auto given = key.empty() ? std::string_view("") : key;
    if (!state || EVP_MAC_init(state.get(), bytes_of(given), given.size(), parameters.data()) != 1)
        throw std::runtime_error("OpenSSL cannot compute an HMAC");
    return state;
}

}  // namespace

/// One key, with copies of its state for whoever computes at the same time: a copy costs more than a MAC of a
/// short message, and lasts.
class hmac_keys::prepared {
public:
    prepared(const secret& key, hash by) : first_(prepare(key.reveal(), by)), is_empty_(key.empty()) {}

    /// Computed with all the same: time tells nothing of the configuration.
    [[nodiscard]] bool is_empty() const noexcept { return is_empty_; }

    [[nodiscard]] mac_value mac(std::string_view message) const {
        auto state = take();
        mac_value mac;
        // Without a key it begins anew with the one that it has.
        if (!state || EVP_MAC_init(state.get(), nullptr, 0, nullptr) != 1 ||
            EVP_MAC_update(state.get(), bytes_of(message), message.size()) != 1 ||
            EVP_MAC_final(state.get(), reinterpret_cast<unsigned char*>(mac.bytes.data()), &mac.size,
                          mac.bytes.size()) != 1)
            throw std::runtime_error("OpenSSL cannot compute an HMAC");
        const std::lock_guard guard(mutex_);
        idle_.push_back(std::move(state));
        return mac;
    }

private:
    [[nodiscard]] mac_state take() const {
        const std::lock_guard guard(mutex_);
        if (idle_.empty())
            return mac_state(EVP_MAC_CTX_dup(first_.get()));
        auto one = std::move(idle_.back());
        idle_.pop_back();
        return one;
    }

    mac_state first_;
    bool is_empty_;
    mutable std::mutex mutex_;  // guards what is below
    mutable std::vector<mac_state> idle_;
};

hmac_keys::hmac_keys(const secrets& keys, hash by) {
    for (const auto& one : keys)
        keys_.push_back(std::make_shared<const prepared>(one, by));
}

mac_value hmac_keys::mac(std::size_t key, std::string_view message) const {
    return keys_[key]->mac(message);
}

bool hmac_keys::verify(std::string_view message, const sha256_digest& mac) const {
    bool found = false;
    for (const auto& one : keys_) {
        const auto expected = one->mac(message);
        found |= !one->is_empty() && equal_in_constant_time(expected.text(), as_text(mac));
    }
    return found;
}

}  // namespace shopbell
