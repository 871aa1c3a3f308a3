#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace shopbell {

/// How many lines of one kind an outsider may cause. A refused request costs its sender nothing, so whoever
/// wants to can make millions; the defaults let no more than 86,400 lines of a kind a day into the log, about
/// 30 MB, while every line of a mishap (a store with a wrong secret, a scan of a few dozen paths) is there.
struct line_allowance {
    unsigned burst = 100;                       ///< lines one after the other, once it has been quiet
    std::chrono::milliseconds refill{1'000};    ///< in which one more line comes to hand; above 0
    std::chrono::milliseconds summary{10'000};  ///< how often to say what is missing; above 0
};

/// Decides which lines of a kind are written and counts the others, so that a flood leaves its number in the
/// log instead of itself. Each kind has an allowance of its own: a flood of one hides nothing of another. It
/// remembers every kind it has met; callers have few. Thread-safe.
class line_budget {
public:
    using time_point = std::chrono::steady_clock::time_point;

    struct unwritten {
        unsigned kind;
        std::uint64_t lines;
    };

    explicit line_budget(line_allowance allowed) noexcept : allowed_(allowed) {}

    /// Whether one more line of that kind is to be written. A line that is not is counted.
    [[nodiscard]] bool take(unsigned kind, time_point now);

    /// The kinds of which lines are missing since the last call, in ascending order.
    [[nodiscard]] std::vector<unwritten> collect();

private:
    struct account {
        time_point used_up_to;  ///< each line written moves it on by `refill`; it never passes the present
        std::uint64_t unwritten = 0;
    };

    const line_allowance allowed_;
    std::mutex mutex_;
    std::map<unsigned, account> accounts_;  // guarded by mutex_
};

}  // namespace shopbell
