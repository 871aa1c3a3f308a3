#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace shopbell {

/// What the other side had to say about one delivery (an HTTP answer's body, a program's output), for people
/// to read: at most this many bytes of it.
constexpr std::size_t longest_response = 2048;

/// The sink has it, for good.
struct delivered {
    std::string response = {};
    unsigned status = 0;  ///< of an HTTP answer, as in the two below; 0: there was none
};

/// It may work later: refused connection, timeout, 429, 5xx, a full disk.
struct retry {
    std::string why;
    /// The receiver's own word on how long to wait (Retry-After).
    std::optional<std::chrono::milliseconds> wait = std::nullopt;
    std::string response = {};
    unsigned status = 0;
};

/// It never will: the receiver says that it does not want this event.
struct reject {
    std::string why;
    std::string response = {};
    unsigned status = 0;
};

using outcome = std::variant<delivered, retry, reject>;

/// What a look at the other side showed, without giving it anything.
struct sink_finding {
    enum class grade : unsigned char {
        good,
        doubtful,  ///< it works, but not for long
        bad,       ///< it would not take an event now
    };
    grade how = grade::good;
    std::string text;               ///< one sentence: what was seen, or what is wrong
    errc code = errc::unavailable;  ///< of what is wrong
};

/// A delivery as it would leave now, for people to read.
struct sink_message {
    std::string method;  ///< empty: the sink speaks no HTTP
    std::string url;     ///< without query
    headers fields;
    std::string body;
    std::vector<std::string> hidden;  ///< fields that go out as well; their values are secrets
};
using event_batch = std::vector<std::shared_ptr<const event>>;

/// Where events go. A sink classifies what happened and never loops: order, retries, back-off and dead
/// letters are delivery's. It may be given the same event again; delivery is at least once. Lives on the
/// delivery thread; what may block is done on a thread of the sink's own, which nobody joins.
class sink {
public:
    virtual ~sink() = default;

    /// The most events that one `deliver` takes (1 for a sink that speaks of one at a time).
    [[nodiscard]] virtual std::size_t batch_limit() const noexcept = 0;

    /// Delivers in the order given; returns one outcome for each. Calls may overlap up to the sink's
    /// `concurrency`. Does not throw.
    [[nodiscard]] virtual boost::asio::awaitable<std::vector<outcome>> deliver(event_batch events) = 0;

    /// Looks whether the other side could take an event now, for `shopbell doctor`. Delivers nothing, sends
    /// no request, changes nothing. Does not throw.
    [[nodiscard]] virtual boost::asio::awaitable<sink_finding> probe() {
        co_return sink_finding{sink_finding::grade::good, "has nothing behind it that could fail"};
    }

    /// Where it delivers to, for people: a path, a program, a URL without query. Empty: nowhere in
    /// particular.
    [[nodiscard]] virtual std::string address() const { return {}; }

    /// What it would send. Fails where the event cannot be sent at all.
    [[nodiscard]] virtual result<sink_message> preview(const event& content) const;

    /// SIGHUP: let go of open files.
    virtual void reopen() {}
};

}  // namespace shopbell
