#include "answers.hpp"
#include "event_id.hpp"

#include <algorithm>
#include <iterator>

namespace shopbell {

namespace {

using dead_cursor = archive::dead_cursor;

/// "NUMBER.SINK": a name may hold anything.
std::string to_string(const dead_cursor& at) {
    return std::to_string(at.second) + "." + at.first;
}

std::optional<dead_cursor> parse_cursor(std::string_view text) {
    const auto dot = text.find('.');
    const auto number = read_number(text.substr(0, dot));
    if (dot == std::string_view::npos || !number)
        return std::nullopt;
    return dead_cursor(text.substr(dot + 1), *number);
}

void write_dead_letter(json_writer& out, const dead_letter& one) {
    out.begin_object()
        .field("sink", one.sink)
        .field("id", one.about.id)
        .field("type", one.about.type)
        .field("endpoint", one.about.endpoint)
        .field("subject", one.about.subject)
        .field("time", to_rfc3339(one.about.accepted_at))
        .field("died_at", to_rfc3339(one.died_at));
    out.key("attempts").integer(one.attempts);
    out.field("error", one.last_error).end_object();
}

/// Nothing, or the refusal where no such sink is known.
asio::awaitable<std::optional<http::response>> check_sink(api_state& in, std::string name) {
    const auto known = co_await known_sinks(in);
    if (!known)
        co_return failed(known.error());
    if (std::ranges::find(*known, name) == known->end())
        co_return unknown_sink(name, *known);
    co_return std::nullopt;
}

/// Segments: the sink and, unless all of its dead letters are meant, an event's id.
asio::awaitable<http::response> decide(api_state& in, api_call call, dead_letter_decision::kind what) {
    dead_letter_decision decision;
    decision.sink = call.segments.front();
    decision.what = what;
    if (auto refused = co_await check_sink(in, decision.sink))
        co_return std::move(*refused);
    const bool of_one_event = call.segments.size() > 1;
    if (of_one_event) {
        auto id = call.segments[1];
        auto found = co_await find_event(in, std::move(id));
        if (auto* const refused = std::get_if<http::response>(&found))
            co_return std::move(*refused);
        decision.numbers.push_back(std::get<stored_event>(found).number);
    }
    const auto sink = decision.sink;
    change made(std::move(decision));
    const auto concerned = co_await apply(in, std::move(made));
    if (!concerned)
        co_return failed(concerned.error());
    if (of_one_event && *concerned == 0)
        co_return http::response::error(
            404, "sink \"" + sink + "\" has no dead letter of the event " + call.segments[1]);
    if (what == dead_letter_decision::kind::retry)
        wake_deliveries(in.around);
    json_writer out;
    out.begin_object().key("count").integer(static_cast<long long>(*concerned)).end_object();
    co_return answer_with(out);
}

}  // namespace

asio::awaitable<http::response> list_dead(api_state& in, api_call call) {
    const auto limit = read_limit(call.query);
    if (!limit)
        co_return bad_request(limit.error().reason);
    std::optional<dead_cursor> cursor;
    if (call.query.has("cursor") && !(cursor = parse_cursor(call.query.value("cursor"))))
        co_return bad_request("cursor: give what an earlier answer gave as next");
    const std::string sink(call.query.value("sink"));
    if (!sink.empty()) {
        if (auto refused = co_await check_sink(in, sink))
            co_return std::move(*refused);
    }

    const work_time time;
    std::vector<dead_letter> found;
    do {
        auto after = cursor;
        auto part = co_await in.around.events.dead_letters(sink, std::move(after), *limit - found.size());
        if (!part)
            co_return failed(part.error());
        std::ranges::move(part->items, std::back_inserter(found));
        cursor = std::move(part->next);
    } while (cursor && found.size() < *limit && !time.is_over());

    json_writer out;
    out.begin_object().key("dead").begin_array();
    for (const auto& one : found)
        write_dead_letter(out, one);
    out.end_array();
    if (cursor)
        out.field("next", to_string(*cursor));
    out.end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> retry_dead(api_state& in, api_call call) {
    return decide(in, std::move(call), dead_letter_decision::kind::retry);
}

asio::awaitable<http::response> drop_dead(api_state& in, api_call call) {
    return decide(in, std::move(call), dead_letter_decision::kind::drop);
}

}  // namespace shopbell
