#include "tls_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace shopbell::test {
namespace {

constexpr long day = 24 * 60 * 60;

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

authority::authority(const std::string& name) : own_(make(name, "", nullptr, -day, day)) {}

certificate authority::certificate_for(const std::string& names) const {
    return make("Test server", names, &own_, -day, day);
}

certificate authority::expired_certificate_for(const std::string& names) const {
    return make("Test server", names, &own_, -2 * day, -day);
}

certificate self_signed(const std::string& names) {
    return make("Alone", names, nullptr, -day, day);
}

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
        SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    }
}

}  // namespace shopbell::test
