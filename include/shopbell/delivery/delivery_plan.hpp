#pragma once

#include <shopbell/delivery/breaker.hpp>
#include <shopbell/delivery/event_window.hpp>
#include <shopbell/delivery/token_bucket.hpp>
#include <shopbell/delivery/waiting_list.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/sinks/sink.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace shopbell {

/// One instant on both clocks: waits are measured on the steady one, people read the wall clock.
struct instant {
    time_point wall;
    moment steady;
};

/// What the log calls an event.
struct event_names {
    std::string id;
    std::string type;
};

/// An event as it was read, and what the routes say of it.
struct routed_event {
    sequence number = 0;
    std::string subject;
    event_names names;
    std::shared_ptr<const event> content;  ///< null: no route takes it to the sink, or `error` is set
    std::string error;                     ///< why nobody can tell yet whether a route takes it
};

/// What people are told by the log, the metrics and the sink's status, and much of it by the event's history.
struct delivery_news {
    enum class kind : unsigned char {
        delivered,
        failed,  ///< will be tried again
        dead,
        sink_fails,
        sink_works,
    };
    kind what = kind::delivered;
    sequence number = 0;
    event_names names;
    unsigned attempts = 0;
    time_point at;
    time_point next_attempt;  ///< of one that failed
    std::string error;
    std::string response;  ///< what the other side said
    unsigned status = 0;   ///< of its HTTP answer; 0: there was none
    std::chrono::milliseconds took{0};
};

/// Decides for one sink what is read, attempted and stored next, and how long there is nothing to do. It
/// touches no inbox, no target, no clock and no log: the dispatcher tells it what happened and carries out
/// what `next` says.
///
/// In memory are the events just read (the window), the deliveries that failed and wait, and some of those
/// that a person asked for (replays). Each has a bound of its own: while too much waits, the sink reads no
/// further and the backlog stays in the inbox, but what was asked for, and fails, keeps no new event out.
/// Retries and new events take turns, then come replays: neither an event that fails for ever nor a replay of
/// thousands delays an order of somebody else.
class delivery_plan {
public:
    struct settings {
        std::size_t concurrency = 1;
        std::size_t batch_limit = 1;
        bool ordered = true;  ///< events of one subject one after the other
        retry_policy retry;
        std::optional<delivery_rate> rate = std::nullopt;  ///< of events, whether new, retried or replayed
    };

    /// `seed` is that of the retries' jitter.
    delivery_plan(std::string sink, const settings& how, std::minstd_rand::result_type seed);
    /// Before `open`: the plan follows another one of the same daemon, which has this left of its rate.
    /// Without it the rate's bucket begins empty.
    void continue_rate(const token_bucket& former) noexcept;

    /// So many rows behind `after`.
    struct page {
        sequence after = 0;
        std::size_t count = 0;
    };
    /// One call of the sink.
    struct attempt {
        std::vector<sequence> numbers;
        event_batch events;  ///< those of the numbers; empty: they are still to be read
        bool tried = false;  ///< they failed before
    };
    struct step {
        std::vector<attempt> attempts;
        std::optional<page> read;          ///< events of the inbox
        std::optional<page> read_replays;  ///< deliveries that a person asked for
        std::optional<settlement> settle;
        bool finished = false;
        std::optional<moment> wait_until;  ///< without anything to read; nothing: until something happens

        [[nodiscard]] bool reads() const noexcept { return read || read_replays; }
    };
    /// What to do now. All of it counts as under way from here on.
    [[nodiscard]] step next(instant at);

    // What happened.

    /// The sink's place in the inbox is known.
    void open(sink_progress progress, instant at);
    /// From then on another process may deliver to the sink: no attempt begins.
    void hold_until(moment end) noexcept { held_until_ = end; }
    /// There are new events.
    void expect_events() noexcept { may_have_events_ = true; }
    /// A person asked for deliveries.
    void expect_replays() noexcept;
    void pause(bool paused) noexcept;
    /// These events are gone from the inbox. What is in flight ends, and leaves no trace.
    void erase(const std::vector<sequence>& numbers);
    void stop() noexcept { stopping_ = true; }

    void events_read(std::vector<routed_event> found, instant at);
    void replays_read(const page& asked, std::vector<pending_delivery> found, instant at);
    /// The inbox answered with an error.
    void read_failed(moment at) noexcept;
    /// There was no memory for the events: from now on they are read one by one.
    void read_threw() noexcept;

    struct attempt_result {
        std::vector<sequence> numbers;
        event_batch events;
        std::vector<outcome> outcomes;
        std::string thrown;  ///< not empty: the sink broke its promise not to throw
        std::chrono::milliseconds took{0};
    };
    void complete(const attempt_result& result, instant at);
    // Or why an event of it could not be given to the sink.
    void discard(sequence number);                ///< it was erased, or no route takes it here after all
    void reschedule(sequence number, moment at);  ///< it cannot be read now
    void fail(sequence number, const event_names& names, const std::string& error, instant at);
    /// The attempt is over, whatever came of its events.
    void end_attempt(bool tried) noexcept;

    void settled(bool stored, moment at);
    /// An edit of the routes takes these events away from the sink; everything up to `told_to` was looked at.
    void unroute(const std::vector<sequence>& numbers, sequence told_to, time_point at);

    // What people and the dispatcher ask.

    [[nodiscard]] std::vector<delivery_news> take_news() noexcept { return std::exchange(news_, {}); }
    /// What the inbox is to learn now, under way from here on.
    [[nodiscard]] std::optional<settlement> take_results(moment at);
    /// When `take_results` may be asked again after the inbox failed.
    [[nodiscard]] moment settles_again() const noexcept { return settle_again_; }
    [[nodiscard]] std::size_t unsettled_history() const noexcept { return results_.history.size(); }
    [[nodiscard]] sequence position() const noexcept { return position_; }
    [[nodiscard]] std::size_t in_flight() const noexcept { return active_; }
    [[nodiscard]] bool is_paused() const noexcept { return paused_; }
    [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
    /// Whether a route takes the event is not known yet.
    [[nodiscard]] bool is_undecided(sequence number) const;
    /// When a sink that fails again and again is tried next; nothing: it works.
    [[nodiscard]] std::optional<moment> next_probe() const noexcept;
    /// When what failed is tried again, the first of it; nothing while paused.
    [[nodiscard]] std::optional<moment> next_attempt() const;
    /// What is left of the rate; empty for a sink without one, and before `open`.
    [[nodiscard]] const std::optional<token_bucket>& rate_left() const noexcept { return rate_left_; }

private:
    /// What came of one event.
    struct event_result {
        sequence number = 0;
        event_names names;
        outcome latest;
        std::chrono::milliseconds took{0};
        bool thrown = false;
    };

    [[nodiscard]] bool may_work() const noexcept;
    [[nodiscard]] bool may_attempt(moment at) const noexcept;
    [[nodiscard]] bool has_room() const noexcept;
    [[nodiscard]] bool is_catching_up() const noexcept;
    [[nodiscard]] waiting_list::choice choose(bool untried, bool tried) const;
    [[nodiscard]] bool may_read_replays() const noexcept;
    [[nodiscard]] page next_events() noexcept;
    [[nodiscard]] page next_replays() noexcept;
    [[nodiscard]] std::optional<moment> next_moment(moment at) const;
    void hold_back(instant at);
    void expire(instant at);
    [[nodiscard]] std::vector<attempt> start_attempts(moment at);
    [[nodiscard]] start_times may_start() const noexcept;
    [[nodiscard]] std::size_t batch_limit() const noexcept;
    [[nodiscard]] attempt start_attempt(moment at);
    [[nodiscard]] attempt start_in_turn(moment at);
    [[nodiscard]] attempt start_probe(moment at, bool untried, bool tried);
    [[nodiscard]] attempt start_fresh();
    [[nodiscard]] bool has_room_for_suspects() const;
    [[nodiscard]] attempt_count under_way() const noexcept;
    [[nodiscard]] busy_subjects subjects_in_flight() const;
    [[nodiscard]] waiting_delivery resume(pending_delivery stored, instant at) const;
    void take_replay(pending_delivery replay, instant at);
    void record(const event_result& result, instant at);
    void record_failure(waiting_delivery delivery, const step_retry& again, delivery_news told);
    void record_dead(const std::string& why, delivery_news told);
    void record_history(const delivery_news& told, history_entry::kind what);
    void record_health(const attempt_result& result, instant at);
    [[nodiscard]] waiting_delivery end_flight(sequence number);
    [[nodiscard]] waiting_list* find_list(sequence number) noexcept;
    [[nodiscard]] const waiting_delivery* find_waiting(sequence number) const;
    void keep_waiting(waiting_delivery delivery);
    [[nodiscard]] bool has_results() const noexcept;
    [[nodiscard]] std::unordered_set<sequence> unsettled_numbers() const;
    void put_back(settlement sent);
    [[nodiscard]] double chance();

    const settings settings_;
    const std::size_t window_limit_;
    std::minstd_rand random_;

    bool stopping_ = false;
    bool paused_ = false;
    moment held_until_ = moment::max();
    std::size_t active_ = 0;        ///< attempts in flight
    std::size_t tried_active_ = 0;  ///< of these, at what had failed before
    bool fresh_next_ = false;       ///< whose turn it is
    std::uint64_t tries_ = 0;       ///< failed attempts, to tell which was earlier
    breaker breaker_;
    std::optional<token_bucket> rate_left_;

    sequence position_ = 0;  ///< everything up to here is delivered, waiting, a replay or dead
    sequence read_to_ = 0;
    sequence catch_up_to_ = 0;       ///< to be read before what waits is tried
    bool may_have_events_ = true;    ///< behind `read_to_`
    std::size_t careful_reads_ = 0;  ///< so many more events are read one by one
    sequence replays_read_to_ = 0;
    bool may_have_replays_ = true;  ///< behind `replays_read_to_`
    sequence replay_ahead_ = 0;     ///< the next of them lies in front of the position; 0: not so
    moment read_again_ = moment();  ///< no reading before: it failed
    event_window window_;
    waiting_list waiting_;
    waiting_list replays_;
    std::unordered_set<sequence> erased_;  ///< while they were in flight

    sequence told_to_ = 0;            ///< up to here an event's history may say that no route leads it here
    settlement results_;              ///< not stored yet
    std::optional<settlement> sent_;  ///< being stored
    bool settle_failed_ = false;
    moment settle_again_ = moment();
    std::vector<delivery_news> news_;
};

}  // namespace shopbell
