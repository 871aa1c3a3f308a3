#include "timed_socket.hpp"

#include <shopbell/core/async.hpp>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <utility>

namespace shopbell::http {

namespace {

constexpr std::size_t kept_capacity = 8 * 1024;
constexpr std::size_t most_drained = 64 * 1024;
constexpr std::chrono::seconds drain_time{2};

/// What is left of both after `done` bytes.
std::array<asio::const_buffer, 2> remaining(std::string_view head, std::string_view body, std::size_t done) {
    const auto from_head = head.substr(std::min(done, head.size()));
    const auto from_body = body.substr(done - (head.size() - from_head.size()));
    return {asio::buffer(from_head), asio::buffer(from_body)};
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

asio::awaitable<void> timed_socket::close_in_stages() {
    boost::system::error_code ignored;
    say_goodbye();
    socket_.shutdown(socket::shutdown_send, ignored);
    bound_.expires_after(drain_time);
    buffer_.clear();
    for (std::size_t drained = 0; drained < most_drained && !bound_.expired();) {
        const auto [error, size] =
            co_await socket_.async_read_some(buffer_.prepare(kept_capacity), as_result);
        if (error)
            break;
        drained += size;
    }
    close();
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
    say_goodbye();
    socket_.close(ignored);
}

void timed_socket::abandon() noexcept {
    boost::system::error_code ignored;
    say_goodbye();
    if (has_unsent())
        socket_.set_option(socket::linger(true, 0), ignored);
    socket_.close(ignored);
}

void timed_socket::say_goodbye() noexcept {
    if (tls_)
        tls_->say_goodbye();
}

}  // namespace shopbell::http
