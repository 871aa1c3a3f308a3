#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/delivery/breaker.hpp>
#include <shopbell/delivery/configured_sink.hpp>
#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/delivery/event_window.hpp>
#include <shopbell/delivery/route.hpp>
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
/// Retries go first, then new events, then what was asked for: a replay of thousands delays no order.
///
/// Every pass of the loop gives the thread back at least once, so that whatever it finds to do, other sinks
/// go on and status, pause and stop are answered.
class dispatcher {
public:
    /// All references outlive the dispatcher.
    dispatcher(boost::asio::any_io_executor executor, configured_sink& to, const routes& all, inbox& store,
               event_cache& cache, unrouted_census& census, sink_metrics& counts, std::shared_ptr<log> lines);

    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    /// Works until `stop`, then ends the current attempts, records their results and returns.
    [[nodiscard]] boost::asio::awaitable<void> run();

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
        pending_delivery delivery;
        bool is_stored;  ///< the inbox has a row of it
    };

    [[nodiscard]] boost::asio::awaitable<bool> open();
    [[nodiscard]] boost::asio::awaitable<void> refill();
    [[nodiscard]] boost::asio::awaitable<void> refill_queued();
    void take_queued(pending_delivery one);
    void add_to_window(stored_event stored);
    void hold_back();
    void expire();
    void start_attempts();
    [[nodiscard]] bool start_waiting(waiting_list& from, time_point at);
    [[nodiscard]] bool start_fresh();
    [[nodiscard]] busy_subjects in_flight() const;
    [[nodiscard]] boost::asio::awaitable<void> attempt(event_batch events, std::vector<sequence> numbers);
    [[nodiscard]] boost::asio::awaitable<void> attempt_stored(std::vector<sequence> numbers);
    void record(sequence number, const event& what, const outcome& latest, std::chrono::milliseconds took);
    void record_failure(pending_delivery delivery, const step_retry& again, log_fields about,
                        history_entry entry);
    void record_dead(const pending_delivery& delivery, log_fields about, const std::string& why,
                     history_entry entry);
    void record_health(const std::vector<outcome>& outcomes);
    void record_gone(sequence number);
    [[nodiscard]] landed land(sequence number, const event& what);
    void keep_waiting(pending_delivery one);
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
    [[nodiscard]] boost::asio::awaitable<void> pause_briefly();
    [[nodiscard]] std::optional<time_point> next_moment() const;
    void spawn_attempt(boost::asio::awaitable<void> task);
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
    bool more_queued_ = true;  ///< there may be queued deliveries behind `queued_to_`
    bool stopping_ = false;
    bool paused_ = false;
    std::size_t active_ = 0;  ///< attempts in flight
    breaker breaker_;

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

    sink_status counted_;       ///< since the start
    std::string last_failure_;  ///< what the sink itself said last
};

}  // namespace shopbell
