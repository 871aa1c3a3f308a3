#pragma once

#include <shopbell/core/headers.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// What the peer got, whole.
struct seen_request {
    std::string method;
    std::string target;
    headers fields;
    std::string body;
    std::size_t connection;  ///< counts from 0; two requests with the same number shared a connection
    unsigned answered = 0;   ///< the status it gets; 0: no answer that is one
};

/// What the peer does about one request.
struct answer {
    enum class action : unsigned char {
        respond,            ///< an HTTP answer, connection kept
        respond_and_close,  ///< an HTTP answer with Connection: close
        promise_more,       ///< an HTTP answer whose body never comes, until the peer goes
        break_off,          ///< an HTTP answer that ends in the middle of its body
        raw,                ///< `body` as it is, then close: for what is not HTTP
        close,              ///< no answer, orderly end
        reset,              ///< no answer, RST
        raw_and_reset,      ///< `body` as it is, then RST
        hang,               ///< no answer, until the peer goes
        trickle,            ///< the answer's header, a byte every few milliseconds, without an end
    };
    unsigned status = 200;
    headers fields = {};
    std::string body = {};
    action act = action::respond;
};

/// A scripted HTTP/1.1 server on a loopback port (0: a free one) and in a thread of its own. Requests, in the
/// order they arrive over all connections, get the answers of the script; when it is used up, the last one
/// again (an empty script: 200). All functions may be called from any thread.
class http_peer {
public:
    /// Of each body the first `kept` bytes are remembered.
    explicit http_peer(std::vector<answer> script = {}, std::uint16_t port = 0,
                       std::size_t kept = std::string::npos);
    ~http_peer();  ///< closes all connections
    http_peer(const http_peer&) = delete;
    http_peer& operator=(const http_peer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept;
    /// "http://127.0.0.1:PORT" and the path.
    [[nodiscard]] std::string url(std::string_view path = "/") const;

    /// From the next request on.
    void set_script(std::vector<answer> script);

    /// From the next request on, whatever the script says: 503 for each whose body holds one of these texts.
    void refuse(std::vector<std::string> texts);

    /// All so far, from that one on.
    [[nodiscard]] std::vector<seen_request> requests(std::size_t from = 0) const;
    [[nodiscard]] std::size_t count() const;
    /// Waits until there are that many; fails the test after 20 seconds.
    [[nodiscard]] std::vector<seen_request> wait_for(std::size_t count) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell::test
