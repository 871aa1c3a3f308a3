#include "tls_stream.hpp"

#include "mismatch.hpp"

#include <shopbell/core/async.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <string_view>

namespace shopbell::http {

namespace {

/// A ClientHello has some hundred bytes, with post-quantum keys two thousand.
constexpr std::size_t largest_hello = 16 * 1024;
/// The head of a record and of the handshake message in it (RFC 8446, sections 5.1 and 4).
constexpr std::size_t hello_head = 9;

std::size_t number_in(std::string_view bytes) noexcept {
    std::size_t number = 0;
    for (const char byte : bytes)
        number = number * 256 + static_cast<unsigned char>(byte);
    return number;
}

}  // namespace

/// What OpenSSL reads and writes: the socket as it is now, so that none that was closed and given to somebody
/// else is ever written to; without SIGPIPE; and with a look at the first bytes, for OpenSSL sets aside (and
/// fills) as much memory as a ClientHello says that it will need, up to 128 KiB for nine bytes received.
struct tls_stream::bio_adapter {
    explicit bio_adapter(socket& socket_below) noexcept : below(socket_below) {}

    static ::BIO* make(bio_adapter& adapter) {
        static const std::unique_ptr<::BIO_METHOD, decltype(&::BIO_meth_free)> how(make_method(),
                                                                                   &::BIO_meth_free);
        ::BIO* bio = ::BIO_new(how.get());
        if (bio == nullptr)
            throw std::bad_alloc();
        ::BIO_set_data(bio, &adapter);
        ::BIO_set_init(bio, 1);
        return bio;
    }

    /// The first bytes of what came.
    [[nodiscard]] std::string_view beginning() const noexcept {
        return {first.data(), std::min(received, first.size())};
    }

    [[nodiscard]] bool begins_well() const noexcept {
        const auto seen = beginning();
        constexpr char handshake = 22, client_hello = 1;
        if (seen.starts_with(handshake) && seen.size() < first.size())
            return true;
        // The message's own head stands whole in the first record: that is stricter than the RFC.
        return seen.starts_with(handshake) && number_in(seen.substr(3, 2)) >= 4 && seen[5] == client_hello &&
               number_in(seen.substr(6, 3)) <= largest_hello;
    }

    socket& below;
    std::size_t received = 0;
    std::array<char, hello_head> first{};

private:
    static ::BIO_METHOD* make_method() {
        ::BIO_METHOD* method = ::BIO_meth_new(BIO_TYPE_SOURCE_SINK, "shopbell connection");
        if (method == nullptr)
            throw std::bad_alloc();
        ::BIO_meth_set_read(method, read);
        ::BIO_meth_set_write(method, write);
        ::BIO_meth_set_ctrl(method, control);
        return method;
    }

    static bio_adapter& adapter_of(::BIO* bio) { return *static_cast<bio_adapter*>(::BIO_get_data(bio)); }

    static int read(::BIO* bio, char* bytes, int room) {
        auto& self = adapter_of(bio);
        ::BIO_clear_retry_flags(bio);
        const auto size = ::recv(self.below.native_handle(), bytes, static_cast<std::size_t>(room), 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            ::BIO_set_retry_read(bio);
        if (size <= 0)
            return static_cast<int>(size);
        const std::string_view got(bytes, static_cast<std::size_t>(size));
        if (self.received < self.first.size())
            std::ranges::copy(got.substr(0, self.first.size() - self.received),
                              self.first.begin() + static_cast<std::ptrdiff_t>(self.received));
        self.received += got.size();
        return self.begins_well() ? static_cast<int>(size) : -1;
    }

    static int write(::BIO* bio, const char* bytes, int size) {
        ::BIO_clear_retry_flags(bio);
        const auto sent = ::send(adapter_of(bio).below.native_handle(), bytes, static_cast<std::size_t>(size),
                                 MSG_NOSIGNAL);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            ::BIO_set_retry_write(bio);
        return static_cast<int>(sent);
    }

    static long control(::BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }
};

tls_stream::tls_stream(const tls_identity& shown, socket& below)
    : bio_(std::make_unique<bio_adapter>(below)), tls_(::SSL_new(shown.native_handle()), &::SSL_free) {
    if (!tls_)
        throw std::bad_alloc();
    ::BIO* const ours = bio_adapter::make(*bio_);
    ::SSL_set_bio(tls_.get(), ours, ours);
    ::SSL_set_accept_state(tls_.get());
}

tls_stream::~tls_stream() {
    send_close_notify();
}

/// Waits first, and reads then: whoever sends without a pause must not keep the thread for himself.
asio::awaitable<std::size_t> tls_stream::read_some(asio::mutable_buffer into) {
    int what = has_pending() ? SSL_ERROR_NONE : SSL_ERROR_WANT_READ;
    while (co_await wait_for(what)) {
        std::size_t size = 0;
        ::ERR_clear_error();
        const int outcome = ::SSL_read_ex(tls_.get(), into.data(), into.size(), &size);
        if (outcome == 1)
            co_return size;
        what = ::SSL_get_error(tls_.get(), outcome);
    }
    co_return 0;
}

asio::awaitable<std::size_t> tls_stream::write_some(asio::const_buffer from) {
    int what = SSL_ERROR_NONE;
    while (co_await wait_for(what)) {
        std::size_t size = 0;
        ::ERR_clear_error();
        const int outcome = ::SSL_write_ex(tls_.get(), from.data(), from.size(), &size);
        if (outcome == 1)
            co_return size;
        what = ::SSL_get_error(tls_.get(), outcome);
    }
    co_return 0;
}

/// False where there is nothing to wait for: it is over.
asio::awaitable<bool> tls_stream::wait_for(int what) {
    if (what == SSL_ERROR_NONE)
        co_return !failed_;
    if (what != SSL_ERROR_WANT_READ && what != SSL_ERROR_WANT_WRITE) {
        note_end(what);
        co_return false;
    }
    const auto side = what == SSL_ERROR_WANT_READ ? socket::wait_read : socket::wait_write;
    const auto [error] = co_await bio_->below.async_wait(side, as_result);
    co_return !error && !failed_;
}

void tls_stream::note_end(int how) {
    ended_ = true;
    if (how == SSL_ERROR_ZERO_RETURN)
        return;  // close_notify: the peer has said all, and may still listen
    failed_ = true;
    if (::SSL_is_init_finished(tls_.get()) == 1 || bio_->received == 0)
        return;
    const auto* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    instead_ = what_came_instead_of_tls(bio_->beginning());
    if (instead_ != mismatch::none)
        problem_ = describe(instead_);
    else if (!bio_->begins_well())
        problem_ = "what came is not TLS";
    else if (reason != nullptr)
        problem_ = reason;
    else
        problem_ = "the client left";
}

bool tls_stream::has_pending() const noexcept {
    return ::SSL_has_pending(tls_.get()) == 1;
}

void tls_stream::send_close_notify() noexcept {
    const bool said = (::SSL_get_shutdown(tls_.get()) & SSL_SENT_SHUTDOWN) != 0;
    if (failed_ || said || ::SSL_is_init_finished(tls_.get()) != 1 || !bio_->below.is_open())
        return;
    ::ERR_clear_error();
    (void)::SSL_shutdown(tls_.get());
}

}  // namespace shopbell::http
