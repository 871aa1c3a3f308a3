#include "answers.hpp"
#include "attention.hpp"
#include "endpoint_report.hpp"
#include "event_brief.hpp"
#include "sink_report.hpp"

#include <shopbell/admin/moment.hpp>

#include <unistd.h>

#include <array>

namespace shopbell {

namespace {

constexpr std::size_t latest_shown = 5;

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return {};
    return name.data();
}

/// What of the inbox the frame shows.
struct inbox_view {
    inbox_extent extent;
    std::optional<time_point> oldest;
    std::uint64_t received_today = 0;
    std::vector<event_brief> latest;
};

asio::awaitable<result<std::optional<time_point>>> oldest_event(archive& events) {
    event_filter any;
    auto first = co_await events.read(std::move(any), 0, 1);
    if (!first)
        co_return first.error();
    std::optional<time_point> oldest;
    if (!first->items.empty())
        oldest = first->items.front().accepted_at;
    co_return oldest;
}

asio::awaitable<result<inbox_view>> view_inbox(api_state& in, time_point day_start) {
    auto& events = in.around.events;
    inbox_view view;
    const auto extent = co_await events.extent();
    if (!extent)
        co_return extent.error();
    view.extent = *extent;
    const auto oldest = co_await oldest_event(events);
    if (!oldest)
        co_return oldest.error();
    view.oldest = *oldest;
    std::vector<time_point> midnight(1, day_start);
    const auto before = co_await events.numbers_before(std::move(midnight));
    if (!before)
        co_return before.error();
    const auto newest = co_await events.newest();
    if (!newest)
        co_return newest.error();
    view.received_today = static_cast<std::uint64_t>(std::max<sequence>(*newest - before->front(), 0));
    event_filter any;
    auto rows = co_await events.list(std::move(any), std::nullopt, latest_shown);
    if (!rows)
        co_return rows.error();
    std::vector<sequence> numbers;
    for (const auto& row : rows->items)
        numbers.push_back(row.number);
    auto latest = co_await read_briefs(in, std::move(numbers));
    if (!latest)
        co_return latest.error();
    view.latest = *std::move(latest);
    co_return view;
}

void write_inbox(json_writer& out, const inbox_view& view, std::uint64_t min_free) {
    const auto number = [&](std::string_view name, std::uint64_t value) {
        out.key(name).integer(static_cast<long long>(value));
    };
    out.key("inbox").begin_object();
    number("events", view.extent.events);
    number("bytes", view.extent.bytes);
    if (view.extent.free_disk) {
        number("free_disk", *view.extent.free_disk);
        number("min_free", min_free);
    }
    if (view.oldest)
        out.field("oldest", to_rfc3339(*view.oldest));
    out.end_object();
    number("received_today", view.received_today);
}

void write_texts(json_writer& out, std::string_view name, const std::vector<std::string>& texts) {
    out.key(name).begin_array();
    for (const auto& text : texts)
        out.string(text);
    out.end_array();
}

}  // namespace

/// Everything that the inspector's frame and its first view need, in one call.
asio::awaitable<http::response> show_status(api_state& in, api_call call) {
    const auto& around = in.around;
    if (around.store == nullptr || around.endpoints == nullptr)
        co_return not_running();
    const auto present = now();
    auto day_start = std::optional<time_point>(std::chrono::floor<std::chrono::days>(present));
    if (call.query.has("day_start") && !(day_start = parse_moment(call.query.value("day_start"), present)))
        co_return bad_request("day_start: " + std::string(moment_forms));
    const auto mask = wants_mask(call);
    if (!mask)
        co_return bad_request(mask.error().reason);
    auto view = co_await view_inbox(in, *day_start);
    if (!view)
        co_return failed(view.error());
    const auto sinks = co_await view_sinks(in);
    if (!sinks)
        co_return failed(sinks.error());
    const auto endpoints = around.endpoints->read(endpoint_watches::clock::now());
    auto seen = attention_without_sinks(around);
    seen.sinks = *sinks;

    json_writer out;
    out.begin_object()
        .field("now", to_rfc3339(present))
        .field("version", SHOPBELL_VERSION)
        .field("host", host_name())
        .field("started_at", to_rfc3339(around.started_at))
        .key("ready")
        .boolean(seen.hindrances.empty());
    write_texts(out, "hindrances", seen.hindrances);
    out.key("access").begin_object().key("token_asked").boolean(call.caller.token_asked);
    out.key("may_change").boolean(call.caller.may_change).end_object();
    write_inbox(out, *view, around.min_free_disk);
    out.key("endpoints").begin_array();
    for (const auto& endpoint : endpoints)
        write_endpoint(out, endpoint, around.refused);
    out.end_array().key("sinks").begin_array();
    for (const auto& sink : *sinks)
        write_sink(out, sink, present);
    out.end_array();
    const auto refused = around.refused == nullptr ? rejection_log::census() : around.refused->count();
    out.key("rejections").begin_object().key("kinds").integer(static_cast<long long>(refused.kinds));
    out.key("newest").integer(static_cast<long long>(refused.newest)).end_object();
    out.key("attention");
    write_attention(out, find_attention(seen, present));
    out.key("latest").begin_array();
    for (auto& brief : view->latest) {
        if (*mask)
            (void)mask_summary(brief.summary);
        write_brief(out, brief, around);
    }
    out.end_array().end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
