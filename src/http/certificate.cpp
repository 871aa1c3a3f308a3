#include "certificate.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>

namespace shopbell::http {

namespace {

/// The epoch for what is no time: OpenSSL has read the certificate, so that does not happen.
time_point to_time_point(const ::ASN1_TIME* when) {
    std::tm parts{};
    if (::ASN1_TIME_to_tm(when, &parts) != 1)
        return {};
    return time_point(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

time_point begin_of(const x509_st* certificate) {
    return to_time_point(::X509_get0_notBefore(certificate));
}

time_point end_of(const x509_st* certificate) {
    return to_time_point(::X509_get0_notAfter(certificate));
}

std::string fingerprint_of(const x509_st* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (::X509_digest(certificate, ::EVP_sha256(), digest.data(), &size) != 1)
        return {};
    return {digest.begin(), digest.begin() + size};
}

}  // namespace shopbell::http
