#include "sink_report.hpp"

#include "answers.hpp"

#include <shopbell/config/reader.hpp>

#include <algorithm>
#include <cmath>

namespace shopbell {

namespace {

template <class Item>
std::optional<Item> find_named(const std::vector<Item>& all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &Item::name);
    return found == all.end() ? std::nullopt : std::optional<Item>(*found);
}

std::vector<std::string> routes_to(const routes& all, std::string_view sink) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (std::ranges::find(all[i].sinks, sink) != all[i].sinks.end())
            names.push_back(all[i].name.empty() ? "route " + std::to_string(i + 1) : all[i].name);
    }
    return names;
}

/// How long what is behind takes at the pace of the last five minutes; nothing where nothing moved.
std::optional<std::chrono::seconds> time_to_catch_up(const sink_view& sink,
                                                     const series_recorder::record& past,
                                                     time_point present) {
    constexpr std::chrono::minutes looked_at{5};
    const auto line = past.sinks.find(sink.settings.name);
    if (!sink.stored || sink.stored->lag == 0 || line == past.sinks.end() || line->second.empty())
        return std::nullopt;
    const auto before = line->second.at(present - looked_at);
    const auto& latest = line->second.latest();
    if (!before || latest.at <= before->at)
        return std::nullopt;
    const auto done = latest.counts.front() - before->counts.front();
    if (done == 0)
        return std::nullopt;
    const std::chrono::duration<double> took = latest.at - before->at;
    return std::chrono::ceil<std::chrono::seconds>(took * static_cast<double>(sink.stored->lag) / done);
}

void write_number(json_writer& out, std::string_view name, std::uint64_t number) {
    out.key(name).integer(static_cast<long long>(number));
}

void write_stored(json_writer& out, const sink_record& stored, time_point present) {
    const auto waited = stored.waiting_since
                            ? std::max(present - *stored.waiting_since, std::chrono::milliseconds(0))
                            : std::chrono::milliseconds(0);
    out.key("lag").begin_object();
    write_number(out, "events", stored.lag);
    out.key("seconds").integer(std::chrono::floor<std::chrono::seconds>(waited).count()).end_object();
    write_number(out, "pending", stored.pending);
    write_number(out, "queued", stored.queued);
    write_number(out, "dead", stored.dead);
    if (stored.waiting_since && !stored.oldest_waiting.empty())
        out.key("oldest_waiting")
            .begin_object()
            .field("id", stored.oldest_waiting)
            .field("time", to_rfc3339(*stored.waiting_since))
            .end_object();
}

void write_live(json_writer& out, const sink_status& live) {
    write_number(out, "in_flight", live.in_flight);
    write_number(out, "delivered", live.delivered);
    write_number(out, "failed", live.failed);
    if (live.rate)
        out.field("rate", to_text(*live.rate));
    if (!live.last_error.empty())
        out.field("last_error", live.last_error);
    if (live.last_error_at)
        out.field("last_error_at", to_rfc3339(*live.last_error_at));
    if (live.next_probe)
        out.field("next_probe", to_rfc3339(*live.next_probe));
    if (live.next_attempt)
        out.field("next_attempt", to_rfc3339(*live.next_attempt));
}

/// The daemon's own counts begin anew with it; the inbox remembers.
std::optional<time_point> last_delivery(const sink_view& sink) {
    const auto seen = sink.live ? sink.live->last_delivered_at : std::nullopt;
    const auto stored = sink.stored ? sink.stored->delivered_at : std::nullopt;
    return std::max(seen, stored);
}

void write_settings(json_writer& out, const sink_view& sink) {
    if (!sink.settings.address.empty())
        out.field("target", sink.settings.address);
    out.key("routes").begin_array();
    for (const auto& name : sink.routes)
        out.string(name);
    out.end_array().key("retry").begin_object();
    out.field("initial", config::to_text(sink.settings.retry.initial))
        .field("max", config::to_text(sink.settings.retry.max))
        .field("give_up_after", config::to_text(sink.settings.retry.give_up_after))
        .end_object();
    out.key("ordered").boolean(sink.settings.ordered);
}

}  // namespace

std::string_view state_of(const sink_view& sink) {
    using state = sink_status::state;
    if (!sink.configured)
        return "not configured";
    if ((sink.live && sink.live->what == state::paused) || (sink.stored && sink.stored->paused))
        return "paused";
    if (!sink.live)
        return "stopped";
    if (sink.live->what == state::standby)
        return "standby";
    return sink.live->what == state::probing ? "probing" : "running";
}

asio::awaitable<result<std::vector<sink_view>>> view_sinks(api_state& in) {
    const auto& around = in.around;
    const auto stored = co_await around.events.sinks();
    if (!stored)
        co_return stored.error();
    std::vector<sink_status> live;
    if (around.deliveries != nullptr)
        live = co_await around.deliveries->status();
    series_recorder::record past;
    if (around.counted != nullptr)
        past = around.counted->read();

    std::vector<sink_view> all;
    for (const auto& settings : around.sinks) {
        sink_view sink;
        sink.settings = settings;
        sink.configured = true;
        sink.routes = routes_to(*around.routes, settings.name);
        sink.stored = find_named(*stored, settings.name);
        sink.live = find_named(live, settings.name);
        sink.caught_up_in = time_to_catch_up(sink, past, now());
        all.push_back(std::move(sink));
    }
    for (const auto& record : *stored) {
        if (is_configured(around, record.name))
            continue;
        sink_view sink;
        sink.settings.name = record.name;
        sink.stored = record;
        all.push_back(std::move(sink));
    }
    co_return all;
}

asio::awaitable<std::shared_ptr<const std::vector<sink_view>>> view_sinks_lately(api_state& in) {
    constexpr std::chrono::milliseconds fresh{900};
    {
        const std::lock_guard guard(in.sinks_mutex);
        if (in.sinks != nullptr && std::chrono::steady_clock::now() - in.sinks_at < fresh)
            co_return in.sinks;
    }
    auto sinks = co_await view_sinks(in);
    if (!sinks)
        co_return nullptr;
    auto seen = std::make_shared<const std::vector<sink_view>>(*std::move(sinks));
    const std::lock_guard guard(in.sinks_mutex);
    in.sinks = seen;
    in.sinks_at = std::chrono::steady_clock::now();
    co_return seen;
}

void write_sink(json_writer& out, const sink_view& sink, time_point present) {
    out.begin_object()
        .field("name", sink.settings.name)
        .field("type", sink.settings.type)
        .field("state", state_of(sink));
    if (sink.stored && !sink.stored->held_by.empty())
        out.field("held_by", sink.stored->held_by);
    if (sink.configured)
        write_settings(out, sink);
    write_stored(out, sink.stored.value_or(sink_record()), present);
    if (sink.live)
        write_live(out, *sink.live);
    if (const auto at = last_delivery(sink))
        out.field("last_delivered_at", to_rfc3339(*at));
    if (sink.stored && sink.stored->paused_at)
        out.field("paused_at", to_rfc3339(*sink.stored->paused_at));
    if (sink.caught_up_in)
        out.key("eta_s").integer(sink.caught_up_in->count());
    out.end_object();
}

}  // namespace shopbell
