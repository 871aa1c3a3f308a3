#include "answers.hpp"
#include "event_id.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>
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

/// What a replay of many events has done so far, or would do.
struct replayed {
    std::size_t events = 0;
    std::size_t deliveries = 0;
    std::map<std::string, std::size_t> per_sink;
};

http::response answer_of(const replayed& done, bool plan, const std::optional<range_cursor>& next) {
    json_writer out;
    out.begin_object().key("events").integer(static_cast<long long>(done.events));
    out.key("deliveries").integer(static_cast<long long>(done.deliveries));
    if (plan) {
        out.key("per_sink").begin_object();
        for (const auto& [sink, count] : done.per_sink)
            out.key(sink).integer(static_cast<long long>(count));
        out.end_object();
    }
    if (next)
        out.field("next", next->to_string());
    out.end_object();
    return answer_with(out);
}

/// Which events go where once more. A class with a constructor: it travels through coroutines.
class replay_order {
public:
    replay_order() {}
    event_filter filter;
    std::vector<std::string> sinks;
    bool plan = false;  ///< nothing is done
};

/// Counts what the order makes of these events, and carries it out unless it is a plan.
asio::awaitable<result<void>> replay_these(api_state& in, const replay_order& order,
                                           std::vector<stored_event> events, replayed& done) {
    orders all;
    std::size_t concerned = 0;
    for (auto& stored : events) {
        const auto number = stored.number;
        const auto to = routed(in.around, order.sinks, std::move(stored));
        for (const auto& sink : to)
            all[sink].push_back(number);
        concerned += to.empty() ? 0U : 1U;
    }
    for (const auto& [sink, numbers] : all)
        done.per_sink[sink] += numbers.size();
    if (order.plan) {
        for (const auto& [sink, numbers] : all)
            done.deliveries += numbers.size();
    } else {
        const auto placed = co_await place(in, std::move(all));
        if (!placed)
            co_return placed.error();
        done.deliveries += *placed;
    }
    done.events += concerned;
    co_return result<void>();
}

/// Replays one page and moves the cursor behind it; true where there is more to do.
asio::awaitable<result<bool>> replay_page(api_state& in, const replay_order& order, range_cursor& at,
                                          replayed& done) {
    auto filter = order.filter;
    auto part = co_await in.around.events.read(std::move(filter), at.after, page_size);
    if (!part)
        co_return part.error();
    std::erase_if(part->items, [&](const stored_event& stored) { return stored.number > at.up_to; });
    const auto replayed = co_await replay_these(in, order, std::move(part->items), done);
    if (!replayed)
        co_return replayed.error();
    if (!part->next || *part->next >= at.up_to)
        co_return false;
    at.after = *part->next;
    co_return true;
}

bool has_filter(const parameters& query) {
    constexpr std::string_view filters[] = {"type", "endpoint", "subject", "since", "until", "state"};
    return std::ranges::any_of(filters, [&](std::string_view name) { return query.has(name); });
}

/// {"ids":[...]}
result<std::vector<std::string>> read_ids(std::string_view body) {
    constexpr std::size_t most_ids = 1000;
    const auto document = json::document::parse(body);
    const auto* const list = document ? document->root().find("ids") : nullptr;
    if (list == nullptr || !list->is_array() || document->root().members().size() != 1)
        return malformed("the body takes ids, a list");
    std::vector<std::string> ids;
    for (const auto& id : list->elements()) {
        if (!id.is_string())
            return malformed("ids: they are texts");
        ids.emplace_back(id.text());
    }
    if (ids.empty() || ids.size() > most_ids)
        return malformed("ids: give from 1 to 1000 of them");
    return ids;
}

/// Those that are there; what is gone is passed over.
asio::awaitable<http::response> replay_ids(api_state& in, replay_order order, std::vector<std::string> ids) {
    std::vector<stored_event> events;
    for (auto& id : ids) {
        auto found = co_await in.around.events.find(to_lower(id));
        if (!found)
            co_return failed(found.error());
        if (*found)
            events.push_back(*std::move(*found));
    }
    replayed done;
    const auto outcome = co_await replay_these(in, order, std::move(events), done);
    if (!outcome)
        co_return failed(outcome.error());
    co_return answer_of(done, order.plan, std::nullopt);
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
    auto filter = read_filter(call.query, now());
    if (!filter)
        co_return bad_request(filter.error().reason);
    const auto plan = read_switch(call.query, "plan");
    if (!plan)
        co_return bad_request(plan.error().reason);
    const std::string named(call.query.value("sink"));
    if (!named.empty() && !is_configured(in.around, named))
        co_return unknown_sink(named, configured_names(in.around));
    replay_order order;
    order.filter = *std::move(filter);
    order.filter.sink = named;
    order.sinks = chosen_sinks(in.around, call.query);
    order.plan = *plan;
    if (!trim(call.request.body).empty()) {
        if (has_filter(call.query) || call.query.has("cursor"))
            co_return bad_request("give ids in the body or a filter, not both");
        auto ids = read_ids(call.request.body);
        if (!ids)
            co_return bad_request(ids.error().reason);
        co_return co_await replay_ids(in, std::move(order), *std::move(ids));
    }
    if (!has_filter(call.query))
        co_return bad_request("say which events: type, endpoint, subject, state, since or until");

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
    replayed done;
    while (!time.is_over()) {
        const auto more = co_await replay_page(in, order, *at, done);
        if (!more && done.events == 0)
            co_return failed(more.error());
        if (!more)
            break;  // what is done is told; the caller meets the trouble when it goes on
        if (!*more)
            co_return answer_of(done, order.plan, std::nullopt);
    }
    co_return answer_of(done, order.plan, at);
}

}  // namespace shopbell
