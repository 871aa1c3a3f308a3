#pragma once

#include <shopbell/core/clock.hpp>

#include <string>

struct x509_st;

/// What we want to know of an X.509 certificate, which stays the caller's.
namespace shopbell::http {

/// Its validity (RFC 5280, section 4.1.2.5).
[[nodiscard]] time_point begin_of(const x509_st* certificate);
[[nodiscard]] time_point end_of(const x509_st* certificate);

/// The SHA-256 of its DER form, 32 bytes.
[[nodiscard]] std::string fingerprint_of(const x509_st* certificate);

}  // namespace shopbell::http
