#include <shopbell/admin/metrics_page.hpp>

#include "operations.hpp"

#include <shopbell/admin/health.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

void add_stored(readings::sink& into, const sink_record& one, time_point present) {
    into.lag_events = one.lag;
    into.retrying = one.pending;
    into.dead = one.dead;
    if (one.waiting_since)
        into.lag = std::max(present - *one.waiting_since, std::chrono::milliseconds(0));
}

readings::sink read_status(const sink_status& one) {
    readings::sink seen;
    seen.name = one.name;
    seen.in_flight = one.in_flight;
    seen.paused = one.what == sink_status::state::paused;
    seen.probing = one.what == sink_status::state::probing;
    seen.held = one.what != sink_status::state::standby;
    if (one.rate)
        seen.rate_limit = per_second(*one.rate);
    return seen;
}

}  // namespace

asio::awaitable<http::response> metrics_page::answer(bool ready) const {
    const auto present = co_await read(ready);
    http::response page(200, parts_.counts.render(present));
    page.content_type = metrics_type;
    co_return page;
}

asio::awaitable<readings> metrics_page::read(bool ready) const {
    readings present;
    present.at = now();
    present.ready = ready;
    present.min_free_disk = parts_.min_free_disk;
    present.endpoints = parts_.endpoints.read(endpoint_watches::clock::now());
    present.code_pools = parts_.endpoints.read_codes();
    present.certificate_ends = parts_.endpoints.certificate_ends();
    present.dropped_log_lines = parts_.lines.dropped();
    const auto connections = parts_.receiving.connections();
    present.open_connections = connections.open;
    present.refused_connections = connections.refused;
    present.refused_client_connections = connections.refused_client;
    if (const auto extent = co_await parts_.stored.extent(); extent)
        present.stored = readings::inbox{extent->events, extent->bytes, extent->free_disk};
    present.sinks = co_await read_sinks(present.at);
    co_return present;
}

/// None where the inbox cannot be read: a lag of zero would be a lie.
asio::awaitable<std::vector<readings::sink>> metrics_page::read_sinks(time_point present) const {
    std::vector<readings::sink> all;
    const auto stored = co_await parts_.stored.sinks();
    if (!stored)
        co_return all;
    const auto live = co_await parts_.deliveries.status();
    for (const auto& one : live) {
        auto seen = read_status(one);
        if (const auto at = std::ranges::find(*stored, one.name, &sink_record::name); at != stored->end())
            add_stored(seen, *at, present);
        all.push_back(std::move(seen));
    }
    co_return all;
}

asio::awaitable<http::response> show_metrics(api_state& in, api_call) {
    const auto& around = in.around;
    if (around.numbers == nullptr || around.checks == nullptr)
        co_return http::response::error(404, http::error_text(404));
    co_return co_await around.numbers->answer(around.checks->is_ready());
}

}  // namespace shopbell
