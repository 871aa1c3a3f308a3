#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/core/result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// A position in the inbox: events are numbered from 1 in the order accepted, with gaps.
using sequence = std::int64_t;

/// An authentic delivery to be stored. A class with a constructor: it travels through coroutines.
class arrival {
public:
    arrival() = default;
    std::string endpoint, provider, type, subject, store;
    headers fields;        ///< those that the provider keeps
    std::string body;      ///< the exact bytes received
    std::string identity;  ///< everything that makes two deliveries the same, within the endpoint
    std::uint64_t locality = 0;
    bool repeats_latest_only = false;
};

/// The answer to `put`: the event is on stable storage.
struct receipt {
    std::string id;  ///< the event's; of a duplicate, the first one's
    bool duplicate = false;
};

struct stored_event {
    sequence number = 0;
    std::string id;
    time_point accepted_at;
    std::string endpoint, provider, type, subject, store;
    headers fields;
    std::string body;
};

/// A delivery of one event to one sink that did not succeed at first.
struct pending_delivery {
    sequence number = 0;
    std::string subject;
    unsigned attempts = 0;     ///< 0: not tried yet, held back behind an earlier event of its subject
    time_point first_attempt;  ///< `give_up_after` counts from here
    time_point next_attempt;
    std::string last_error;
};

/// A delivery that was given up, kept until a person decides.
struct dead_delivery {
    sequence number = 0;
    unsigned attempts = 0;
    time_point died_at;
    std::string last_error;
};

/// Where a sink stands: everything up to `position` is delivered, pending or dead.
struct sink_progress {
    sequence position = 0;
    std::vector<pending_delivery> pending;
};

/// The results of a sink's latest attempts, stored in one transaction.
struct settlement {
    std::string sink;
    sequence position = 0;                  ///< never moves back
    std::vector<pending_delivery> pending;  ///< new, or changed since
    std::vector<sequence> delivered;        ///< pending ones that are done
    std::vector<dead_delivery> dead;
};

/// The durable store between receiving and delivering. What `put` confirmed survives kill -9 and power loss.
/// Thread-safe; completions run on the caller's executor. Nothing above may know which engine is behind it.
class inbox {
public:
    virtual ~inbox() = default;

    /// Stores one delivery, or recognises it as a repeat. When this completes with a value, the event is on
    /// stable storage. Fails with `busy` (the queue is full) or `unavailable` (cannot commit now): nothing
    /// may then be acknowledged.
    [[nodiscard]] boost::asio::awaitable<result<receipt>> put(arrival one);

    /// Stores results. The same failures as `put`; the caller then tries again or delivers again.
    [[nodiscard]] boost::asio::awaitable<result<void>> settle(settlement results);

    /// Where the sink stands. A sink never seen before starts at the present, which is stored.
    [[nodiscard]] virtual boost::asio::awaitable<result<sink_progress>> open_sink(std::string name) = 0;

    /// The next events behind `position`, oldest first: at most `count`, and no more once their bodies exceed
    /// `bytes` (but always one, where there is one).
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<stored_event>>> read_after(
        sequence position, std::size_t count, std::size_t bytes) = 0;

    /// One event, or nothing where it is gone.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::optional<stored_event>>> read(
        sequence number) = 0;

    /// Calls `wake` (from any thread, must not block) after each commit that stored events. Set before the
    /// first `put`; cleared with an empty function.
    virtual void on_arrival(std::function<void()> wake) = 0;

    /// Why the inbox cannot commit now; nothing while it can.
    [[nodiscard]] virtual std::optional<std::string> trouble() const = 0;

protected:
    using put_handler = boost::asio::any_completion_handler<void(result<receipt>)>;
    using settle_handler = boost::asio::any_completion_handler<void(result<void>)>;

private:
    virtual void start_put(arrival one, put_handler done) = 0;
    virtual void start_settle(settlement results, settle_handler done) = 0;
};

}  // namespace shopbell
