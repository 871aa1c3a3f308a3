#include <shopbell/delivery/retry_policy.hpp>

#include <algorithm>
#include <cmath>

namespace shopbell {

moment steady_now() noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now());
}

std::chrono::milliseconds back_off(unsigned attempts, const retry_policy& policy, double chance) {
    // Doubled at most 62 times: then any `initial` has long passed any `max`.
    const int doublings = static_cast<int>(std::clamp(attempts, 1U, 63U)) - 1;
    const double bound = std::min(std::ldexp(static_cast<double>(policy.initial.count()), doublings),
                                  static_cast<double>(policy.max.count()));
    return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(bound * chance));
}

std::chrono::milliseconds asked_wait(const std::optional<std::chrono::milliseconds>& asked,
                                     const retry_policy& policy) noexcept {
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
    return std::min(asked.value_or(std::chrono::milliseconds(0)), std::max(policy.max, longest));
}

std::string given_up(unsigned attempts, const std::string& last_error) {
    return "given up after " + std::to_string(attempts) + (attempts == 1 ? " attempt" : " attempts") +
           "; the last: " + last_error;
}

next_action next_step(attempt_record record, const outcome& latest, const retry_policy& policy,
                      double chance) {
    if (std::holds_alternative<delivered>(latest))
        return step_delivered{};
    if (const auto* refused = std::get_if<reject>(&latest))
        return step_dead{refused->why};

    const auto& failed = std::get<retry>(latest);
    if (record.since_first >= policy.give_up_after)
        return step_dead{given_up(record.attempts, failed.why)};
    const auto asked = asked_wait(failed.wait, policy);
    return step_retry{std::max(asked, back_off(record.attempts, policy, chance)), failed.why};
}

}  // namespace shopbell
