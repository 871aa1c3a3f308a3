#pragma once

#include "deadline.hpp"
#include "resolver.hpp"
#include "response_prefix.hpp"

#include <shopbell/http/client.hpp>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <optional>

namespace shopbell::http {

/// One connection to a remote server, plain or TLS. Everything it does ends at the deadline given, by
/// closing.
class client_connection {
public:
    using time = std::chrono::steady_clock::time_point;

    /// `tls`: nothing for a plain connection; else outlives this.
    client_connection(asio::any_io_executor executor, asio::ssl::context* tls, const url& target);

    /// Tries the addresses one after the other, each with its share of the time, and shakes hands.
    [[nodiscard]] asio::awaitable<result<void>> open(endpoints targets, time until);

    /// Sends head and body, which outlive the call, and reads the answer. When the status line and fields are
    /// complete they count, even if the body behind them is cut off or wrong: the remote side has decided.
    [[nodiscard]] asio::awaitable<result<incoming_response>> exchange(const std::string& head,
                                                                      const std::string& body,
                                                                      bool without_body, time until);

    /// Whether any byte of an answer came in the last exchange.
    [[nodiscard]] bool heard() const noexcept { return heard_; }

    /// Whether the last exchange left it fit for another.
    [[nodiscard]] bool reusable() const noexcept { return reusable_; }

    /// While it waits for its next use: whether the other end has closed it or said something unasked.
    [[nodiscard]] bool looks_alive();

private:
    using parser = boost::beast::http::response_parser<response_prefix>;

    asio::awaitable<result<void>> connect(endpoints targets, time until);
    asio::awaitable<result<void>> shake_hands();
    asio::awaitable<bool> write(const std::string& head, const std::string& body);
    asio::awaitable<result<incoming_response>> read_answer(bool without_body);
    asio::awaitable<result<void>> read_message(parser& message);
    asio::awaitable<std::size_t> read_some();
    result<void> open_socket(const asio::ip::tcp& protocol);
    result<void> feed(parser& message);
    [[nodiscard]] failure broken_off(std::string_view step) const;
    void close() noexcept;

    asio::ssl::context* tls_context_;
    std::string host_;
    std::string name_;  ///< "host:port", for reasons
    asio::ip::tcp::socket socket_;
    std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
    boost::beast::flat_buffer buffer_;
    deadline bound_;
    boost::system::error_code last_error_;
    bool heard_ = false;
    bool reusable_ = false;
};

}  // namespace shopbell::http
