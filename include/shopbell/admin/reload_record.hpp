#pragma once

#include <shopbell/core/clock.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace shopbell {

/// What came of reading the configuration: at the start, and at each reload. Thread-safe.
class reload_record {
public:
    struct entry {
        std::uint64_t generation = 0;             ///< counts the readings
        time_point at;                            ///< when it was read
        bool in_force = true;                     ///< false: the one before stays
        std::vector<std::string> problems;        ///< FILE:LINE:COLUMN: what is wrong
        std::vector<std::string> restart_needed;  ///< keys whose old value stays until then
    };

    void add(entry latest) {
        const std::lock_guard guard(mutex_);
        latest.generation = latest_.generation + 1;
        if (latest.in_force)
            loaded_at_ = latest.at;
        latest_ = std::move(latest);
    }

    [[nodiscard]] entry latest() const {
        const std::lock_guard guard(mutex_);
        return latest_;
    }

    /// When that was read which is in force.
    [[nodiscard]] time_point loaded_at() const {
        const std::lock_guard guard(mutex_);
        return loaded_at_;
    }

private:
    mutable std::mutex mutex_;  // guards the two below
    entry latest_;
    time_point loaded_at_;
};

}  // namespace shopbell
