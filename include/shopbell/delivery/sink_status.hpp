#pragma once

#include <shopbell/core/clock.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace shopbell {

/// What a sink does now, for people.
struct sink_status {
    enum class state : unsigned char {
        running,
        probing,  ///< it failed again and again and is tried with one delivery at a time
        paused,
    };
    std::string name;
    std::string type;
    state what = state::running;
    std::size_t in_flight = 0;  ///< attempts
    // Since the start of the daemon.
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::uint64_t dead = 0;
    std::string last_error;  ///< empty: none since the start
    std::optional<time_point> last_error_at;
    std::optional<time_point> next_probe;  ///< while probing
};

}  // namespace shopbell
