#pragma once

#include <shopbell/delivery/retry_policy.hpp>

#include <cstdint>
#include <optional>

namespace shopbell {

/// What the attempts of one delivery tell of it. In memory only: after a restart nothing is known.
struct trial {
    std::uint64_t latest = 0;   ///< counts the sink's attempts: the greater, the later; 0: not tried
    std::uint64_t stretch = 0;  ///< of the sink's failing (breaker::stretch) in which it failed last
    unsigned stretches = 0;     ///< in so many of them it failed

    /// It failed, the sink then took another event, and it failed again: the event is at fault, not the sink.
    [[nodiscard]] bool is_suspect() const noexcept { return stretches > 1; }
};

/// When something of a kind may be tried; nothing: not before an attempt has ended.
struct start_times {
    std::optional<moment> untried;  ///< not tried since the sink last worked
    std::optional<moment> tried;
};

/// How many attempts are under way, and may be.
struct attempt_count {
    std::size_t all = 0;
    std::size_t tried = 0;  ///< at what had failed before
    std::size_t limit = 1;
};

/// Keeps a broken sink from being hammered, without a verdict on events that were never tried. A plain value
/// that decides and does nothing.
///
/// After a run of failures it opens: what failed before is tried one at a time, each after a longer wait,
/// until a delivery succeeds. Events that were not tried since the sink last worked go on as if nothing were,
/// for their target may be well, and only those others at fault. Once a run of them failed too, they are
/// tried one at a time, but never with more than a short wait in between. Failures of events that are known
/// to be at fault themselves say nothing about the sink.
class breaker {
public:
    /// So many failed attempts in a row open it.
    static constexpr unsigned threshold = 5;
    /// The longest wait for a try of something new.
    static constexpr std::chrono::milliseconds longest_untried_wait{10'000};

    /// The sink took an event, or refused one: that is an answer, too.
    void succeed() noexcept;
    /// An attempt failed. `blame`: with an event that is not suspect. `is_news`: with one that was not tried
    /// since the sink last worked. `asked`: the receiver's own word on how long to wait. `chance` is a random
    /// number in [0, 1).
    struct failure_facts {
        bool blame = true;
        bool is_news = true;
        std::chrono::milliseconds asked{0};
    };
    void fail(failure_facts facts, moment now, const retry_policy& policy, double chance);
    /// A person says that the sink works now.
    void close() noexcept { succeed(); }

    [[nodiscard]] bool is_open() const noexcept { return failures_ >= threshold; }
    /// While open: when the next delivery may be tried.
    [[nodiscard]] moment next_probe() const noexcept;
    [[nodiscard]] start_times may_start(attempt_count now) const noexcept;

    /// The time between two successes, counted from 1.
    [[nodiscard]] std::uint64_t stretch() const noexcept { return stretch_; }
    [[nodiscard]] bool is_untried(const trial& tried) const noexcept { return tried.stretch != stretch_; }
    /// Takes note of a failed attempt; whether it is the first one of this stretch.
    bool note_failure(trial& tried) const noexcept;

private:
    [[nodiscard]] bool doubts_new_ones() const noexcept { return news_ >= threshold; }

    std::uint64_t stretch_ = 1;
    unsigned failures_ = 0;  ///< in a row
    unsigned news_ = 0;      ///< of these, with events not tried before in this stretch
    /// Waits of which each is drawn from a longer range than the one before.
    struct waits {
        void lengthen(moment now, const retry_policy& policy, double chance, std::chrono::milliseconds most,
                      std::chrono::milliseconds asked);
        unsigned count = 0;
        moment until;
    };
    waits tried_;
    waits untried_;
};

}  // namespace shopbell
