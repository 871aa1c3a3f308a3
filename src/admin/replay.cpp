#include "answers.hpp"
#include "event_id.hpp"

#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>
#include <map>

namespace shopbell {

namespace {

using orders = std::map<std::string, std::vector<sequence>>;  ///< by sink

/// The sinks of `candidates` that the routes take the event to.
std::vector<std::string> routed(const operator_services& around, const std::vector<std::string>& candidates,
                                stored_event stored) {
    std::vector<std::string> possible;
    for (const auto& sink : candidates) {
        if (may_take(*around.routes, sink, stored.type, stored.endpoint))
            possible.push_back(sink);
    }
    if (possible.empty())
        return possible;
    const auto one = make_event(std::move(stored), *around.reading);
    std::erase_if(possible, [&](const auto& sink) { return !takes(*around.routes, sink, *one); });
    return possible;
}

asio::awaitable<result<std::size_t>> place(api_state& in, orders all) {
    std::size_t deliveries = 0;
    for (auto& [sink, numbers] : all) {
        change decision(replay_request{sink, std::move(numbers)});
        const auto placed = co_await apply(in, std::move(decision));
        if (!placed)
            co_return placed.error();
        deliveries += *placed;
    }
    wake_deliveries(in.around);
    co_return deliveries;
}

/// What a replay of many events has done so far.
struct replayed {
    std::size_t events = 0;
    std::size_t deliveries = 0;
};

http::response answer_of(const replayed& done, const std::optional<range_cursor>& next) {
    json_writer out;
    out.begin_object().key("events").integer(static_cast<long long>(done.events));
    out.key("deliveries").integer(static_cast<long long>(done.deliveries));
    if (next)
        out.field("next", next->to_string());
    out.end_object();
    return answer_with(out);
}

/// Replays one page and moves the cursor behind it; true where there is more to do.
asio::awaitable<result<bool>> replay_page(api_state& in, event_filter filter, std::vector<std::string> sinks,
                                          range_cursor& at, replayed& done) {
    auto part = co_await in.around.events.read(std::move(filter), at.after, page_size);
    if (!part)
        co_return part.error();
    orders all;
    std::size_t events = 0;
    for (auto& one : part->items) {
        const auto number = one.number;
        if (number > at.up_to)
            break;
        const auto to = routed(in.around, sinks, std::move(one));
        for (const auto& sink : to)
            all[sink].push_back(number);
        events += to.empty() ? 0U : 1U;
    }
    const auto placed = co_await place(in, std::move(all));
    if (!placed)
        co_return placed.error();
    done.events += events;
    done.deliveries += *placed;
    if (!part->next || *part->next >= at.up_to)
        co_return false;
    at.after = *part->next;
    co_return true;
}

bool has_filter(const parameters& query) {
    constexpr std::string_view filters[] = {"type", "endpoint", "subject", "since", "until"};
    return std::ranges::any_of(filters, [&](std::string_view name) { return query.has(name); });
}

/// Those a replay may concern: all that are configured, or the one that was named.
std::vector<std::string> chosen_sinks(const operator_services& around, const parameters& query) {
    if (query.has("sink"))
        return {std::string(query.value("sink"))};
    return configured_names(around);
}

}  // namespace

asio::awaitable<http::response> replay_event(api_state& in, api_call call) {
    const auto named = call.query.value("sink");
    if (!named.empty() && !is_configured(in.around, named))
        co_return unknown_sink(named, configured_names(in.around));
    auto found = co_await find_event(in, std::move(call.segments.front()));
    if (auto* const refused = std::get_if<http::response>(&found))
        co_return std::move(*refused);
    auto& stored = std::get<stored_event>(found);
    const auto number = stored.number;
    auto to = chosen_sinks(in.around, call.query);
    if (named.empty())
        to = routed(in.around, to, std::move(stored));
    orders all;
    for (const auto& sink : to)
        all[sink].push_back(number);
    const auto deliveries = co_await place(in, std::move(all));
    if (!deliveries)
        co_return failed(deliveries.error());

    json_writer out;
    out.begin_object().key("events").integer(1);
    out.key("deliveries").integer(static_cast<long long>(*deliveries)).key("sinks").begin_array();
    for (const auto& sink : to)
        out.string(sink);
    out.end_array().end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> replay_events(api_state& in, api_call call) {
    const auto filter = read_filter(call.query, now());
    if (!filter)
        co_return bad_request(filter.error().reason);
    if (!has_filter(call.query))
        co_return bad_request("say which events: type, endpoint, subject, since or until");
    const auto named = call.query.value("sink");
    if (!named.empty() && !is_configured(in.around, named))
        co_return unknown_sink(named, configured_names(in.around));

    std::optional<range_cursor> at;
    if (!call.query.has("cursor")) {
        const auto newest = co_await in.around.events.newest();
        if (!newest)
            co_return failed(newest.error());
        at.emplace().up_to = *newest;
    } else if (!(at = range_cursor::parse(call.query.value("cursor")))) {
        co_return bad_request("cursor: give what an earlier answer gave as next");
    }

    const work_time time;
    const auto sinks = chosen_sinks(in.around, call.query);
    replayed done;
    while (!time.is_over()) {
        auto asked = *filter;
        auto to = sinks;
        const auto more = co_await replay_page(in, std::move(asked), std::move(to), *at, done);
        if (!more && done.events == 0)
            co_return failed(more.error());
        if (!more)
            break;  // what is done is told; the caller meets the trouble when it goes on
        if (!*more)
            co_return answer_of(done, std::nullopt);
    }
    co_return answer_of(done, at);
}

}  // namespace shopbell
