#include "timed_socket.hpp"

#include <shopbell/core/async.hpp>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>

namespace shopbell::http {

namespace {

constexpr std::size_t kept_capacity = 8 * 1024;
constexpr std::size_t most_drained = 64 * 1024;
constexpr std::chrono::seconds drain_time{2};

using two_buffers = std::array<asio::const_buffer, 2>;

/// What is left of both after `done` bytes.
two_buffers remaining(std::string_view head, std::string_view body, std::size_t done) {
    const auto from_head = head.substr(std::min(done, head.size()));
    const auto from_body = body.substr(done - (head.size() - from_head.size()));
    return {asio::buffer(from_head), asio::buffer(from_body)};
}

}  // namespace

timed_socket::timed_socket(socket connection, std::size_t max_buffer)
    : socket_(std::move(connection)),
      buffer_(max_buffer),
      bound_(socket_.get_executor(), [this] { cancel(); }) {}

std::string_view timed_socket::received() const noexcept {
    const auto bytes = buffer_.data();
    return {static_cast<const char*>(bytes.data()), bytes.size()};
}

bool timed_socket::readable() const noexcept {
    boost::system::error_code error;
    return socket_.available(error) > 0;
}

asio::awaitable<std::size_t> timed_socket::read_some(std::size_t most) {
    const std::size_t room = buffer_.max_size() - buffer_.size();
    if (bound_.expired() || room == 0)
        co_return 0;
    const auto space = buffer_.prepare(std::min(most, room));
    const auto [error, size] = co_await socket_.async_read_some(space, as_result);
    buffer_.commit(size);
    total_read_ += size;
    co_return size;
}

asio::awaitable<bool> timed_socket::write(std::string head, std::string body) {
    const std::size_t total = head.size() + body.size();
    for (std::size_t done = 0; done < total;) {
        if (bound_.expired())
            co_return false;
        const two_buffers rest = remaining(head, body, done);
        const auto [error, size] = co_await socket_.async_write_some(rest, as_result);
        if (error)
            co_return false;
        done += size;
    }
    co_return true;
}

asio::awaitable<void> timed_socket::read_to_end() {
    std::array<char, 1024> ignored{};
    for (;;) {
        const auto [error, size] = co_await socket_.async_read_some(asio::buffer(ignored), as_result);
        if (error)
            co_return;
    }
}

asio::awaitable<void> timed_socket::close_in_stages() {
    boost::system::error_code ignored;
    socket_.shutdown(socket::shutdown_send, ignored);
    bound_.expires_after(drain_time);
    buffer_.clear();
    for (std::size_t drained = 0; drained < most_drained; buffer_.clear()) {
        const std::size_t size = co_await read_some(kept_capacity);
        if (size == 0)
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
    socket_.close(ignored);
}

void timed_socket::abandon() noexcept {
    int unsent = 0;
    boost::system::error_code ignored;
    if (::ioctl(socket_.native_handle(), SIOCOUTQ, &unsent) == 0 && unsent > 0)
        socket_.set_option(socket::linger(true, 0), ignored);
    socket_.close(ignored);
}

}  // namespace shopbell::http
