#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/delivery/configured_sink.hpp>
#include <shopbell/delivery/delivery_plan.hpp>
#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/delivery/first_tries.hpp>
#include <shopbell/delivery/route_change.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/metrics/metrics.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// Counts the events that no route takes. Every sink shows it what it reads; each event is counted once, for
/// the sink that is furthest ahead, since others may lag or be paused for weeks.
class unrouted_counter {
public:
    /// `counts` outlives the counter.
    explicit unrouted_counter(metrics& counts) noexcept : counts_(counts) {}

    /// Everything up to there was counted by an earlier run.
    void begin_at(sequence position) noexcept;

    void count(const stored_event& stored, const routes& all, event_cache& cache);

private:
    metrics& counts_;
    sequence counted_to_ = 0;
};

/// What the dispatchers of all sinks share, on the delivery thread. All that is referred to outlives it.
struct dispatcher_context {
    boost::asio::any_io_executor executor;
    inbox& store;
    metrics& counts;
    std::shared_ptr<log> lines;
    event_cache cache = event_cache();
    unrouted_counter unrouted = unrouted_counter(counts);
    first_tries first = {};
};

/// Brings the inbox's events to one sink: carries out what its plan decides, and tells it what came of that.
/// Knows no other sink, so a broken one delays nobody. All of it on the delivery thread.
///
/// Several processes may share an inbox, of which one at a time delivers to a sink: until this one holds it,
/// the dispatcher stands by.
///
/// Every pass of the loop gives the thread back at least once, so that whatever it finds to do, other sinks
/// go on and status, pause and stop are answered. An exception out of one event is that event's failure; one
/// out of the dispatcher itself ends its run, and the next dispatcher begins where the inbox says.
class dispatcher {
public:
    /// All references outlive the dispatcher. `tally` is what it counts in: it goes on when another
    /// dispatcher takes over.
    dispatcher(dispatcher_context& shared, configured_sink& to, const routes& all, sink_status& tally);

    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    /// Waits that long, then works until `stop`, then ends the current attempts, records their results and
    /// returns. Returns as well where it is broken. Does not throw.
    [[nodiscard]] boost::asio::awaitable<void> run(std::chrono::milliseconds first_wait = {});
    /// Before `run`: other routes were in force until now. What they led here and is not led here any more is
    /// told in the log and in each event's history.
    void tell_losses_since(former_routes before) { former_ = std::move(before); }
    /// Before `run`: what another dispatcher has left of the sink's rate, so that a reload neither lifts it
    /// nor, again and again, has the sink wait for a first delivery.
    void continue_rate(const token_bucket& former) noexcept { plan_.continue_rate(former); }
    [[nodiscard]] const std::optional<token_bucket>& rate_left() const noexcept { return plan_.rate_left(); }
    /// Something was thrown that is no event's fault: another dispatcher may do better.
    [[nodiscard]] bool is_broken() const noexcept { return broken_; }
    [[nodiscard]] bool is_stopping() const noexcept { return plan_.is_stopping(); }
    /// What it has read is out of date: another dispatcher begins where the inbox says.
    [[nodiscard]] bool is_outdated() const noexcept { return outdated_; }

    /// There are new events.
    void wake();
    /// There are deliveries that a person asked for.
    void wake_replays();
    void pause(bool paused);
    /// These events are erased. What is in flight ends, and leaves no trace.
    void forget(const std::vector<sequence>& numbers);
    void stop();
    /// What the inbox said of the sink is out of date. Where another process delivered to it, this one may
    /// now. Otherwise the current attempts end, and the run.
    void renew();

    [[nodiscard]] sink_status status() const;

private:
    [[nodiscard]] boost::asio::awaitable<void> work();
    [[nodiscard]] boost::asio::awaitable<void> open();
    [[nodiscard]] boost::asio::awaitable<void> stand_by();
    [[nodiscard]] boost::asio::awaitable<void> tell_losses();
    [[nodiscard]] bool is_lost(stored_event stored);
    [[nodiscard]] boost::asio::awaitable<void> read_events(delivery_plan::page wanted);
    [[nodiscard]] boost::asio::awaitable<void> pass_over_next(sequence after, std::string error);
    [[nodiscard]] boost::asio::awaitable<void> read_replays(delivery_plan::page wanted);
    [[nodiscard]] routed_event find_route(stored_event stored);
    [[nodiscard]] std::shared_ptr<const event> route_here(stored_event stored);
    [[nodiscard]] boost::asio::awaitable<void> attempt(delivery_plan::attempt job);
    [[nodiscard]] boost::asio::awaitable<delivery_plan::attempt> fetch_all(delivery_plan::attempt job);
    [[nodiscard]] boost::asio::awaitable<std::shared_ptr<const event>> fetch(sequence number);
    [[nodiscard]] boost::asio::awaitable<void> deliver(delivery_plan::attempt job);
    [[nodiscard]] boost::asio::awaitable<void> settle(settlement results);
    [[nodiscard]] boost::asio::awaitable<void> wait(std::optional<moment> until);
    [[nodiscard]] boost::asio::awaitable<void> give_way();
    [[nodiscard]] boost::asio::awaitable<void> pause_briefly(std::chrono::milliseconds wait);
    void spawn(boost::asio::awaitable<void> task);
    void notice(const std::exception_ptr& thrown);
    void look_again();
    void report_news();
    void report(const delivery_news& news);
    void report_failure(const char* text, const failure& why);

    // Constant after construction.
    dispatcher_context& shared_;
    configured_sink& sink_;
    const routes& routes_;
    sink_metrics& counts_;

    boost::asio::steady_timer signal_;  ///< cancelled to wake `run`
    delivery_plan plan_;
    std::optional<former_routes> former_;
    bool changed_ = true;  ///< something happened since `run` last looked
    bool broken_ = false;
    bool outdated_ = false;
    bool is_open_ = false;
    bool stands_by_ = false;   ///< another process delivers to the sink
    bool may_be_free_ = true;  ///< or perhaps not any more
    std::size_t tasks_ = 0;    ///< attempts and settlements under way

    sink_status& counted_;  ///< since the start of the daemon
};

}  // namespace shopbell
