#pragma once

#include <shopbell/core/clock.hpp>

#include <chrono>
#include <vector>

namespace shopbell {

/// Whether the wall clock can be trusted with what it would remove. A clock that leaps forward (a battery, a
/// virtual machine that wakes up, a mistake) makes everything look old, and what was removed stays so: for an
/// hour after a leap nothing is removed by age. Time is a parameter: no I/O, no thread.
class retention_clock {
public:
    using steady = std::chrono::steady_clock;

    /// When the latest events were accepted, in their order. A gap of a day before one of them, or behind the
    /// last, is a quiet shop or a leap before our time: an hour tells.
    retention_clock(const std::vector<time_point>& latest, time_point wall, steady::time_point now);

    [[nodiscard]] bool is_trusted(time_point wall, steady::time_point now);

private:
    time_point wall_;
    steady::time_point seen_;
    steady::time_point trusted_from_;
};

}  // namespace shopbell
