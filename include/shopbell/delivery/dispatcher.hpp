#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/delivery/breaker.hpp>
#include <shopbell/delivery/configured_sink.hpp>
#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/delivery/event_window.hpp>
#include <shopbell/delivery/route_change.hpp>
#include <shopbell/delivery/sink_status.hpp>
#include <shopbell/delivery/unrouted_census.hpp>
#include <shopbell/delivery/waiting_list.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/metrics/sink_metrics.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <random>
#include <unordered_set>
#include <vector>

namespace shopbell {

/// Brings the inbox's events to one sink: reads on from its position, keeps the order within a subject, tries
/// again what failed, and records where it stands. Knows no other sink, so a broken one delays nobody. All of
/// it on the delivery thread.
///
/// In memory are the events just read (the window), the deliveries that failed and wait, and some of those
/// that a person asked for (queued). Each has a bound of its own: while too much waits, the sink reads no
/// further and the backlog stays in the inbox, but what was asked for, and fails, keeps no new event out.
/// Retries and new events take turns, then comes what was asked for: neither an event that fails for ever nor
/// a replay of thousands delays an order of somebody else.
///
/// Every pass of the loop gives the thread back at least once, so that whatever it finds to do, other sinks
/// go on and status, pause and stop are answered. An exception out of one event is that event's failure; one
/// out of the dispatcher itself ends its run, and the next dispatcher begins where the inbox says.
class dispatcher {
public:
    /// All references outlive the dispatcher. `tally` is what it counts in: it goes on when another
    /// dispatcher takes over.
    dispatcher(boost::asio::any_io_executor executor, configured_sink& to, const routes& all, inbox& store,
               event_cache& cache, unrouted_census& census, sink_metrics& counts, sink_status& tally,
               std::shared_ptr<log> lines);

    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    /// Waits that long, then works until `stop`, then ends the current attempts, records their results and
    /// returns. Returns as well where it is broken. Does not throw.
    [[nodiscard]] boost::asio::awaitable<void> run(std::chrono::milliseconds first_wait = {});
    /// Before `run`: other routes were in force until now. What they led here and is not led here any more is
    /// told in the log and in each event's history.
    void tell_losses_since(former_routes before) { former_ = std::move(before); }
    /// Something was thrown that is no event's fault: another dispatcher may do better.
    [[nodiscard]] bool is_broken() const noexcept { return broken_; }
    [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }

    /// There are new events.
    void wake();
    /// There are queued deliveries.
    void wake_queued();
    void pause(bool paused);
    /// These events are erased. What is in flight ends, and leaves no trace.
    void forget(const std::vector<sequence>& numbers);
    void stop();

    [[nodiscard]] const std::string& name() const noexcept { return sink_.name; }
    [[nodiscard]] sink_status status() const;

private:
    struct landed {
        waiting_delivery delivery;
        bool is_stored;  ///< the inbox has a row of it
    };
    /// What the log calls an event.
    struct event_names {
        std::string id;
        std::string type;
    };
    /// An event as an attempt finds it.
    struct fetched {
        enum class state : unsigned char {
            ready,
            erased,
            unreadable,  ///< for now
            not_routed,
            broken,  ///< `error` says why
        };
        state what = state::unreadable;
        std::shared_ptr<const event> content = nullptr;
        event_names names = {};
        std::string error = {};
    };

    [[nodiscard]] boost::asio::awaitable<void> work();
    [[nodiscard]] boost::asio::awaitable<void> pass();
    [[nodiscard]] boost::asio::awaitable<bool> open();
    [[nodiscard]] boost::asio::awaitable<void> tell_losses();
    [[nodiscard]] bool is_lost(stored_event one);
    [[nodiscard]] boost::asio::awaitable<void> refill();
    [[nodiscard]] boost::asio::awaitable<void> refill_queued();
    void take_queued(pending_delivery one);
    [[nodiscard]] boost::asio::awaitable<void> put_off_next(std::string error);
    void add_to_window(stored_event stored);
    [[nodiscard]] std::shared_ptr<const event> decide(stored_event stored);
    void hold_back();
    void expire();
    void start_attempts();
    [[nodiscard]] bool start_one(moment at);
    [[nodiscard]] bool start_in_turn(moment at);
    [[nodiscard]] bool start_probe(moment at, bool untried, bool tried);
    [[nodiscard]] bool start_stored(std::vector<sequence> numbers, bool tried);
    [[nodiscard]] bool start_fresh();
    [[nodiscard]] bool has_room_for_suspects() const;
    [[nodiscard]] attempt_count under_way() const noexcept;
    [[nodiscard]] busy_subjects in_flight() const;
    [[nodiscard]] boost::asio::awaitable<void> attempt(event_batch events, std::vector<sequence> numbers);
    [[nodiscard]] boost::asio::awaitable<void> attempt_stored(std::vector<sequence> numbers);
    [[nodiscard]] boost::asio::awaitable<fetched> fetch(sequence number);
    [[nodiscard]] const waiting_delivery* find_waiting(sequence number) const;
    void record(sequence number, const event_names& names, const outcome& latest,
                std::chrono::milliseconds took);
    void record_failure(waiting_delivery delivery, const step_retry& again, log_fields about,
                        history_entry entry);
    void record_dead(const pending_delivery& delivery, log_fields about, const std::string& why,
                     history_entry entry);
    void record_health(const std::vector<sequence>& numbers, const std::vector<outcome>& outcomes);
    void record_thrown(const event_batch& events, const std::vector<sequence>& numbers,
                       const std::string& error);
    void record_undecided(sequence number, const std::string& subject, const event_names& names,
                          const std::string& error);
    void record_fetched(sequence number, const fetched& found);
    void record_gone(sequence number);
    void let_go(sequence number);
    [[nodiscard]] landed land(sequence number);
    void keep_waiting(waiting_delivery one);
    [[nodiscard]] bool has_results() const noexcept;
    void start_settling();
    [[nodiscard]] boost::asio::awaitable<void> settle();
    void put_back(settlement sent);
    [[nodiscard]] bool may_work() const noexcept;
    [[nodiscard]] bool has_room() const noexcept;
    [[nodiscard]] bool may_read_queued() const noexcept;
    [[nodiscard]] std::unordered_set<sequence> unsettled_numbers() const;
    [[nodiscard]] boost::asio::awaitable<void> wait();
    [[nodiscard]] boost::asio::awaitable<void> give_way();
    [[nodiscard]] boost::asio::awaitable<void> pause_briefly(std::chrono::milliseconds wait);
    [[nodiscard]] std::optional<moment> next_moment() const;
    void spawn_attempt(boost::asio::awaitable<void> task, bool tried);
    void notice(const std::exception_ptr& thrown);
    void look_again();
    [[nodiscard]] double chance();

    // Constant after construction.
    const boost::asio::any_io_executor executor_;
    configured_sink& sink_;
    const routes& routes_;
    inbox& inbox_;
    event_cache& cache_;
    unrouted_census& census_;
    sink_metrics& counts_;
    const std::shared_ptr<log> log_;
    const std::size_t batch_limit_;
    const std::size_t window_limit_;

    boost::asio::steady_timer signal_;  ///< cancelled to wake `run`
    std::minstd_rand random_;           ///< for the jitter of retries
    bool changed_ = true;               ///< something happened since `run` last looked
    bool more_to_read_ = true;
    std::size_t careful_reads_ = 0;  ///< so many more events are read one by one
    bool more_queued_ = true;        ///< there may be queued deliveries behind `queued_to_`
    bool stopping_ = false;
    bool paused_ = false;
    bool broken_ = false;
    std::size_t active_ = 0;        ///< attempts in flight
    std::size_t tried_active_ = 0;  ///< of these, at what had failed before
    bool fresh_next_ = false;       ///< whose turn it is
    std::uint64_t tries_ = 0;       ///< failed attempts, to tell which was earlier
    breaker breaker_;

    std::optional<former_routes> former_;
    sequence told_to_ = 0;  ///< up to here an event's history may say that no route leads it here

    sequence position_ = 0;  ///< everything up to here is delivered, waiting, queued or dead
    sequence read_to_ = 0;
    sequence queued_to_ = 0;     ///< how far the queued deliveries were read
    sequence queued_ahead_ = 0;  ///< the next of them lies in front of the position; 0: not so
    event_window window_;
    waiting_list waiting_;
    waiting_list queued_;
    std::unordered_set<sequence> erased_;  ///< while they were in flight

    settlement results_;  ///< not stored yet
    settlement sent_;     ///< being stored
    bool settling_ = false;
    bool settle_failed_ = false;

    sink_status& counted_;  ///< since the start of the daemon
};

}  // namespace shopbell
