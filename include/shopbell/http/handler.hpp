#pragma once

#include <shopbell/core/observer.hpp>
#include <shopbell/http/message.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace shopbell::http {

/// How the two ends of a connection misunderstand each other, where the first bytes show it.
enum class mismatch : unsigned char {
    none,
    tls_on_plain_port,
    plain_on_tls_port,
    unexpected_proxy_header,  ///< of the PROXY protocol
    no_proxy_header,
    malformed_proxy_header
};

/// Why the server refuses a request, or a connection, by itself.
struct server_refusal {
    unsigned status = 0;
    std::string_view reason = {};  ///< for the operator
    mismatch what = mismatch::none;
    std::optional<boost::asio::ip::address> client = {};
    std::string_view method = {};  ///< empty where it could not be read
    std::string_view path = {};    ///< as sent; empty where it could not be read
};

/// One request from its head to its answer, as its handler sees it. What the handler looked up for the head
/// stays with the exchange, so that a reload in between changes nothing. Lives on the session's thread, until
/// the answer is out.
class exchange {
public:
    virtual ~exchange() = default;

    /// Answers the request, whose body has come whole. Called at most once. An exception is logged and
    /// answered 500.
    [[nodiscard]] virtual boost::asio::awaitable<response> finish(std::string body) = 0;

    /// The server refuses the request by itself (the body is too long, too slow; `finish` has thrown): takes
    /// note of it and returns what the client gets.
    [[nodiscard]] virtual response refuse(const server_refusal& why) { return response::refusal(why.status); }

    /// Who counts the answer, whoever makes it; null: whom the server's settings name. Outlives the server.
    [[nodiscard]] virtual request_observer* observer() const noexcept { return nullptr; }
};

/// What a handler says to a head: an answer that needs no body, or the exchange that takes the body.
using beginning = std::variant<response, std::unique_ptr<exchange>>;

/// What to do with requests. Called on the I/O threads, by several at once: implementations share nothing
/// that changes without its own protection.
class handler {
public:
    virtual ~handler() = default;

    /// Takes up a request before any byte of its body is read. A response is sent at once; the body stays
    /// unread, and unless the request was fine (2xx) or is for what is not there (404) the connection closes.
    [[nodiscard]] virtual beginning begin(request_head head) const = 0;

    /// The server refuses by itself what never began: a head that breaks a rule, a connection on which no
    /// request could be read. Takes note of it and returns what the client gets, if anybody is there.
    [[nodiscard]] virtual response refuse(const server_refusal& why) const {
        return response::refusal(why.status);
    }

    /// What a connection gets of which nothing is read because there are too many.
    [[nodiscard]] virtual response reject_overload() const { return response::refusal(503); }
};

/// The exchange of a handler that needs nothing but the whole request: `answer` gets it.
[[nodiscard]] std::unique_ptr<exchange> make_exchange(
    request_head head, std::function<boost::asio::awaitable<response>(request)> answer);

}  // namespace shopbell::http
