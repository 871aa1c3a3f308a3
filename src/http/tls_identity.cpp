#include <shopbell/http/tls_identity.hpp>

#include "certificate.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <stdexcept>

namespace shopbell::http {

namespace asio = boost::asio;

namespace {

constexpr auto ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr auto groups = "X25519:P-256:P-384";

/// RFC 7301, section 3.2: a client that names only what we do not speak is told so and gets no connection.
int choose_protocol(::SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned offered_length, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1\x08http/1.0";
    unsigned char* found = nullptr;
    if (::SSL_select_next_proto(&found, length, ours, sizeof ours - 1, offered, offered_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void lay_down_rules(::SSL_CTX* context) {
    const bool done = ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                      ::SSL_CTX_set_cipher_list(context, ciphers) == 1 &&
                      ::SSL_CTX_set1_groups_list(context, groups) == 1;
    if (!done)
        throw std::runtime_error("OpenSSL knows none of our ciphers");
    ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    // Tickets are with the client: a cache here would be memory for strangers.
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    // An idle connection holds no buffers; and a write need not be repeated from the same place in memory.
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

failure refused(std::string why) {
    ::ERR_clear_error();
    return failure{errc::malformed, std::move(why)};
}

bool is_reason(const boost::system::error_code& error, int reason) {
    return ERR_GET_REASON(static_cast<unsigned long>(error.value())) == reason;
}

}  // namespace

struct tls_identity::state {
    asio::ssl::context context{asio::ssl::context::tls_server};
    bool asked_for_password = false;
};

tls_identity::tls_identity(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}
tls_identity::tls_identity(tls_identity&&) noexcept = default;
tls_identity& tls_identity::operator=(tls_identity&&) noexcept = default;
tls_identity::~tls_identity() = default;

result<tls_identity> tls_identity::of(std::string_view certificates) {
    auto content = std::make_unique<state>();
    lay_down_rules(content->context.native_handle());
    boost::system::error_code error;
    content->context.use_certificate_chain(asio::buffer(certificates), error);
    if (is_reason(error, PEM_R_NO_START_LINE) || is_reason(error, ERR_R_PEM_LIB))
        return refused("holds no certificate in PEM form");
    if (error)
        return refused("holds a certificate that cannot be used: " + error.message());
    return tls_identity(std::move(content));
}

result<void> tls_identity::take_key(const secret& key) {
    auto& context = state_->context;
    boost::system::error_code error;
    // Without it OpenSSL asks on the terminal.
    auto no_password = [this](std::size_t, auto) {
        state_->asked_for_password = true;
        return std::string();
    };
    context.set_password_callback(std::move(no_password), error);
    context.use_private_key(asio::buffer(key.reveal()), asio::ssl::context::pem, error);
    if (state_->asked_for_password)
        return refused("is protected by a password; take it off: openssl pkey -in KEY -out NEW");
    const bool is_other = is_reason(error, X509_R_KEY_VALUES_MISMATCH);
    if (error && !is_other)
        return refused("holds no private key in PEM form");
    // OpenSSL compares by itself only where certificate and key are of the same kind.
    if (is_other || ::SSL_CTX_check_private_key(context.native_handle()) != 1)
        return refused("holds the key of another certificate");
    return {};
}

time_point tls_identity::begins() const {
    return begin_of(::SSL_CTX_get0_certificate(native_handle()));
}

time_point tls_identity::ends() const {
    return end_of(::SSL_CTX_get0_certificate(native_handle()));
}

std::string tls_identity::fingerprint() const {
    return fingerprint_of(::SSL_CTX_get0_certificate(native_handle()));
}

ssl_ctx_st* tls_identity::native_handle() const noexcept {
    return state_->context.native_handle();
}

}  // namespace shopbell::http
