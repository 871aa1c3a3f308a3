#include <shopbell/crypto/public_key.hpp>

#include "openssl.hpp"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string>

namespace shopbell {

namespace {

using key_pointer = std::unique_ptr<EVP_PKEY, openssl_deleter>;

constexpr std::size_t ed25519_size = 32;
constexpr std::size_t p256_number_size = 32;

key_pointer read_pem(std::string_view text) {
    const std::unique_ptr<BIO, openssl_deleter> stream(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    return key_pointer(stream ? PEM_read_bio_PUBKEY(stream.get(), nullptr, nullptr, nullptr) : nullptr);
}

key_pointer read_der(std::string_view bytes) {
    const auto* begin = bytes_of(bytes);
    key_pointer key(d2i_PUBKEY(nullptr, &begin, static_cast<long>(bytes.size())));
    return begin == bytes_of(bytes) + bytes.size() ? std::move(key) : nullptr;
}

key_pointer read(key_algorithm of, std::string_view key) {
    if (key.find("-----BEGIN") != std::string_view::npos)
        return read_pem(key);
    if (of == key_algorithm::ed25519 && key.size() == ed25519_size)
        return key_pointer(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(key), key.size()));
    return read_der(key);
}

bool fits(key_algorithm of, const EVP_PKEY& key) {
    switch (of) {
        case key_algorithm::ed25519:
            return EVP_PKEY_get_base_id(&key) == EVP_PKEY_ED25519;
        case key_algorithm::ecdsa_p256_sha256:
            return EVP_PKEY_get_base_id(&key) == EVP_PKEY_EC && EVP_PKEY_get_bits(&key) == 256;
        default:
            return EVP_PKEY_get_base_id(&key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(&key) >= 1024;
    }
}

std::string_view name_of(key_algorithm of) noexcept {
    switch (of) {
        case key_algorithm::ed25519:
            return "Ed25519";
        case key_algorithm::ecdsa_p256_sha256:
            return "ECDSA P-256";
        default:
            return "RSA";
    }
}

/// r and s side by side as the DER that OpenSSL reads; empty where that fails.
std::string der_of(std::string_view numbers) {
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
    BIGNUM* r = BN_bin2bn(bytes_of(numbers), p256_number_size, nullptr);
    BIGNUM* s = BN_bin2bn(bytes_of(numbers.substr(p256_number_size)), p256_number_size, nullptr);
    if (!pair || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1)
        return {};
    std::string der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)), '\0');
    auto* end = reinterpret_cast<unsigned char*>(der.data());
    i2d_ECDSA_SIG(pair.get(), &end);
    return der;
}

}  // namespace

class public_key::content {
public:
    content(key_algorithm of, key_pointer key) : of_(of), key_(std::move(key)) {}

    [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const {
        if (of_ == key_algorithm::ecdsa_p256_sha256 && signature.size() == 2 * p256_number_size &&
            !check(message, signature))
            return check(message, der_of(signature));
        return check(message, signature);
    }

private:
    [[nodiscard]] bool check(std::string_view message, std::string_view signature) const {
        const std::unique_ptr<EVP_MD_CTX, openssl_deleter> state(EVP_MD_CTX_new());
        const char* const hash_name = of_ == key_algorithm::ed25519    ? nullptr
                                      : of_ == key_algorithm::rsa_sha1 ? openssl_name(hash::sha1)
                                                                       : openssl_name(hash::sha256);
        const bool right = state &&
                           EVP_DigestVerifyInit_ex(state.get(), nullptr, hash_name, nullptr, nullptr,
                                                   key_.get(), nullptr) == 1 &&
                           EVP_DigestVerify(state.get(), bytes_of(signature), signature.size(),
                                            bytes_of(message), message.size()) == 1;
        ERR_clear_error();
        return right;
    }

    key_algorithm of_;
    key_pointer key_;
};

result<public_key> public_key::parse(key_algorithm of, std::string_view key) {
    auto read_key = read(of, key);
    ERR_clear_error();
    if (!read_key)
        return failure{errc::malformed, "is no public key that can be read (PEM, or the bytes of one)"};
    if (!fits(of, *read_key))
        return failure{errc::malformed, "is no public key of " + std::string(name_of(of))};
    return public_key(std::make_shared<const content>(of, std::move(read_key)));
}

bool public_key::verify(std::string_view message, std::string_view signature) const {
    return content_->verify(message, signature);
}

}  // namespace shopbell
