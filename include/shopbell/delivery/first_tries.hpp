#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace shopbell {

/// A delivery that a sink took at its first attempt. The inbox keeps nothing of it but the sink's position.
struct first_try {
    sequence number = 0;
    std::string sink;
    time_point at;
    std::chrono::milliseconds took{0};
    unsigned status = 0;  ///< of an HTTP answer; 0: there was none
};

/// The latest of them over all sinks, for people who look at an event soon after. Thread-safe.
class first_tries {
public:
    static constexpr std::size_t most = 10'000;

    void add(first_try latest) {
        const std::lock_guard guard(mutex_);
        if (all_.size() == most)
            all_.pop_front();
        all_.push_back(std::move(latest));
    }

    /// Of that event, those that are kept.
    [[nodiscard]] std::vector<first_try> of_event(sequence number) const {
        const std::lock_guard guard(mutex_);
        std::vector<first_try> found;
        for (const auto& kept : all_) {
            if (kept.number == number)
                found.push_back(kept);
        }
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::deque<first_try> all_;
};

}  // namespace shopbell
