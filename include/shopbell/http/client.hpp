#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/crypto/secret.hpp>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell::http {

/// An absolute http or https URL, taken apart. No user info, no fragment.
struct url {
    bool tls = false;
    std::string host;    ///< without brackets
    std::string port;    ///< "443" where the URL names none
    std::string target;  ///< path and query, at least "/"

    /// Fails with `malformed` and what is wrong.
    [[nodiscard]] static result<url> parse(std::string_view text);
    /// The Host header: with brackets for IPv6, without the scheme's own port.
    [[nodiscard]] std::string host_header() const;
};

struct client_settings {
    http::url url;
    std::string ca_file;  ///< PEM of the authorities to trust; empty: the system's store
    /// Not empty: the server must show the certificate of that SHA-256 (tls_identity::fingerprint), and
    /// neither its name nor who issued it is looked at.
    std::string fingerprint;
    std::chrono::milliseconds timeout{30'000};  ///< for one exchange, connecting included
    /// How long an answer's body is waited for behind its head, for who only wants to show it: one that does
    /// not end costs the connection. Nothing: it is part of the answer, and bound by `timeout`.
    std::optional<std::chrono::milliseconds> body_patience;
    std::size_t max_idle = 16;                  ///< connections kept open for the next request
    std::size_t max_body = 2048;                ///< bytes of an answer's body that are kept
    std::string unix_path;                      ///< not empty: connect to that socket; the URL says the rest
    std::string client_certificate;             ///< PEM, with its chain; empty: none is shown
    std::string client_key;                     ///< PEM
    std::optional<http::url> proxy;             ///< go through that HTTP proxy; https by CONNECT
    secret proxy_authorization{std::string()};  ///< the value of Proxy-Authorization, or empty
    /// Begin each connection with a header of the PROXY protocol that speaks for nobody else.
    bool proxy_protocol = false;
};

/// What to send. A class with a constructor: it travels through coroutines.
class outgoing_request {
public:
    outgoing_request(std::string a_method, headers some_fields, std::string a_body)
        : method(std::move(a_method)), fields(std::move(some_fields)), body(std::move(a_body)) {}
    std::string method;
    headers fields;  ///< without Host, Content-Length and Connection, which the client sets
    std::string body;
    std::string query = {};  ///< what comes to that of the URL
};

struct incoming_response {
    unsigned status = 0;
    headers fields;
    std::string body;  ///< at most the first `max_body` bytes
};

/// How far `try_connection` came.
struct connection_facts {
    std::string peer;  ///< "crm.example.com:443", "the proxy 10.0.0.1:3128", "unix:/run/x.sock"
    std::optional<time_point> certificate_ends;  ///< of the server's certificate; nothing without TLS
};

/// Speaks HTTP/1.1 to one URL over kept-alive connections. TLS 1.2 or later, the certificate's chain and name
/// always verified, unless its fingerprint is known. Redirects are not followed. Not thread-safe: all calls
/// come from one io_context's thread, and the client goes before that io_context does.
class client {
public:
    /// Reads `ca_file`, `client_certificate` and `client_key`; fails with `io` and the file's name. A key
    /// with a password cannot be read.
    [[nodiscard]] static result<std::unique_ptr<client>> create(client_settings settings);
    ~client();

    /// One exchange. A kept connection that turns out to be dead before any byte of the answer came is
    /// replaced once by a fresh one. Fails with `timeout`, `unavailable` (resolve, connect, TLS, reset, a
    /// proxy that refuses) or `malformed` (not HTTP); the reason names the step, never the request's content.
    [[nodiscard]] boost::asio::awaitable<result<incoming_response>> send(outgoing_request one);

    /// The same on a connection of its own, for an answer without an end: hands the bytes of a 2xx body to
    /// `consume`, which does not throw, as they come, for as long as they come; then returns the answer
    /// without them. The timeout bounds connecting and the wait for the header section only. Any other answer
    /// is returned as by `send`.
    [[nodiscard]] boost::asio::awaitable<result<incoming_response>> stream(
        outgoing_request one, std::function<void(std::string_view)> consume);

    /// Goes the way of `send` up to the request and hangs up: resolves, connects, has the proxy lead through,
    /// shakes hands for TLS with certificates shown and verified. The same failures. Where a proxy is asked
    /// for plain http the way ends at the proxy.
    [[nodiscard]] boost::asio::awaitable<result<connection_facts>> try_connection();

private:
    struct state;
    explicit client(std::unique_ptr<state> content) noexcept;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell::http
