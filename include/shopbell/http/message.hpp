#pragma once

#include <shopbell/core/headers.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/core/observer.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace shopbell::http {

/// A request's header section, checked: no trailer can change it later.
struct request_head {
    std::string id;      ///< for the log and the X-Request-Id of the answer: a trusted proxy's, or our own
    std::string method;  ///< as sent
    std::string path;    ///< the target's path exactly as sent, without query; not normalised, not decoded
    std::string query;   ///< what stands behind the "?" of the target, as sent
    headers fields;      ///< in the order received
    /// Who sent it, through trusted proxies; nothing for a unix socket without forwarding headers.
    std::optional<boost::asio::ip::address> client;
    std::optional<std::uint64_t> content_length;    ///< nothing for a chunked body
    std::chrono::steady_clock::time_point started;  ///< when its first byte was read
};

/// A whole request. A class with a constructor: it travels through coroutines (g++ bug 107288).
class request {
public:
    request(request_head its_head, std::string its_body)
        : head(std::move(its_head)), body(std::move(its_body)) {}
    request_head head;
    std::string body;
};

/// A body that comes bit by bit (server-sent events). Lives on the session's thread.
class body_source {
public:
    virtual ~body_source() = default;

    /// The next bytes, or nothing at the end. Suspends until there are some; is cancelled where the client
    /// goes or the server stops.
    [[nodiscard]] virtual boost::asio::awaitable<std::string> next() = 0;
};

/// How the body of a refusal looks.
enum class refusal_body : unsigned char {
    json,  ///< {"error":"<text>"}
    none   ///< for paths whose answers are shown to people, who must not get our words
};

/// What to answer. The session adds Content-Length, Date, Connection and X-Request-Id.
class response {
public:
    response(unsigned its_status, std::string its_body) : status(its_status), body(std::move(its_body)) {}
    /// {"error":"<text>"}
    [[nodiscard]] static response error(unsigned status, std::string_view text);
    /// With the usual text of that status, or with no body at all.
    [[nodiscard]] static response refusal(unsigned status, refusal_body how = refusal_body::json);

    unsigned status;
    std::string body;
    std::string content_type = "application/json";
    headers fields;      ///< more header fields, such as Allow and Retry-After
    log_fields notes;    ///< for this request's log line; never sent
    bool close = false;  ///< end the connection after this answer
    std::shared_ptr<body_source>
        stream;  ///< not null: the body, instead of `body`; the connection ends with it
    /// Told of an answer that was given without an exchange; null: whom the server's settings name. Outlives
    /// the server.
    request_observer* observer = nullptr;
};

/// The short text that stands in the error body of that status: "not found", "unauthorized".
[[nodiscard]] std::string_view error_text(unsigned status) noexcept;

}  // namespace shopbell::http
