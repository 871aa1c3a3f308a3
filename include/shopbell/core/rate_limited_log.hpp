#pragma once

#include <shopbell/core/log.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>
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

/// A log for lines that outsiders can cause again and again: writes as many of a kind as the allowance says
/// and counts the others, so that a flood leaves its number in the log instead of itself. Each kind has an
/// allowance of its own: a flood of one hides nothing of another. Remembers every kind it has met; callers
/// have few. Thread-safe.
class rate_limited_log {
public:
    using clock = std::chrono::steady_clock;

    struct suppressed {
        unsigned kind;
        std::uint64_t lines;
    };

    /// `lines` outlives the object.
    rate_limited_log(log& lines, line_allowance allowed) noexcept : lines_(lines), allowed_(allowed) {}

    /// Whether one more line of that kind is to be written. A line that is not is counted.
    [[nodiscard]] bool take(unsigned kind, clock::time_point now = clock::now());

    /// Writes a warning if its kind may have one more line, and in it how many were suppressed before
    /// ("not_logged_before").
    void warn(unsigned kind, std::string_view message, log_fields about) {
        write(log_level::warn, kind, message, std::move(about));
    }
    /// The same for an error.
    void error(unsigned kind, std::string_view message, log_fields about) {
        write(log_level::error, kind, message, std::move(about));
    }

    /// The kinds of which lines were suppressed since the last call, in ascending order.
    [[nodiscard]] std::vector<suppressed> collect();

private:
    struct account {
        clock::time_point used_up_to;  ///< each line written moves it on by `refill`, never past the present
        std::uint64_t suppressed = 0;
    };

    void write(log_level level, unsigned kind, std::string_view message, log_fields about);

    log& lines_;
    const line_allowance allowed_;
    std::mutex mutex_;
    std::map<unsigned, account> accounts_;  // guarded by mutex_
};

}  // namespace shopbell
