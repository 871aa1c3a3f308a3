#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/delivery/retry_policy.hpp>
#include <shopbell/sinks/sink.hpp>

#include <optional>

namespace shopbell {

/// Keeps a broken sink from being hammered: after a run of failures it is tried with one delivery at a time,
/// each after a longer wait, until one succeeds. A plain value that decides and does nothing.
class breaker {
public:
    /// So many failed attempts in a row, of whatever events, open it.
    static constexpr unsigned threshold = 5;

    /// Takes note of an attempt. A refusal (reject) is an answer: the sink works. `chance` is a random number
    /// in [0, 1).
    void record(const outcome& latest, time_point now, const retry_policy& policy, double chance);

    [[nodiscard]] bool is_open() const noexcept { return failures_ >= threshold; }
    /// While open: when the next delivery may be tried.
    [[nodiscard]] time_point next_probe() const noexcept { return next_probe_; }
    /// Since when; while open.
    [[nodiscard]] time_point opened_at() const noexcept { return opened_at_; }

private:
    unsigned failures_ = 0;
    time_point opened_at_;
    time_point next_probe_;
};

}  // namespace shopbell
