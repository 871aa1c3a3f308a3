#include "answers.hpp"
#include "delivery_report.hpp"
#include "event_id.hpp"

#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/providers/registry.hpp>

#include <algorithm>
#include <iterator>

namespace shopbell {

namespace {

/// pending and dead weigh more than delivered, as in lists.
std::string_view overall(const std::vector<delivery_state>& all) {
    using kind = delivery_state::kind;
    auto state = event_state::delivered;
    for (const auto& one : all) {
        if (one.what == kind::dead)
            return to_string(event_state::dead);
        if (one.what != kind::passed)
            state = event_state::pending;
    }
    return to_string(state);
}

void write_headers(json_writer& out, const headers& fields) {
    out.key("headers").begin_array();
    for (const auto& one : fields)
        out.begin_object().field("name", one.name).field("value", one.value).end_object();
    out.end_array();
}

}  // namespace

asio::awaitable<http::response> list_events(api_state& in, api_call call) {
    const auto filter = read_filter(call.query, now());
    if (!filter)
        co_return bad_request(filter.error().reason);
    const auto limit = read_limit(call.query);
    if (!limit)
        co_return bad_request(limit.error().reason);
    std::optional<sequence> cursor;
    if (call.query.has("cursor") && !(cursor = read_number(call.query.value("cursor"))))
        co_return bad_request("cursor: give what an earlier answer gave as next");

    const work_time time;
    std::vector<event_summary> found;
    do {
        auto asked = *filter;
        auto part = co_await in.around.events.list(std::move(asked), cursor, *limit - found.size());
        if (!part)
            co_return failed(part.error());
        std::ranges::move(part->items, std::back_inserter(found));
        cursor = part->next;
    } while (cursor && found.size() < *limit && !time.is_over());

    json_writer out;
    out.begin_object().key("events").begin_array();
    for (const auto& one : found)
        write_summary(out, one);
    out.end_array();
    if (cursor)
        out.field("next", std::to_string(*cursor));
    out.end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> show_event(api_state& in, api_call call) {
    auto found = co_await find_event(in, std::move(call.segments.front()));
    if (auto* const refused = std::get_if<http::response>(&found))
        co_return std::move(*refused);
    auto& stored = std::get<stored_event>(found);
    const auto states = co_await in.around.events.deliveries(stored.number);
    if (!states)
        co_return failed(states.error());

    const auto one = make_event(std::move(stored), *in.around.reading);
    json_writer out;
    out.begin_object().field("id", one->id).field("state", overall(*states));
    out.key("event").raw(one->document);
    write_headers(out, one->original_headers);
    out.key("bytes").integer(static_cast<long long>(one->original_body.size())).key("deliveries");
    write_deliveries(out, *states, *one, in.around);
    out.end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> show_original(api_state& in, api_call call) {
    auto found = co_await find_event(in, std::move(call.segments.front()));
    if (auto* const refused = std::get_if<http::response>(&found))
        co_return std::move(*refused);
    auto& one = std::get<stored_event>(found);
    auto shown = in.around.reading->blank(one.endpoint, one.provider, {one.type, one.fields, one.body});
    http::response original(200, std::move(shown));
    const auto type = value_of(one.fields, "Content-Type");
    original.content_type = type.empty() ? "application/octet-stream" : type;
    // The bytes are a stranger's: no browser may take them for a page of ours.
    original.fields.push_back(header{"X-Content-Type-Options", "nosniff"});
    original.fields.push_back(header{"Content-Disposition", "attachment"});
    co_return original;
}

}  // namespace shopbell
