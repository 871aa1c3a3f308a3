#include <shopbell/delivery/route_change.hpp>

#include <shopbell/core/async.hpp>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::size_t page_size = 200;

/// Counts what the edit takes away from one sink, of the events behind `position`.
asio::awaitable<result<route_loss>> count_losses(archive& stored, const routes& before, const routes& after,
                                                 std::string sink, sequence position,
                                                 std::chrono::steady_clock::time_point deadline,
                                                 std::shared_ptr<const delivery_reading> reading) {
    route_loss loss;
    loss.sink = std::move(sink);
    event_cache cache(std::move(reading));
    for (auto at = position;;) {
        event_filter any;
        auto part = co_await stored.read(std::move(any), at, page_size);
        if (!part)
            co_return part.error();
        for (auto& item : part->items)
            loss.events += takes_away(before, after, loss.sink, std::move(item), cache) ? 1U : 0U;
        if (!part->next)
            co_return loss;
        at = *part->next;
        loss.at_least = std::chrono::steady_clock::now() >= deadline;
        if (loss.at_least)
            co_return loss;
    }
}

}  // namespace

bool takes_away(const routes& before, const routes& after, std::string_view sink, stored_event stored,
                event_cache& cache) {
    const auto fit_before = fit_of(before, sink, stored.type, stored.endpoint);
    const auto fit_after = fit_of(after, sink, stored.type, stored.endpoint);
    if (fit_before == route_fit::none || fit_after == route_fit::certain)
        return false;
    if (fit_before == route_fit::certain && fit_after == route_fit::none)
        return true;
    const auto content = cache.get(std::move(stored));
    return takes(before, sink, *content) && !takes(after, sink, *content);
}

asio::awaitable<result<std::vector<route_loss>>> preview_losses(
    archive& stored, std::shared_ptr<const routes> before, std::shared_ptr<const routes> after,
    std::vector<std::string> sinks, std::chrono::steady_clock::time_point deadline,
    std::shared_ptr<const delivery_reading> reading) {
    std::vector<route_loss> losses;
    const auto known = co_await stored.sinks();
    if (!known)
        co_return known.error();
    for (const auto& record : *known) {
        const bool asked = std::ranges::find(sinks, record.name) != sinks.end();
        if (!asked || lead_alike(*before, *after, record.name))
            continue;
        auto loss =
            co_await count_losses(stored, *before, *after, record.name, record.position, deadline, reading);
        if (!loss)
            co_return loss.error();
        if (loss->events > 0 || loss->at_least)
            losses.push_back(*std::move(loss));
    }
    co_return losses;
}

}  // namespace shopbell
