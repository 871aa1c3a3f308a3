#include "answers.hpp"
#include "event_brief.hpp"
#include "masking.hpp"
#include "sink_report.hpp"

#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>
#include <map>

namespace shopbell {

namespace {

using titles = std::map<sequence, std::string>;

/// The titles of what waits. Hides in `part` what is personal where `mask` says so.
asio::awaitable<result<titles>> read_titles(api_state& in, page<waiting_record>& part, bool mask) {
    std::vector<sequence> numbers;
    for (const auto& waiting : part.items)
        numbers.push_back(waiting.about.number);
    auto reports = co_await in.around.events.report(std::move(numbers));
    if (!reports)
        co_return reports.error();
    titles all;
    for (auto& report : *reports) {
        const auto number = report.stored.number;
        const auto content = make_event(std::move(report.stored), *in.around.reading);
        all.emplace(number, title_of(*content));
        for (auto& waiting : part.items) {
            if (!mask || waiting.about.number != number)
                continue;
            (void)mask_summary(waiting.about);
            waiting.last_error = personal_data(*content).mask_text(waiting.last_error).text;
        }
    }
    co_return all;
}

void write_waiting(json_writer& out, const waiting_record& waiting, const std::string& title) {
    out.begin_object()
        .field("id", waiting.about.id)
        .field("title", title)
        .field("type", waiting.about.type)
        .field("subject", waiting.about.subject)
        .field("time", to_rfc3339(waiting.about.accepted_at))
        .field("state", waiting.queued ? "queued" : "pending")
        .key("attempts")
        .integer(waiting.attempts);
    if (waiting.next_attempt)
        out.field("next_attempt", to_rfc3339(*waiting.next_attempt));
    if (waiting.held_by)
        out.field("held_by", *waiting.held_by);
    if (!waiting.last_error.empty())
        out.field("error", waiting.last_error);
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
    const auto sinks = co_await view_sinks(in);
    if (!sinks)
        co_return failed(sinks.error());
    json_writer out;
    const auto present = now();
    out.begin_object().field("now", to_rfc3339(present)).key("sinks").begin_array();
    for (const auto& sink : *sinks)
        write_sink(out, sink, present);
    out.end_array().end_object();
    co_return answer_with(out);
}

/// What waits at one sink, oldest first.
asio::awaitable<http::response> list_waiting(api_state& in, api_call call) {
    const std::string sink = call.segments.front();
    const auto known = co_await known_sinks(in);
    if (!known)
        co_return failed(known.error());
    if (std::ranges::find(*known, sink) == known->end())
        co_return unknown_sink(sink, *known);
    const auto limit = read_limit(call.query);
    if (!limit)
        co_return bad_request(limit.error().reason);
    std::optional<sequence> cursor;
    if (call.query.has("cursor") && !(cursor = read_number(call.query.value("cursor"))))
        co_return bad_request("cursor: give what an earlier answer gave as next");
    const auto present = now();
    auto found = co_await in.around.events.waiting(sink, cursor.value_or(0), *limit);
    if (!found)
        co_return failed(found.error());
    const auto titles = co_await read_titles(in, *found, !call.caller.may_change);
    if (!titles)
        co_return failed(titles.error());

    json_writer out;
    out.begin_object().field("now", to_rfc3339(present)).key("waiting").begin_array();
    for (const auto& waiting : found->items) {
        const auto title = titles->find(waiting.about.number);
        write_waiting(out, waiting, title == titles->end() ? std::string() : title->second);
    }
    out.end_array();
    if (found->next)
        out.field("next", std::to_string(*found->next));
    out.end_object();
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
