#include "timed_socket.hpp"

#include <shopbell/core/async.hpp>

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace shopbell::http {

namespace {

constexpr std::size_t kept_capacity = 8 * 1024;
constexpr std::size_t most_peeked = 4 * 1024;

/// What is left of both after `done` bytes.
std::array<asio::const_buffer, 2> remaining(std::string_view head, std::string_view body, std::size_t done) {
    const auto from_head = head.substr(std::min(done, head.size()));
    const auto from_body = body.substr(done - (head.size() - from_head.size()));
    return {asio::buffer(from_head), asio::buffer(from_body)};
}

/// Takes what waits off the kernel's hands. How many bytes that were; nothing at the end of the connection.
/// The memory is the thread's stack: a connection that waits holds none.
std::optional<std::size_t> discard_waiting(int socket) noexcept {
    std::array<char, 32 * 1024> ignored{};
    const auto size = ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (size <= 0)
        return std::nullopt;
    return static_cast<std::size_t>(size);
}

}  // namespace

timed_socket::timed_socket(socket connection, const tls_identity* tls, std::size_t max_buffer)
    : socket_(std::move(connection)),
      buffer_(max_buffer),
      bound_(socket_.get_executor(), [this] { cancel(); }) {
    if (tls != nullptr)
        tls_.emplace(*tls, socket_);
}

std::string_view timed_socket::received() const noexcept {
    const auto bytes = buffer_.data();
    return {static_cast<const char*>(bytes.data()), bytes.size()};
}

bool timed_socket::readable() const noexcept {
    if (tls_ && (tls_->has_ended() || tls_->has_pending()))
        return !tls_->has_ended();
    boost::system::error_code error;
    return socket_.available(error) > 0;
}

bool timed_socket::has_unsent() noexcept {
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

std::string_view timed_socket::handshake_problem() const noexcept {
    return tls_ ? std::string_view(tls_->problem()) : std::string_view();
}

mismatch timed_socket::handshake_mismatch() const noexcept {
    return tls_ ? tls_->what_came_instead() : mismatch::none;
}

asio::awaitable<std::size_t> timed_socket::read_some(std::size_t most) {
    const std::size_t room = buffer_.max_size() - buffer_.size();
    if (bound_.expired() || room == 0)
        co_return 0;
    const auto space = buffer_.prepare(std::min(most, room));
    std::size_t size = 0;
    if (tls_) {
        size = co_await tls_->read_some(space);
    } else {
        const auto [error, got] = co_await socket_.async_read_some(space, as_result);
        size = got;
    }
    buffer_.commit(size);
    total_read_ += size;
    co_return size;
}

asio::awaitable<std::string> timed_socket::peek() {
    std::string seen;
    while (!bound_.expired()) {
        const auto [error] = co_await socket_.async_wait(socket::wait_read, as_result);
        if (error)
            break;
        seen.resize(most_peeked);
        const auto size = ::recv(socket_.native_handle(), seen.data(), seen.size(), MSG_PEEK | MSG_DONTWAIT);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        seen.resize(static_cast<std::size_t>(std::max<::ssize_t>(size, 0)));
        co_return seen;
    }
    seen.clear();
    co_return seen;
}

void timed_socket::skip(std::size_t size) noexcept {
    std::array<char, most_peeked> ignored{};
    const auto got =
        ::recv(socket_.native_handle(), ignored.data(), std::min(size, ignored.size()), MSG_DONTWAIT);
    total_read_ += static_cast<std::uint64_t>(std::max<::ssize_t>(got, 0));
}

asio::awaitable<bool> timed_socket::write(std::string head, std::string body) {
    if (tls_)  // one record, where one can hold it
        head += std::exchange(body, std::string());
    const std::size_t total = head.size() + body.size();
    for (std::size_t done = 0; done < total;) {
        if (bound_.expired())
            co_return false;
        const two_buffers rest = remaining(head, body, done);
        std::size_t size = 0;
        if (tls_) {
            size = co_await tls_->write_some(rest.front());
        } else {
            const auto [error, sent] = co_await socket_.async_write_some(rest, as_result);
            size = sent;
        }
        if (size == 0)
            co_return false;
        done += size;
    }
    co_return true;
}

asio::awaitable<void> timed_socket::read_to_end() {
    std::array<char, 1024> ignored{};
    while (!bound_.expired()) {
        const auto [error, size] = co_await socket_.async_read_some(asio::buffer(ignored), as_result);
        if (error)
            co_return;
    }
}

asio::awaitable<void> timed_socket::lingering_close(lingering bounds) {
    using clock = deadline::clock;
    boost::system::error_code ignored;
    send_close_notify();
    socket_.shutdown(socket::shutdown_send, ignored);
    buffer_.clear();
    buffer_.shrink_to_fit();
    lingers_until_ = std::min(lingers_until_, clock::now() + bounds.total);
    std::uint64_t discarded = 0;
    // The clock decides, too: a peer that sends without a pause leaves nothing for the deadline to cancel.
    for (auto now = clock::now(); now < lingers_until_ && discarded < most_discarded; now = clock::now()) {
        bound_.expires_at(std::min(now + bounds.silence, lingers_until_));
        const auto [error] = co_await socket_.async_wait(socket::wait_read, as_result);
        const auto size = error ? std::nullopt : discard_waiting(socket_.native_handle());
        if (!size)
            break;
        discarded += *size;
    }
    close();
}

void timed_socket::linger_at_most(std::chrono::milliseconds from_now) {
    lingers_until_ = std::min(lingers_until_, deadline::clock::now() + from_now);
    bound_.expires_at(lingers_until_);
}

void timed_socket::shrink() {
    buffer_.clear();
    if (buffer_.capacity() > kept_capacity)
        buffer_.shrink_to_fit();
}

void timed_socket::cancel() noexcept {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void timed_socket::close() noexcept {
    boost::system::error_code ignored;
    send_close_notify();
    socket_.close(ignored);
}

void timed_socket::reset() noexcept {
    boost::system::error_code ignored;
    send_close_notify();
    if (has_unsent())
        socket_.set_option(socket::linger(true, 0), ignored);
    socket_.close(ignored);
}

void timed_socket::send_close_notify() noexcept {
    if (tls_)
        tls_->send_close_notify();
}

}  // namespace shopbell::http
