#pragma once

#include "support/certificates.hpp"
#include "support/raw_client.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

namespace shopbell::test {

using tls_session_ptr = std::shared_ptr<::SSL_SESSION>;

/// What a client wants of TLS.
struct tls_wishes {
    int lowest = TLS1_VERSION;
    int highest = TLS1_3_VERSION;
    std::vector<std::string> protocols = {};  ///< ALPN; none: the client names none
    std::string ciphers = {};                 ///< of TLS 1.2 and before; empty: OpenSSL's own
    std::string name = {};                    ///< SNI; empty: none
    std::string before = {};                  ///< sent in front of the handshake, without TLS
    tls_session_ptr resume = {};              ///< not null: of an earlier connection
};

/// A raw_client that speaks TLS, checks no certificate, and can be as old or odd as a test needs.
class tls_client final : public raw_client {
public:
    /// Connects and shakes hands; see `problem`.
    explicit tls_client(std::uint16_t port, const tls_wishes& wishes = {},
                        const std::string& address = "127.0.0.1");

    void send(std::string_view bytes) override;

    /// Why there was no handshake, as OpenSSL says it; empty where there was one.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] std::string version() const { return ::SSL_get_version(tls_.get()); }
    [[nodiscard]] std::string cipher() const { return ::SSL_get_cipher_name(tls_.get()); }
    [[nodiscard]] std::string protocol() const;  ///< that the server chose
    [[nodiscard]] bool is_resumed() const { return ::SSL_session_reused(tls_.get()) == 1; }
    /// What a later connection can resume. TLS 1.3 gives it behind the handshake: read something first.
    [[nodiscard]] tls_session_ptr session() const;
    /// The certificate that the server showed, as PEM.
    [[nodiscard]] std::string certificate() const;
    /// Whether the server has said that it is the end (close_notify). Read to the end first.
    [[nodiscard]] bool was_told_of_the_end() const;
    /// Says so itself, and goes on listening.
    void say_end() { ::SSL_shutdown(tls_.get()); }
    [[nodiscard]] ::SSL* native_handle() const noexcept { return tls_.get(); }

protected:
    long take(char* into, std::size_t size) override;
    [[nodiscard]] bool has_more() const override { return ::SSL_pending(tls_.get()) > 0; }

private:
    std::unique_ptr<::SSL_CTX, freed_by<::SSL_CTX_free>> context_;
    std::unique_ptr<::SSL, freed_by<::SSL_free>> tls_;
    std::string problem_;
};

}  // namespace shopbell::test
