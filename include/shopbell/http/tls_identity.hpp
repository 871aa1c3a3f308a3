#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/crypto/secret.hpp>

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace shopbell::http {

/// What a server shows to those who speak TLS to it, and how it speaks: TLS 1.2 and 1.3; the ciphers and
/// groups of Mozilla's "intermediate" recommendation (version 5.7) but for finite-field Diffie-Hellman; no
/// compression, no renegotiation, no early data; HTTP/1.1 or 1.0 where the client names protocols (ALPN, RFC
/// 7301), and no other; whatever name it asks for (SNI). Sessions are resumed by tickets that only this
/// object can read, so that they end with it.
///
/// Immutable once it has its key; then one is shared by all threads. A connection keeps what it needs of it.
class tls_identity {
public:
    /// The certificate in PEM form, followed by those that lead to its authority. Fails with `malformed`.
    [[nodiscard]] static result<tls_identity> of(std::string_view certificates);
    tls_identity(tls_identity&&) noexcept;
    tls_identity& operator=(tls_identity&&) noexcept;
    ~tls_identity();

    /// The certificate's private key in PEM form. Fails with `malformed` where it cannot be read (a password
    /// protects it) or belongs to another certificate.
    [[nodiscard]] result<void> take_key(const secret& key);

    /// From when to when the certificate is valid.
    [[nodiscard]] time_point begins() const;
    [[nodiscard]] time_point ends() const;

    /// The certificate's SHA-256, 32 bytes: by what a client of ours knows this server, whatever its name.
    [[nodiscard]] std::string fingerprint() const;

    /// OpenSSL's own, for the connections.
    [[nodiscard]] ssl_ctx_st* native_handle() const noexcept;

private:
    struct state;
    explicit tls_identity(std::unique_ptr<state> content) noexcept;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell::http
