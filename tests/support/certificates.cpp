#include "support/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace shopbell::test {
namespace {

constexpr long day = 24 * 60 * 60;
constexpr long lifetime = 60 * day;  // longer than the daemon warns of an end

void require(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL refused");
}

void add_extension(X509* to, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> extension(
        X509V3_EXT_nconf_nid(nullptr, &context, kind, value.c_str()));
    require(extension && X509_add_ext(to, extension.get(), -1) == 1);
}

void set_name(X509_NAME* name, const std::string& text) {
    const std::basic_string<unsigned char> bytes(text.begin(), text.end());
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, bytes.data(), static_cast<int>(bytes.size()),
                                       -1, 0) == 1);
}

/// `issuer`: nothing for one that signs itself.
certificate make(const std::string& subject, const std::string& names, const certificate* issuer, long from,
                 long until) {
    certificate made{x509_ptr(X509_new()), key_ptr(EVP_EC_gen("P-256"))};
    auto* const one = made.content.get();
    auto* const signer = issuer == nullptr ? one : issuer->content.get();
    require(X509_set_version(one, 2) == 1);
    static std::atomic<long> serial = 1;
    require(ASN1_INTEGER_set(X509_get_serialNumber(one), serial++) == 1);
    X509_gmtime_adj(X509_getm_notBefore(one), from);
    X509_gmtime_adj(X509_getm_notAfter(one), until);
    set_name(X509_get_subject_name(one), subject);
    require(X509_set_issuer_name(one, X509_get_subject_name(signer)) == 1);
    require(X509_set_pubkey(one, made.key.get()) == 1);
    add_extension(one, signer, NID_basic_constraints, names.empty() ? "critical,CA:TRUE" : "CA:FALSE");
    if (!names.empty())
        add_extension(one, signer, NID_subject_alt_name, names);
    require(X509_sign(one, issuer == nullptr ? made.key.get() : issuer->key.get(), EVP_sha256()) > 0);
    return made;
}

using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;

std::string text_of(const bio_ptr& out) {
    std::string text(8192, '\0');
    const int size = BIO_read(out.get(), text.data(), static_cast<int>(text.size()));
    require(size > 0);
    text.resize(static_cast<std::size_t>(size));
    return text;
}

}  // namespace

std::string certificate::pem() const {
    const bio_ptr out(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(out.get(), content.get()) == 1);
    return text_of(out);
}

std::string certificate::key_pem(const std::string& password) const {
    const bio_ptr out(BIO_new(BIO_s_mem()));
    const std::basic_string<unsigned char> bytes(password.begin(), password.end());
    require(PEM_write_bio_PrivateKey(out.get(), key.get(), password.empty() ? nullptr : EVP_aes_256_cbc(),
                                     bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr) == 1);
    return text_of(out);
}

authority::authority(const std::string& name) : own_(make(name, "", nullptr, -day, lifetime)) {}

certificate authority::certificate_for(const std::string& names) const {
    return make("Test server", names, &own_, -day, lifetime);
}

certificate authority::expired_certificate_for(const std::string& names) const {
    return make("Test server", names, &own_, -2 * day, -day);
}

certificate self_signed(const std::string& names) {
    return make("Alone", names, nullptr, -day, lifetime);
}

}  // namespace shopbell::test
