#include "support/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <csignal>
#include <stdexcept>

namespace shopbell::test {
namespace {

void require(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL refused");
}

std::string wire_form(const std::vector<std::string>& protocols) {
    std::string all;
    for (const auto& one : protocols)
        (all += static_cast<char>(one.size())) += one;
    return all;
}

std::string last_problem() {
    const char* const text = ::ERR_reason_error_string(::ERR_peek_last_error());
    return text == nullptr ? "connection closed" : text;
}

}  // namespace

tls_client::tls_client(std::uint16_t port, const tls_wishes& wishes, const std::string& address)
    : raw_client(port, address), context_(::SSL_CTX_new(::TLS_client_method())) {
    std::signal(SIGPIPE, SIG_IGN);                    // OpenSSL's sockets raise it
    ::SSL_CTX_set_security_level(context_.get(), 0);  // else it does not even offer what is old
    require(::SSL_CTX_set_min_proto_version(context_.get(), wishes.lowest) == 1 &&
            ::SSL_CTX_set_max_proto_version(context_.get(), wishes.highest) == 1);
    if (!wishes.ciphers.empty())
        require(::SSL_CTX_set_cipher_list(context_.get(), wishes.ciphers.c_str()) == 1);
    tls_.reset(::SSL_new(context_.get()));
    require(tls_ && ::SSL_set_fd(tls_.get(), socket()) == 1);
    if (const auto all = wire_form(wishes.protocols); !all.empty()) {
        const std::basic_string<unsigned char> bytes(all.begin(), all.end());
        require(::SSL_set_alpn_protos(tls_.get(), bytes.data(), static_cast<unsigned>(bytes.size())) == 0);
    }
    if (!wishes.name.empty()) {
        std::string name = wishes.name;
        require(::SSL_ctrl(tls_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                           name.data()) == 1);
    }
    if (wishes.resume)
        require(::SSL_set_session(tls_.get(), wishes.resume.get()) == 1);
    raw_client::send(wishes.before);
    ::ERR_clear_error();
    if (::SSL_connect(tls_.get()) != 1)
        problem_ = last_problem();
}

void tls_client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t sent = 0;
        if (::SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &sent) != 1)
            return;
        bytes.remove_prefix(sent);
    }
}

long tls_client::take(char* into, std::size_t size) {
    return ::SSL_read(tls_.get(), into, static_cast<int>(size));
}

std::string tls_client::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(tls_.get(), &name, &size);
    return {name, name + size};
}

tls_session_ptr tls_client::session() const {
    return {::SSL_get1_session(tls_.get()), &::SSL_SESSION_free};
}

std::string tls_client::certificate() const {
    const std::unique_ptr<::BIO, freed_by<::BIO_free_all>> out(::BIO_new(::BIO_s_mem()));
    require(::PEM_write_bio_X509(out.get(), ::SSL_get0_peer_certificate(tls_.get())) == 1);
    std::string text(8192, '\0');
    text.resize(static_cast<std::size_t>(::BIO_read(out.get(), text.data(), static_cast<int>(text.size()))));
    return text;
}

bool tls_client::was_told_of_the_end() const {
    return (::SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

}  // namespace shopbell::test
