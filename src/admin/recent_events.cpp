#include "recent_events.hpp"

#include "delivery_report.hpp"

namespace shopbell {

namespace {

/// Streams look once a second: the first of them asks, the others get its answer.
constexpr std::chrono::milliseconds fresh_for{900};

}  // namespace

std::vector<sequence> recent_events::unknown(sequence after, sequence up_to) {
    const std::lock_guard guard(mutex_);
    std::vector<sequence> numbers;
    for (auto number = after + 1; number <= up_to; ++number) {
        if (!known_.contains(number))
            numbers.push_back(number);
    }
    return numbers;
}

void recent_events::keep(const std::vector<sequence>& asked, std::vector<event_brief> found) {
    const std::lock_guard guard(mutex_);
    const auto present = clock::now();
    for (auto& brief : found) {
        const auto number = brief.summary.number;
        known_.try_emplace(number, entry{std::move(brief), present});
    }
    for (const auto number : asked)
        known_.try_emplace(number, entry{std::nullopt, present});
}

asio::awaitable<result<std::vector<event_brief>>> recent_events::read(api_state& in, sequence after,
                                                                      sequence up_to) {
    auto missing = unknown(after, up_to);
    if (!missing.empty()) {
        auto numbers = missing;
        auto found = co_await read_briefs(in, std::move(numbers));
        if (!found)
            co_return found.error();
        keep(missing, *std::move(found));
    }
    std::vector<event_brief> all;
    const std::lock_guard guard(mutex_);
    for (auto at = known_.upper_bound(after); at != known_.end() && at->first <= up_to; ++at) {
        if (at->second.brief)
            all.push_back(*at->second.brief);
    }
    while (known_.size() > most)
        known_.erase(known_.begin());
    co_return all;
}

asio::awaitable<result<std::vector<delivery_state>>> recent_events::deliveries(api_state& in,
                                                                               sequence number) {
    {
        const std::lock_guard guard(mutex_);
        const auto known = known_.find(number);
        if (known != known_.end() && known->second.brief &&
            clock::now() - known->second.looked_at < fresh_for)
            co_return known->second.brief->deliveries;
    }
    auto states = co_await in.around.events.deliveries(number);
    if (!states)
        co_return states.error();
    const std::lock_guard guard(mutex_);
    const auto known = known_.find(number);
    if (known != known_.end() && known->second.brief) {
        known->second.brief->deliveries = *states;
        known->second.brief->summary.state = overall_state(*states);
        known->second.looked_at = clock::now();
    }
    co_return states;
}

}  // namespace shopbell
