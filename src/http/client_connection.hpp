#pragma once

#include "deadline.hpp"
#include "response_prefix.hpp"

#include <shopbell/http/client.hpp>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <optional>
#include <vector>

namespace shopbell::http {

namespace asio = boost::asio;

/// The User-Agent of everything that leaves here.
constexpr std::string_view client_name = "shopbell/" SHOPBELL_VERSION;

/// Unlike a Host header always with its port: who reads a reason wants to know where a connection went.
[[nodiscard]] std::string host_and_port(const url& target);

/// One connection to a remote server, plain or TLS, direct, over a unix socket or through a proxy. Everything
/// it does ends at the deadline given, by closing.
class client_connection {
public:
    using time = std::chrono::steady_clock::time_point;
    using stream_socket = asio::generic::stream_protocol::socket;
    /// Addresses to try: of the proxy where there is one, else of the server.
    using endpoints = std::vector<asio::generic::stream_protocol::endpoint>;
    using consumer = std::function<void(std::string_view)>;

    /// `settings` outlive all calls. `tls`: nothing for a plain connection; else outlives this.
    client_connection(asio::any_io_executor executor, asio::ssl::context* tls,
                      const client_settings& settings);

    /// Tries the addresses one after the other, each with its share of the time, has the proxy make a tunnel
    /// for TLS, and shakes hands.
    [[nodiscard]] asio::awaitable<result<void>> open(endpoints targets, time until);

    /// Sends head and body, which outlive the call, and reads the answer. When the status line and fields are
    /// complete they count, even if the body behind them is cut off or wrong: the remote side has decided.
    /// Only a 2xx that comes before the whole body was sent is a failure: it was said of something else.
    [[nodiscard]] asio::awaitable<result<incoming_response>> exchange(const std::string& head,
                                                                      const std::string& body,
                                                                      bool without_body, time until);

    /// Behind the handshake for TLS, before any request: whether the other side wants a client certificate,
    /// or another one. In TLS 1.3 (RFC 8446, section 4.4.2.4) it says so after the handshake, by an alert,
    /// and yes only by its silence. The connection is of no further use.
    [[nodiscard]] asio::awaitable<result<void>> await_refusal(time until);

    /// Whom `open` has led to.
    [[nodiscard]] connection_facts facts();

    /// From now on a 2xx body goes there as it comes, without keeping any of it and without a bound in time.
    void hand_bodies_to(consumer take) { consume_ = std::move(take); }

    /// Whether any byte of an answer came in the last exchange.
    [[nodiscard]] bool heard() const noexcept { return heard_; }

    /// Whether the last exchange left it fit for another.
    [[nodiscard]] bool reusable() const noexcept { return reusable_; }

    /// While it waits for its next use: whether the other end has closed it or said something unasked.
    [[nodiscard]] bool looks_alive();

private:
    using parser = boost::beast::http::response_parser<response_prefix>;

    asio::awaitable<result<void>> connect(endpoints targets, time until);
    asio::awaitable<void> say_for_whom();
    asio::awaitable<result<void>> make_tunnel(time until);
    asio::awaitable<result<void>> shake_hands();
    [[nodiscard]] result<void> check_fingerprint();
    asio::awaitable<bool> write(const std::string& head, const std::string& body);
    asio::awaitable<result<incoming_response>> read_answer(bool without_body, time until);
    asio::awaitable<result<void>> read_header(parser& message);
    asio::awaitable<result<void>> read_body(parser& message);
    asio::awaitable<std::size_t> read_some();
    result<void> open_socket(const asio::generic::stream_protocol& protocol);
    result<void> feed(parser& message);
    [[nodiscard]] result<bool> take_head(parser& message);
    [[nodiscard]] bool has_unsent() noexcept;
    [[nodiscard]] bool tls_looks_alive();
    [[nodiscard]] failure broken_off(std::string_view step) const;
    [[nodiscard]] errc connect_failure() const;
    [[nodiscard]] bool has_tunnel() const noexcept { return settings_.proxy && tls_context_ != nullptr; }
    void close() noexcept;

    const client_settings& settings_;
    asio::ssl::context* tls_context_;
    std::string name_;  ///< whom it talks to at the moment, for reasons: "host:port", "the proxy host:port"
    stream_socket socket_;
    std::optional<asio::ssl::stream<stream_socket&>> tls_;
    boost::beast::flat_buffer buffer_;
    deadline bound_;
    consumer consume_;
    boost::system::error_code last_error_;
    bool heard_ = false;
    bool reusable_ = false;
    bool sent_ = false;  ///< the whole of the latest request, as far as its answer shows
};

}  // namespace shopbell::http
