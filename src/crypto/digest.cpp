#include <shopbell/crypto/digest.hpp>

#include "openssl.hpp"

#include <shopbell/crypto/encoding.hpp>

#include <openssl/core_names.h>
#include <openssl/hmac.h>

#include <memory>
#include <stdexcept>

namespace shopbell {

namespace {

/// Fetched once: with EVP_sha256() OpenSSL looks for it at every use.
const EVP_MD* sha256_algorithm() {
    static const std::unique_ptr<EVP_MD, openssl_deleter> algorithm(
        EVP_MD_fetch(nullptr, OSSL_DIGEST_NAME_SHA2_256, nullptr));
    return algorithm.get();
}

}  // namespace

sha256_digest sha256(std::string_view message) {
    return sha256(std::span(&message, 1));
}

sha256_digest sha256(std::span<const std::string_view> parts) {
    // The thread's: what OpenSSL allocates for a digest lasts for the next one.
    thread_local const std::unique_ptr<EVP_MD_CTX, openssl_deleter> state(EVP_MD_CTX_new());
    sha256_digest out;
    bool good = state && EVP_DigestInit_ex(state.get(), sha256_algorithm(), nullptr) == 1;
    for (const auto part : parts)
        good = good && EVP_DigestUpdate(state.get(), part.data(), part.size()) == 1;
    if (!good || EVP_DigestFinal_ex(state.get(), out.data(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    return out;
}

sha256_digest hmac_sha256(std::string_view key, std::string_view message) {
    sha256_digest out;
    // OpenSSL takes a null key for "the key of last time", so an empty one must still point somewhere.
    const void* key_bytes = key.empty() ? "" : key.data();
    unsigned length = 0;
    if (HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()), bytes_of(message), message.size(),
             out.data(), &length) == nullptr)
        throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
    return out;
}

std::size_t digest_size(hash of) noexcept {
    switch (of) {
        case hash::sha1:
            return 20;
        case hash::sha256:
            break;
        case hash::sha384:
            return 48;
        case hash::sha512:
            return 64;
    }
    return 32;
}

const char* openssl_name(hash of) noexcept {
    switch (of) {
        case hash::sha1:
            return OSSL_DIGEST_NAME_SHA1;
        case hash::sha256:
            break;
        case hash::sha384:
            return OSSL_DIGEST_NAME_SHA2_384;
        case hash::sha512:
            return OSSL_DIGEST_NAME_SHA2_512;
    }
    return OSSL_DIGEST_NAME_SHA2_256;
}

std::string digest(hash by, std::string_view message) {
    const std::unique_ptr<EVP_MD, openssl_deleter> algorithm(
        EVP_MD_fetch(nullptr, openssl_name(by), nullptr));
    std::string out(digest_size(by), '\0');
    if (!algorithm || EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(out.data()),
                                 nullptr, algorithm.get(), nullptr) != 1)
        throw std::runtime_error(std::string("OpenSSL cannot compute ") + openssl_name(by));
    return out;
}

std::string md5_hex(std::string_view message) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(message.data(), message.size(), out, &length, EVP_md5(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute MD5, which E-junkie's handshake needs (FIPS mode?)");
    return hex_encode({reinterpret_cast<const char*>(out), length});
}

std::string_view as_text(const sha256_digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace shopbell
