#pragma once

#include "support/certificates.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace shopbell::test {

/// A TLS server on a loopback port that answers every request 200 with an empty body, one connection at a
/// time.
class tls_peer {
public:
    /// `admits`: not null, and it talks only to clients that show a certificate of that authority.
    explicit tls_peer(certificate identity, int highest_version = TLS1_3_VERSION,
                      const authority* admits = nullptr);
    ~tls_peer();
    tls_peer(const tls_peer&) = delete;
    tls_peer& operator=(const tls_peer&) = delete;

    /// From now on each request gets two answers.
    void answer_twice() noexcept { answers_ = 2; }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] int connections() const noexcept { return connections_; }
    [[nodiscard]] int requests() const noexcept { return requests_; }
    [[nodiscard]] int answered() const noexcept { return answered_; }  ///< requests, completely
    [[nodiscard]] std::string name_asked_for() const;                  ///< by SNI
    [[nodiscard]] std::string last_request() const;

private:
    void serve();
    void talk(int socket);

    std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>> context_;
    file_descriptor listening_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::atomic<int> requests_ = 0;
    std::atomic<int> answered_ = 0;
    std::atomic<int> answers_ = 1;   ///< to each request
    std::atomic<int> current_ = -1;  ///< the connection being served, to be ended with the peer
    mutable std::mutex mutex_;       ///< guards the two below
    std::string name_;
    std::string last_request_;
    std::thread thread_;
};

}  // namespace shopbell::test
