#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/delivery/configured_sink.hpp>
#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace shopbell {

/// Brings the inbox's events to one sink: reads on from its position, keeps the order within a subject, tries
/// again what failed, and records where it stands. Knows no other sink, so a broken one delays nobody. All of
/// it on the delivery thread.
///
/// In memory are the events just read (the window) and the deliveries that failed and wait (pending). Both
/// are bounded: while too much waits, the sink reads no further and the backlog stays in the inbox.
class dispatcher {
public:
    /// All references outlive the dispatcher.
    dispatcher(boost::asio::any_io_executor executor, configured_sink& to, const routes& all, inbox& store,
               event_cache& cache, std::shared_ptr<log> lines);

    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    /// Works until `stop`, then ends the current attempts, records their results and returns.
    [[nodiscard]] boost::asio::awaitable<void> run();

    /// There are new events.
    void wake();
    void stop();

private:
    /// An event behind the position. `content` is null once it is delivered, pending, dead or not routed
    /// here.
    struct window_entry {
        sequence number;
        std::shared_ptr<const event> content;
        bool in_flight = false;
    };
    struct pending_entry {
        pending_delivery delivery;
        bool in_flight = false;
    };

    [[nodiscard]] boost::asio::awaitable<bool> open();
    [[nodiscard]] boost::asio::awaitable<void> refill();
    void add_to_window(stored_event stored);
    void hold_back_blocked();
    void start_attempts();
    [[nodiscard]] std::vector<sequence> due_pending(time_point at);
    [[nodiscard]] event_batch next_fresh(std::vector<sequence>& numbers);
    [[nodiscard]] boost::asio::awaitable<void> attempt(event_batch events, std::vector<sequence> numbers);
    [[nodiscard]] boost::asio::awaitable<void> attempt_pending(std::vector<sequence> numbers);
    void record(sequence number, const event& what, const outcome& latest);
    void record_lost(sequence number);
    void keep_pending(pending_delivery one);
    void advance();
    [[nodiscard]] bool has_results() const noexcept;
    void start_settling();
    [[nodiscard]] boost::asio::awaitable<void> settle();
    [[nodiscard]] bool has_room() const noexcept;
    [[nodiscard]] boost::asio::awaitable<void> wait();
    [[nodiscard]] boost::asio::awaitable<void> pause();
    [[nodiscard]] std::optional<time_point> next_attempt() const;
    void spawn_attempt(boost::asio::awaitable<void> task);
    void notice(const std::exception_ptr& thrown);

    // Constant after construction.
    const boost::asio::any_io_executor executor_;
    configured_sink& sink_;
    const routes& routes_;
    inbox& inbox_;
    event_cache& cache_;
    const std::shared_ptr<log> log_;
    const std::size_t batch_limit_;
    const std::size_t window_limit_;

    boost::asio::steady_timer signal_;  ///< cancelled to wake `run`
    std::minstd_rand random_;           ///< for the jitter of retries
    bool changed_ = true;               ///< something happened since `run` last looked
    bool more_to_read_ = true;
    bool stopping_ = false;
    std::size_t active_ = 0;  ///< attempts in flight

    sequence position_ = 0;  ///< everything up to here is delivered, pending or dead
    sequence read_to_ = 0;
    std::deque<window_entry> window_;
    std::size_t window_bytes_ = 0;
    std::map<sequence, pending_entry> pending_;

    settlement results_;  ///< not stored yet
    bool settling_ = false;
    bool settle_failed_ = false;
};

}  // namespace shopbell
