#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace shopbell {

/// How often something took how long, since the start: one count for each upper bound, and one for what took
/// longer than all of them.
struct counted_durations {
    std::span<const double> bounds;  ///< in seconds, ascending
    std::vector<std::uint64_t> counts;
};

/// What one endpoint counted since the start.
struct counted_requests {
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t refused = 0;
    counted_durations answers;
};

/// What one sink counted since the start.
struct counted_deliveries {
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::uint64_t died = 0;
    counted_durations attempts;
};

}  // namespace shopbell
