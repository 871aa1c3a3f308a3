#include "answers.hpp"

#include <algorithm>
#include <chrono>

namespace shopbell {

namespace {

/// One sink from both sides: what the inbox holds for it, and what the daemon does with it.
struct sink_view {
    std::string name;
    std::string type;
    bool configured = false;
    std::optional<sink_record> stored;
    std::optional<sink_status> live;
};

template <class Item>
std::optional<Item> find_named(const std::vector<Item>& all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &Item::name);
    return found == all.end() ? std::nullopt : std::optional<Item>(*found);
}

std::vector<sink_view> join(const operator_services& around, const std::vector<sink_record>& stored,
                            const std::vector<sink_status>& live) {
    std::vector<sink_view> all;
    for (const auto& one : around.sinks)
        all.push_back({one.name, one.type, true, find_named(stored, one.name), find_named(live, one.name)});
    for (const auto& one : stored) {
        if (!is_configured(around, one.name))
            all.push_back({one.name, "", false, one, std::nullopt});
    }
    return all;
}

std::string_view state_of(const sink_view& one) {
    using state = sink_status::state;
    if (!one.configured)
        return "not configured";
    if ((one.live && one.live->what == state::paused) || (one.stored && one.stored->paused))
        return "paused";
    if (!one.live)
        return "stopped";
    return one.live->what == state::probing ? "probing" : "running";
}

void write_number(json_writer& out, std::string_view name, std::uint64_t number) {
    out.key(name).integer(static_cast<long long>(number));
}

void write_stored(json_writer& out, const sink_record& one, time_point present) {
    const auto waited = one.waiting_since
                            ? std::max(present - *one.waiting_since, std::chrono::milliseconds(0))
                            : std::chrono::milliseconds(0);
    out.key("lag").begin_object();
    write_number(out, "events", one.lag);
    out.key("seconds").integer(std::chrono::floor<std::chrono::seconds>(waited).count()).end_object();
    write_number(out, "pending", one.pending);
    write_number(out, "queued", one.queued);
    write_number(out, "dead", one.dead);
}

void write_live(json_writer& out, const sink_status& one) {
    write_number(out, "in_flight", one.in_flight);
    write_number(out, "delivered", one.delivered);
    write_number(out, "failed", one.failed);
    if (!one.last_error.empty())
        out.field("last_error", one.last_error);
    if (one.last_error_at)
        out.field("last_error_at", to_rfc3339(*one.last_error_at));
    if (one.next_probe)
        out.field("next_probe", to_rfc3339(*one.next_probe));
}

void write_sink(json_writer& out, const sink_view& one, time_point present) {
    out.begin_object().field("name", one.name).field("type", one.type).field("state", state_of(one));
    write_stored(out, one.stored.value_or(sink_record()), present);
    if (one.live)
        write_live(out, *one.live);
    out.end_object();
}

asio::awaitable<http::response> set_paused(api_state& in, api_call call, bool paused) {
    const auto& name = call.segments.front();
    if (!is_configured(in.around, name))
        co_return unknown_sink(name, configured_names(in.around));
    change decision(pause_request{name, paused});
    const auto stored = co_await apply(in, std::move(decision));
    if (!stored)
        co_return failed(stored.error());
    if (in.around.deliveries != nullptr)
        co_await in.around.deliveries->pause(name, paused);
    json_writer out;
    out.begin_object().field("name", name).key("paused").boolean(paused).end_object();
    co_return answer_with(out);
}

}  // namespace

asio::awaitable<http::response> list_sinks(api_state& in, api_call) {
    const auto stored = co_await in.around.events.sinks();
    if (!stored)
        co_return failed(stored.error());
    std::vector<sink_status> live;
    if (in.around.deliveries != nullptr)
        live = co_await in.around.deliveries->status();
    json_writer out;
    out.begin_object().key("sinks").begin_array();
    const auto present = now();
    for (const auto& one : join(in.around, *stored, live))
        write_sink(out, one, present);
    out.end_array().end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> pause_sink(api_state& in, api_call call) {
    return set_paused(in, std::move(call), true);
}

asio::awaitable<http::response> resume_sink(api_state& in, api_call call) {
    return set_paused(in, std::move(call), false);
}

asio::awaitable<http::response> forget_sink(api_state& in, api_call call) {
    const auto& name = call.segments.front();
    if (is_configured(in.around, name))
        co_return http::response::error(
            409, "sink \"" + name + "\" is configured: remove it from the configuration first");
    const auto known = co_await known_sinks(in);
    if (!known)
        co_return failed(known.error());
    if (std::ranges::find(*known, name) == known->end())
        co_return unknown_sink(name, *known);
    change decision(sink_removal{name});
    const auto removed = co_await apply(in, std::move(decision));
    if (!removed)
        co_return failed(removed.error());
    json_writer out;
    out.begin_object().field("name", name).key("forgotten").boolean(true).end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
