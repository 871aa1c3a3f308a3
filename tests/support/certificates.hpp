#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace shopbell::test {

template <auto Free>
struct freed_by {
    template <class T>
    void operator()(T* one) const noexcept {
        Free(one);
    }
};
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;

struct certificate {
    [[nodiscard]] std::string pem() const;
    /// Encrypted where a password is given.
    [[nodiscard]] std::string key_pem(const std::string& password = "") const;

    x509_ptr content;
    key_ptr key;
};

/// A certificate authority made for one test.
class authority {
public:
    explicit authority(const std::string& name = "Test authority");

    /// `names`: as in OpenSSL's subjectAltName, "DNS:localhost" or "IP:127.0.0.1".
    [[nodiscard]] certificate certificate_for(const std::string& names) const;
    [[nodiscard]] certificate expired_certificate_for(const std::string& names) const;
    [[nodiscard]] std::string pem() const { return own_.pem(); }
    [[nodiscard]] X509* content() const noexcept { return own_.content.get(); }

private:
    certificate own_;
};

[[nodiscard]] certificate self_signed(const std::string& names);

}  // namespace shopbell::test
