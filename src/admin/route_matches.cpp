#include "route_matches.hpp"

#include "operations.hpp"

#include <shopbell/delivery/event_cache.hpp>

namespace shopbell {

namespace {

constexpr std::chrono::hours looked_at{24};

}  // namespace

route_matches::route_matches(std::shared_ptr<const routes> all,
                             std::shared_ptr<const delivery_reading> reading)
    : reading_(std::move(reading)) {
    for (const auto& route : *all)
        each_.push_back({route});
}

/// The content of an event is read only where a condition asks for it.
void route_matches::add(tally& into, stored_event stored) const {
    auto& counts = into.by_minute[std::chrono::floor<std::chrono::minutes>(stored.accepted_at)];
    counts.resize(each_.size());
    std::vector<std::size_t> conditional;
    for (std::size_t i = 0; i < each_.size(); ++i) {
        const auto fit = fit_of(each_[i], stored.type, stored.endpoint);
        if (fit == route_fit::certain)
            ++counts[i];
        else if (fit == route_fit::conditional)
            conditional.push_back(i);
    }
    if (conditional.empty())
        return;
    const auto content = make_event(std::move(stored), *reading_);
    for (const auto i : conditional)
        counts[i] += takes(each_[i], *content) ? 1U : 0U;
}

std::vector<std::uint64_t> route_matches::sum(const tally& of) const {
    std::vector<std::uint64_t> all(each_.size());
    for (const auto& [at, counts] : of.by_minute) {
        for (std::size_t i = 0; i < counts.size(); ++i)
            all[i] += counts[i];
    }
    return all;
}

boost::asio::awaitable<result<std::optional<std::vector<std::uint64_t>>>> route_matches::count(
    archive& stored, time_point present) {
    const auto since = present - looked_at;
    std::vector<time_point> bounds(1, since);
    const auto before = co_await stored.numbers_before(std::move(bounds));
    if (!before)
        co_return before.error();
    tally known;
    {
        const std::lock_guard guard(mutex_);
        known = tally_;
    }
    known.by_minute.erase(known.by_minute.begin(),
                          known.by_minute.lower_bound(std::chrono::floor<std::chrono::minutes>(since)));
    known.counted_to = std::max(known.counted_to, before->front());
    const work_time time;
    bool complete = false;
    do {
        event_filter any;
        auto part = co_await stored.read(std::move(any), known.counted_to, page_size);
        if (!part)
            co_return part.error();
        complete = !part->next;
        for (auto& event : part->items) {
            known.counted_to = event.number;
            add(known, std::move(event));
        }
        if (part->next)
            known.counted_to = std::max(known.counted_to, *part->next);
    } while (!complete && !time.is_over());
    auto counts = sum(known);
    const std::lock_guard guard(mutex_);
    if (known.counted_to >= tally_.counted_to)
        tally_ = std::move(known);
    if (!complete)
        co_return std::optional<std::vector<std::uint64_t>>();
    co_return std::optional(std::move(counts));
}

}  // namespace shopbell
