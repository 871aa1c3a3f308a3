#pragma once

#include <shopbell/http/server.hpp>
#include <shopbell/http/tls_identity.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <memory>
#include <string>

struct bio_st;
struct ssl_st;

namespace shopbell::http {

/// The server's half of TLS over a non-blocking socket that its owner keeps. The handshake is part of the
/// first read or write. Not asio::ssl::stream: that holds buffers for every connection, idle ones too, and
/// whoever connects and says little would cost us the most.
class tls_stream {
public:
    using socket = boost::asio::generic::stream_protocol::socket;

    /// `below` outlives the stream.
    tls_stream(const tls_identity& shown, socket& below);
    ~tls_stream();
    tls_stream(const tls_stream&) = delete;
    tls_stream& operator=(const tls_stream&) = delete;

    /// How many bytes came, or went. 0: the peer has closed, there is no TLS with it, or the socket was
    /// cancelled.
    [[nodiscard]] boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer into);
    [[nodiscard]] boost::asio::awaitable<std::size_t> write_some(boost::asio::const_buffer from);

    /// Whether anything of a record has left the kernel and was not handed on.
    [[nodiscard]] bool has_pending() const noexcept;

    /// Whether nothing more can come.
    [[nodiscard]] bool has_ended() const noexcept { return ended_; }

    /// Says that nothing more will come (close_notify; RFC 8446, section 6.1), where the kernel takes it at
    /// once.
    void send_close_notify() noexcept;

    /// Why there was no handshake, in a few words of ours or OpenSSL's; empty where there was one, or the
    /// peer left without having said anything.
    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
    [[nodiscard]] mismatch what_came_instead() const noexcept { return instead_; }

private:
    struct bio_adapter;

    [[nodiscard]] boost::asio::awaitable<bool> wait_for(int what);
    void note_end(int how);

    std::unique_ptr<bio_adapter> bio_;
    std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
    std::string problem_;
    mismatch instead_ = mismatch::none;
    bool ended_ = false;
    bool failed_ = false;  ///< nothing can be sent either
};

}  // namespace shopbell::http
