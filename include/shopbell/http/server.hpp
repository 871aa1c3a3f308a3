#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/core/rate_limited_log.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/http/address.hpp>
#include <shopbell/http/handler.hpp>
#include <shopbell/http/tls_identity.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace shopbell::http {

/// The keys of [server] (interface.md, section 3).
struct server_settings {
    std::vector<listen_address> listen;
    unsigned threads = 0;      ///< 0: one per core
    networks trusted_proxies;  ///< whose X-Forwarded-For, X-Real-IP and X-Request-Id are believed
    /// Connections of trusted proxies, and of unix sockets, begin with a header of the PROXY protocol. The
    /// address in it takes the place of the connection's own; where it names none, nobody's X-Forwarded-For
    /// is believed.
    bool proxy_protocol = false;
    std::uint64_t max_body = 1024 * 1024;  ///< bytes
    /// Bytes that all bodies together may take beyond the first 64 KiB of each; never less than one of
    /// `max_body` needs. Who finds no room is answered 503 and told to come again.
    std::uint64_t body_budget = 256 * 1024 * 1024;
    std::uint64_t max_header = 16 * 1024;  ///< bytes: request line and header fields together
    std::size_t max_connections = 10000;
    /// Of one TCP peer, IPv6 by /64; 0: no bound. Trusted proxies, through whom everybody comes, have none.
    std::size_t max_connections_per_client = 256;
    /// Of the descriptors that RLIMIT_NOFILE allows at `bind` so many, the last, are not for connections.
    std::size_t spare_descriptors = 0;
    /// Not null: whoever connects over TCP, also to an inherited socket, must speak TLS; unix sockets stay
    /// plain.
    std::shared_ptr<const tls_identity> tls;
    bool demand_length = true;  ///< a POST that names neither length nor coding gets 411; else it has no body
    std::chrono::milliseconds header_timeout{
        10'000};  ///< from the first byte (or the connect, TLS handshake included) to the blank line
    std::chrono::milliseconds body_timeout{30'000};  ///< for the whole body, and for writing an answer
    log_level request_level = log_level::info;       ///< of the line that each request gets
    line_allowance refusals;                         ///< of these lines those of requests that are refused
    std::chrono::milliseconds idle_timeout{75'000};  ///< between two requests of a connection
    /// Told of answers that belong to no exchange and name nobody; null: nobody is. Outlives the server.
    request_observer* observer = nullptr;
};

struct connection_totals {
    std::size_t open = 0;
    std::uint64_t refused = 0;         ///< since the start, beyond max_connections or the descriptors
    std::uint64_t refused_client = 0;  ///< the same, beyond max_connections_per_client
};

/// An HTTP/1.1 origin server (RFC 9110, RFC 9112) on several threads: each has its own io_context, acceptors
/// and sessions, and shares nothing with the others but the handler. Logs one line per answered request, of
/// refused ones no more than a flood of them may take: how many are missing is said every ten seconds.
class server {
public:
    /// Binds every address, so that what is wrong with one is known before anything is served. Fails with
    /// `io` and the address. `answer` and `lines` outlive the server.
    ///
    /// `inherited`: listening stream sockets that a service manager opened (TCP or unix). Where there are any
    /// they are used instead of `settings.listen`. They are only closed at the end, whoever waits on them is
    /// left to the next process, and the file of a unix socket stays.
    [[nodiscard]] static result<std::unique_ptr<server>> bind(server_settings settings, const handler& answer,
                                                              std::shared_ptr<log> lines,
                                                              std::vector<file_descriptor> inherited = {});
    ~server();  ///< stops at once

    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Starts the threads.
    void start();

    /// What is bound, with real port numbers.
    [[nodiscard]] const std::vector<listen_address>& addresses() const noexcept;

    /// From any thread: who connects from now on finds that (settings.tls); connections that are there stay
    /// as they are.
    void replace_tls(std::shared_ptr<const tls_identity> tls);

    /// From any thread.
    [[nodiscard]] connection_totals connections() const noexcept;

    /// How many threads serve.
    [[nodiscard]] std::size_t threads() const noexcept;

    /// Has that thread (from 0 to below `threads()`) call `answered` when its loop comes to it: proof that it
    /// is not stuck. Never called before `start` and after `drain`. Does not block; from any thread.
    void ping(std::size_t thread, std::function<void()> answered);

    /// Stops accepting, closes idle connections, lets requests in flight be answered (with Connection:
    /// close), cuts at the deadline what is left, and ends the threads. Returns how many were cut. Blocks,
    /// beyond the deadline only for handlers that wait for something that cannot be cancelled (a commit).
    std::size_t drain(std::chrono::milliseconds timeout);

private:
    struct state;
    explicit server(std::unique_ptr<state> content) noexcept;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell::http
