#pragma once

#include <shopbell/crypto/digest.hpp>

#include <openssl/evp.h>
#include <string_view>

/// What this folder's files share to speak with OpenSSL's C interface.
namespace shopbell {

/// Frees OpenSSL's objects: the deleter of their `std::unique_ptr`.
struct openssl_deleter {
    void operator()(EVP_MD* algorithm) const noexcept { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* state) const noexcept { EVP_MD_CTX_free(state); }
    void operator()(EVP_MAC* algorithm) const noexcept { EVP_MAC_free(algorithm); }
    void operator()(EVP_MAC_CTX* state) const noexcept { EVP_MAC_CTX_free(state); }
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(BIO* stream) const noexcept { BIO_free(stream); }
};

/// What OpenSSL calls that hash.
[[nodiscard]] const char* openssl_name(hash of) noexcept;

/// The text as OpenSSL takes bytes; valid as long as the text is.
[[nodiscard]] inline const unsigned char* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace shopbell
