#include <shopbell/delivery/breaker.hpp>

#include <algorithm>

namespace shopbell {

void breaker::succeed() noexcept {
    ++stretch_;
    failures_ = 0;
    news_ = 0;
    tried_ = untried_ = {};
}

void breaker::fail(failure_facts facts, moment now, const retry_policy& policy, double chance) {
    if (!facts.blame && !is_open())
        return;
    ++failures_;
    if (facts.blame && facts.is_news)
        ++news_;
    const auto asked = asked_wait(facts.asked, policy);
    if (is_open())
        tried_.lengthen(now, policy, chance, policy.max, asked);
    if (doubts_new_ones())
        untried_.lengthen(now, policy, chance, longest_untried_wait, asked);
}

/// What was under way since before the last wait began tells nothing new.
void breaker::waits::lengthen(moment now, const retry_policy& policy, double chance,
                              std::chrono::milliseconds most, std::chrono::milliseconds asked) {
    if (now >= until)
        until = now + std::min(back_off(++count, policy, chance), most);
    until = std::max(until, now + asked);
}

moment breaker::next_probe() const noexcept {
    return doubts_new_ones() ? std::min(tried_.until, untried_.until) : tried_.until;
}

start_times breaker::may_start(attempt_count now) const noexcept {
    if (now.all >= now.limit)
        return {};
    if (!is_open())
        return {moment(), moment()};
    if (doubts_new_ones())
        return now.all > 0 ? start_times() : start_times{untried_.until, tried_.until};
    return {moment(), now.tried > 0 ? std::nullopt : std::optional(tried_.until)};
}

bool breaker::note_failure(trial& tried) const noexcept {
    const bool first = is_untried(tried);
    if (first)
        ++tried.stretches;
    tried.stretch = stretch_;
    return first;
}

}  // namespace shopbell
