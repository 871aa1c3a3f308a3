#include <shopbell/delivery/breaker.hpp>

#include <algorithm>

namespace shopbell {

void breaker::record(const outcome& latest, time_point now, const retry_policy& policy, double chance) {
    const auto* failed = std::get_if<retry>(&latest);
    if (failed == nullptr) {
        failures_ = 0;
        return;
    }
    if (++failures_ < threshold)
        return;
    if (failures_ == threshold)
        opened_at_ = now;
    const auto asked = asked_wait(failed->wait, policy);
    next_probe_ = now + std::max(asked, back_off(failures_ - threshold + 1, policy, chance));
}

}  // namespace shopbell
