#include <shopbell/inbox/retention_clock.hpp>

#include <cstdlib>

namespace shopbell {

namespace {

using namespace std::chrono_literals;

constexpr auto long_gap = 24h;
constexpr auto tolerance = 1min;
constexpr auto distrust = 1h;

}  // namespace

retention_clock::retention_clock(const std::vector<time_point>& latest, time_point wall,
                                 steady::time_point now)
    : wall_(wall), seen_(now), trusted_from_(now) {
    auto previous = wall;
    // Backwards. What is dated in the future tells of a clock that was wrong, and is right again.
    for (auto one = latest.rbegin(); one != latest.rend(); ++one) {
        if (*one > wall)
            continue;
        if (previous - *one > long_gap)
            trusted_from_ = now + distrust;
        previous = *one;
    }
}

bool retention_clock::is_trusted(time_point wall, steady::time_point now) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - seen_);
    if (wall - wall_ - passed > tolerance)
        trusted_from_ = now + distrust;
    wall_ = wall;
    seen_ = now;
    return now >= trusted_from_;
}

}  // namespace shopbell
