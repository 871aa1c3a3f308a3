#include "tls_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace shopbell::test {
namespace {

void require(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL refused");
}

}  // namespace

tls_peer::tls_peer(certificate identity, int highest_version, const authority* admits)
    : context_(SSL_CTX_new(TLS_server_method())),
      listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    require(SSL_CTX_use_certificate(context_.get(), identity.content.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) == 1);
    SSL_CTX_set_security_level(context_.get(), 0);  // else OpenSSL 3 does not even offer TLS 1.1
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), highest_version);
    if (admits != nullptr) {
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        require(X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), admits->content()) == 1);
    }

    ::sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof name;
    void* address = &name;
    require(::bind(listening_.get(), static_cast<::sockaddr*>(address), size) == 0 &&
            ::listen(listening_.get(), 16) == 0 &&
            ::getsockname(listening_.get(), static_cast<::sockaddr*>(address), &size) == 0);
    port_ = ntohs(name.sin_port);
    thread_ = std::thread([this] { serve(); });
}

tls_peer::~tls_peer() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    ::shutdown(current_, SHUT_RDWR);
    thread_.join();
}

std::string tls_peer::name_asked_for() const {
    const std::lock_guard lock(mutex_);
    return name_;
}

std::string tls_peer::last_request() const {
    const std::lock_guard lock(mutex_);
    return last_request_;
}

void tls_peer::serve() {
    // OpenSSL's own sockets raise it when the client has hung up.
    ::sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    for (;;) {
        const file_descriptor one(::accept(listening_.get(), nullptr, nullptr));
        if (!one)
            return;
        current_ = one.get();
        ++connections_;
        talk(one.get());
        current_ = -1;
    }
}

void tls_peer::talk(int socket) {
    const std::unique_ptr<SSL, freed_by<SSL_free>> tls(SSL_new(context_.get()));
    SSL_set_fd(tls.get(), socket);
    if (SSL_accept(tls.get()) != 1)
        return;
    if (const char* name = SSL_get_servername(tls.get(), TLSEXT_NAMETYPE_host_name)) {
        const std::lock_guard lock(mutex_);
        name_ = name;
    }
    std::string text;
    std::array<char, 4096> bytes{};
    for (;;) {
        const int size = SSL_read(tls.get(), bytes.data(), static_cast<int>(bytes.size()));
        if (size <= 0)
            return;
        text.append(bytes.data(), static_cast<std::size_t>(size));
        if (!text.ends_with("\r\n\r\n{}"))
            continue;
        {
            const std::lock_guard lock(mutex_);
            last_request_ = std::move(text);
        }
        text.clear();
        ++requests_;
        constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        for (int i = 0; i < answers_; ++i)
            SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
        ++answered_;
    }
}

}  // namespace shopbell::test
