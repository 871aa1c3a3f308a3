#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/core/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shopbell {

/// Waits and terms are measured on this clock, whatever is done to the wall clock.
using steady_point = std::chrono::steady_clock::time_point;

/// A position in the inbox: events are numbered from 1 in the order accepted, with gaps.
using sequence = std::int64_t;

/// The product of a pool whose codes serve every product.
constexpr std::string_view any_product = "*";

/// The codes that the answer to a sale is to carry. They are bound to the sale in the transaction that stores
/// its event, for good: the same sale gets the same codes again, and no code is bound twice.
struct code_request {
    enum class supply : unsigned char {
        pool,     ///< free codes of the product, then of `any_product`
        offered,  ///< `offered`
        none,     ///< there are none
        bound,    ///< only those that the sale has already: without any, nothing is stored
    };
    std::string transaction, item;  ///< the sale, within the endpoint
    std::string product;
    std::size_t count = 1;  ///< all of them or none
    supply from = supply::pool;
    std::vector<std::string> offered;
    std::string type_without;  ///< of the event where the sale gets no codes
};

/// A product's codes at one endpoint.
struct code_pool {
    std::string endpoint, product;
    std::uint64_t left = 0;
    std::uint64_t given = 0;
};

/// What became of a `code_request`.
struct code_grant {
    std::vector<std::string> codes;  ///< empty: the sale has none
    bool repeated = false;           ///< it had them before
    std::vector<code_pool> pools;    ///< that could serve it, as they are now; of `supply::pool` only
};

/// How a delivery came in, for people.
struct reception {
    std::string client;       ///< an address; empty: not known
    std::string request_id;   ///< as the log has it
    std::string verified_by;  ///< the configuration's keys whose secrets proved it; empty: none had to
};

/// An authentic delivery to be stored. A class with a constructor: it travels through coroutines.
class arrival {
public:
    arrival() = default;
    std::string endpoint, provider, type, subject, store;
    headers fields;               ///< those that the provider keeps
    std::string body;             ///< the exact bytes received
    std::string identity;         ///< everything that makes two deliveries the same, within the endpoint
    std::string former_identity;  ///< as an earlier version had it; empty: the same
    /// Whether the same identity may be news: with another `moment` it repeats only the latest event of the
    /// subject.
    bool recurs = false;
    std::string moment;  ///< when it happened, the later the greater; empty: the store does not say
    std::uint64_t locality = 0;
    /// Whether, without a moment, it repeats only the latest event of the same type and subject.
    bool repeats_latest_only = false;
    std::optional<code_request> codes;
    reception received;
};

/// The answer to `put`: the event is on stable storage.
struct receipt {
    std::string id;  ///< the event's; of a duplicate, the first one's; empty where nothing is stored
    bool duplicate = false;
    std::optional<code_grant> codes = {};  ///< where the delivery asked for codes
};

struct stored_event {
    sequence number = 0;
    std::string id;
    time_point accepted_at;
    std::string endpoint, provider, type, subject, store;
    headers fields;
    std::string body;
};

/// A delivery of one event to one sink that did not succeed at first, or that a person asked for again.
struct pending_delivery {
    sequence number = 0;
    std::string subject;
    unsigned attempts = 0;     ///< 0: not tried yet, or not since a person asked for it
    time_point first_attempt;  ///< `give_up_after` counts from here
    time_point next_attempt;
    std::string last_error;
    bool queued = false;  ///< a person asked for it; it is read by `read_queued`, also when it failed
};

/// A delivery that was given up, kept until a person decides.
struct dead_delivery {
    sequence number = 0;
    unsigned attempts = 0;
    time_point died_at;
    std::string last_error;
};

/// What happened to one event on its way to one sink. An event that a sink took at its first attempt has no
/// history: the sink's position says it.
struct history_entry {
    enum class kind : unsigned char {
        delivered,
        failed,    ///< will be tried again
        dead,      ///< given up, or refused for good
        replayed,  ///< a person asked for it once more
        retried,   ///< a person took it out of the dead letters, to be tried again
        dropped,   ///< a person took it out of the dead letters, for good
        unrouted,  ///< it waited for the sink when an edit of the routes took it away
    };
    sequence number = 0;
    kind what = kind::delivered;
    time_point at;
    std::chrono::milliseconds took{0};
    std::string error;     ///< one sentence; empty where delivered
    std::string response;  ///< what the other side said, its beginning; kept of the latest attempts only
    unsigned status = 0;   ///< of its HTTP answer; 0: there was none
};

/// Where a sink stands: everything up to `position` is delivered, pending, queued or dead.
struct sink_progress {
    sequence position = 0;
    std::vector<pending_delivery> pending;
    bool paused = false;
    /// Whether this process may deliver to it. Otherwise another one does, and only `paused` is true of now.
    bool held = true;
};

/// The results of a sink's latest attempts, stored in one transaction. Those of a sink that has no place in
/// the inbox, since a person let go of it, are passed over.
struct settlement {
    std::string sink;
    bool begins = false;                    ///< gives the sink its place
    sequence position = 0;                  ///< never moves back
    std::vector<pending_delivery> pending;  ///< new, or changed since; also of queued ones that failed
    std::vector<sequence> delivered;        ///< pending or queued ones that are done
    std::vector<dead_delivery> dead;
    std::vector<history_entry> history;
    std::optional<time_point> delivered_at;  ///< of the latest attempt that succeeded
};

/// A person's decisions about what is stored. Each is one transaction, or several in a row where it concerns
/// many rows.
struct replay_request {
    std::string sink;  ///< one that has a place in the inbox
    std::vector<sequence> numbers;
};
struct dead_letter_decision {
    enum class kind : unsigned char { retry, drop };
    std::string sink;
    std::vector<sequence> numbers;  ///< empty: all of the sink's
    kind what = kind::retry;
};
struct pause_request {
    std::string sink;
    bool paused = true;
};
/// Position, deliveries and history of a sink that is no longer configured.
struct sink_removal {
    std::string sink;
};
/// Events with everything that tells of them, overwritten on the disk.
struct erasure {
    std::vector<sequence> numbers;
};
/// Free codes for a pool. One that the endpoint has had before, free, given or void, is passed over.
struct code_addition {
    std::string endpoint, product;
    std::vector<std::string> codes;
};
/// Free codes that are never to be given. Those that were given stay so.
struct code_voiding {
    std::string endpoint;
    std::vector<std::string> codes;
};
/// The transaction no longer stands beside the codes that its sales got; these stay given.
struct code_anonymisation {
    std::string endpoint;  ///< a name, `*` for any run of characters; empty: any
    std::string transaction;
};
using change = std::variant<replay_request, dead_letter_decision, pause_request, sink_removal, erasure,
                            code_addition, code_voiding, code_anonymisation>;

/// The numbers ascending, each once.
void sort_numbers(change& decision);

/// Ends what it stands for when it goes.
class subscription {
public:
    subscription() = default;
    explicit subscription(std::function<void()> end) noexcept : end_(std::move(end)) {}
    subscription(subscription&& other) noexcept : end_(std::exchange(other.end_, {})) {}
    subscription& operator=(subscription&& other) noexcept {
        std::swap(end_, other.end_);
        return *this;
    }
    ~subscription() {
        if (end_)
            end_();
    }

private:
    std::function<void()> end_;
};

/// The durable store between receiving and delivering. What `put` confirmed survives kill -9 and power loss.
/// Thread-safe; completions run on the caller's executor. Nothing above may know which engine is behind it.
///
/// The duties of every engine:
/// - Numbers become visible in ascending order, so that reading behind the last one seen skips nothing.
/// - One process at a time delivers to a sink. What a former one settles is refused.
/// - "Duplicate" is said of what is as durable as an acceptance, and never sooner.
/// - Clocks that jump move neither retention nor the order of events.
/// - Nothing is acknowledged on an error. What is in doubt counts as not stored until it is found stored.
class inbox {
public:
    virtual ~inbox() = default;

    /// Stores one delivery, or recognises it as a repeat. When this completes with a value, the event is on
    /// stable storage. Fails with `busy` (the queue is full) or `unavailable` (cannot commit now): nothing
    /// may then be acknowledged.
    [[nodiscard]] virtual boost::asio::awaitable<result<receipt>> put(arrival one) = 0;

    /// Stores deliveries that belong together, for which nothing may be acknowledged unless all are stored:
    /// they wait for the engine as one, and one answer stands for all. Fails as `put` does where any of them
    /// fails; what was stored by then is recognised when the store sends it again.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<receipt>>> put_all(
        std::vector<arrival> all) = 0;

    /// Stores results. The same failures as `put`; the caller then tries again or delivers again.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> settle(settlement results) = 0;

    /// Carries a person's decision out and returns how many deliveries, sinks or events it concerned; what is
    /// no longer there is passed over. The same failures as `put`. Deliveries that become due again are
    /// queued: `read_queued` finds them.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::size_t>> apply(change decision) = 0;

    /// Where the sink stands. A sink never seen before starts at the present, which is stored. Where no other
    /// process delivers to it, this one does from then on.
    [[nodiscard]] virtual boost::asio::awaitable<result<sink_progress>> open_sink(std::string name) = 0;

    /// This process delivers to the sink no longer: another one may at once.
    virtual void close_sink(const std::string& name);

    /// Until when attempts at a sink that was opened as held may begin. What has begun by then may end.
    [[nodiscard]] virtual steady_point held_until(const std::string& sink) const;

    /// Calls `tell` with the name of a sink when what `open_sink` said of it is out of date: it is no longer
    /// held, or might be held now, or another process has changed its deliveries. What was read for it is
    /// then to be dropped, and the sink opened again. As for `on_arrival`.
    [[nodiscard]] virtual subscription on_sink_change(std::function<void(const std::string&)> tell);

    /// The next events behind `position`, oldest first: at most `count`, and no more once their bodies exceed
    /// `bytes` (but always one, where there is one).
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<stored_event>>> read_after(
        sequence position, std::size_t count, std::size_t bytes) = 0;

    /// The next event behind `position` without its headers and body, for one that takes more memory than
    /// there is; nothing where there is none.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::optional<stored_event>>> read_head_after(
        sequence position) = 0;

    /// The sink's queued deliveries behind `after`, ascending, at most `count`. One stays queued until it is
    /// settled as delivered or dead, or as one that a person did not ask for.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<pending_delivery>>> read_queued(
        std::string sink, sequence after, std::size_t count) = 0;

    /// One event, or nothing where it is gone.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::optional<stored_event>>> read(
        sequence number) = 0;

    /// Calls `wake` (from any thread, must not block) after each commit that stored events, until the
    /// subscription goes: once that is destroyed, no call is under way. The inbox outlives it.
    [[nodiscard]] virtual subscription on_arrival(std::function<void()> wake) = 0;

    /// Why the inbox cannot commit now; nothing while it can.
    [[nodiscard]] virtual std::optional<std::string> trouble() const = 0;

    /// Calls `answered` on the engine's thread when it comes to it: proof that it works. From any thread.
    virtual void ping(std::function<void()> answered) = 0;
};

}  // namespace shopbell
