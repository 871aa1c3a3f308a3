#pragma once

#include "deadline.hpp"
#include "tls_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell::http {

/// How long a connection that is over is still read from, so that its peer sees the answer.
struct lingering {
    std::chrono::milliseconds silence;  ///< without a byte from the peer
    std::chrono::milliseconds total;
};

/// A connection of the server, TCP or unix, plain or TLS, with its read buffer and one deadline over whatever
/// it is doing. Not beast::tcp_stream: that closes the socket when time is up, and a slow client still gets
/// its 408.
class timed_socket {
public:
    using socket = boost::asio::generic::stream_protocol::socket;

    /// `max_buffer`: bytes that may wait unparsed; no sender can make the buffer larger. `tls`: null for a
    /// plain connection.
    timed_socket(socket connection, const tls_identity* tls, std::size_t max_buffer);

    [[nodiscard]] deadline& bound() noexcept { return bound_; }
    [[nodiscard]] boost::beast::flat_buffer& buffer() noexcept { return buffer_; }
    [[nodiscard]] std::string_view received() const noexcept;
    [[nodiscard]] bool full() const noexcept { return buffer_.size() == buffer_.max_size(); }

    /// Bytes of the peer's since the connection began.
    [[nodiscard]] std::uint64_t total_read() const noexcept { return total_read_; }

    /// Whether bytes wait to be read.
    [[nodiscard]] bool readable() const noexcept;

    /// Whether the peer has not taken all that was written: the kernel still keeps some of it.
    [[nodiscard]] bool has_unsent() noexcept;

    [[nodiscard]] bool is_tls() const noexcept { return tls_.has_value(); }

    /// Why there was no TLS handshake (tls_stream::problem); empty for a plain connection.
    [[nodiscard]] std::string_view handshake_problem() const noexcept;
    /// What came instead of one.
    [[nodiscard]] mismatch handshake_mismatch() const noexcept;

    /// Adds up to `most` bytes to the buffer. 0: the peer closed or reset, the bound passed, or `cancel`.
    [[nodiscard]] boost::asio::awaitable<std::size_t> read_some(std::size_t most);

    /// What waits below TLS, or without it, at most 4 KiB, and stays there until it is skipped: for what
    /// stands before the first byte that `read_some` is to see. Empty as `read_some` gives 0.
    [[nodiscard]] boost::asio::awaitable<std::string> peek();
    /// Precondition: `peek` has shown that much.
    void skip(std::size_t size) noexcept;

    /// Writes both, one behind the other. False: not everything went out.
    [[nodiscard]] boost::asio::awaitable<bool> write(std::string head, std::string body);

    /// Reads and throws away until the peer closes or resets, or the bound passed.
    [[nodiscard]] boost::asio::awaitable<void> read_to_end();

    /// Bytes of a peer that `lingering_close` reads before it closes over the rest.
    static constexpr std::uint64_t most_discarded = 256 * 1024 * 1024;

    /// Says that we are done, then reads and discards until the peer closes, or a bound passes, and only then
    /// closes: closing over unread bytes resets the connection, and a peer that still sends its request loses
    /// the answer to it (RFC 9112, section 9.6). Keeps no memory meanwhile.
    [[nodiscard]] boost::asio::awaitable<void> lingering_close(lingering bounds);

    /// `lingering_close`, now or later, ends within that time.
    void linger_at_most(std::chrono::milliseconds from_now);

    /// Gives memory back that a large request needed. Precondition: the buffer is empty.
    void shrink();
    void cancel() noexcept;
    void close() noexcept;

    /// For a peer that was out of time: closes, and drops what it has not taken yet. A plain close would
    /// leave that with the kernel, for as long as a peer that never reads likes.
    void reset() noexcept;

private:
    using two_buffers = std::array<boost::asio::const_buffer, 2>;

    void send_close_notify() noexcept;

    socket socket_;
    std::optional<tls_stream> tls_;
    boost::beast::flat_buffer buffer_;
    std::uint64_t total_read_ = 0;
    deadline::clock::time_point lingers_until_ = deadline::clock::time_point::max();
    deadline bound_;
};

}  // namespace shopbell::http
