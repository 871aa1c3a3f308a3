#include "answers.hpp"
#include "series_columns.hpp"

#include <fmt/format.h>

namespace shopbell {

namespace {

using chosen_lines = std::vector<const series_line*>;

// Of series_sample::counts.
constexpr std::size_t first = 0, second = 1, third = 2;

void write_column(json_writer& out, std::string_view name, const series_column& column) {
    out.key(name).begin_array();
    for (const auto& value : column)
        out.raw(value ? fmt::format("{:.10g}", *value) : std::string("null"));
    out.end_array();
}

void write_durations(json_writer& out, std::string_view name, const chosen_lines& all,
                     const series_window& within, std::span<const double> bounds) {
    constexpr double typical = 0.5, slow = 0.95;
    out.key(name).begin_object();
    write_column(out, "p50", quantile(all, within, bounds, typical));
    write_column(out, "p95", quantile(all, within, bounds, slow));
    out.end_object();
}

chosen_lines choose(const series_recorder::lines& all, std::string_view name) {
    chosen_lines chosen;
    for (const auto& [key, line] : all) {
        if (name.empty() || key == name)
            chosen.push_back(&line);
    }
    return chosen;
}

/// From the inbox, whose ids ascend with time: this outlives the daemon.
asio::awaitable<result<series_column>> accepted_of_all(api_state& in, series_window within) {
    const auto numbers = co_await in.around.events.numbers_before(within.bounds);
    if (!numbers)
        co_return numbers.error();
    series_column column;
    for (std::size_t i = 0; i + 1 < numbers->size(); ++i)
        column.emplace_back(static_cast<double>(std::max<sequence>((*numbers)[i + 1] - (*numbers)[i], 0)));
    co_return column;
}

void write_each(json_writer& out, const series_recorder::record& all, const series_window& within,
                const operator_services& around) {
    out.key("each").begin_object().key("endpoints").begin_object();
    for (const auto& endpoint : around.endpoints->read(endpoint_watches::clock::now())) {
        const auto lines = choose(all.endpoints, endpoint.name);
        out.key(endpoint.name).begin_object();
        write_column(out, "accepted", growth(lines, within, first));
        write_column(out, "refused", growth(lines, within, third));
        out.end_object();
    }
    out.end_object().key("sinks").begin_object();
    for (const auto& sink : around.sinks) {
        out.key(sink.name).begin_object();
        write_column(out, "delivered", growth(choose(all.sinks, sink.name), within, first));
        out.end_object();
    }
    out.end_object().end_object();
}

bool is_known_endpoint(const operator_services& around, std::string_view name) {
    return std::ranges::any_of(around.endpoints->read(endpoint_watches::clock::now()),
                               [&](const auto& endpoint) { return endpoint.name == name; });
}

}  // namespace

/// {"from","step_s","started_at", then columns}: of endpoints accepted, duplicate, refused and answer_ms, of
/// sinks delivered, failed, died, delivery_ms and behind. With `endpoint` or `sink` only those of that one.
asio::awaitable<http::response> show_series(api_state& in, api_call call) {
    const auto& around = in.around;
    if (around.counted == nullptr || around.endpoints == nullptr)
        co_return not_running();
    const std::string endpoint(call.query.value("endpoint"));
    const std::string sink(call.query.value("sink"));
    if (!endpoint.empty() && !sink.empty())
        co_return bad_request("give endpoint or sink, not both");
    if (!endpoint.empty() && !is_known_endpoint(around, endpoint))
        co_return http::response::error(404, "no endpoint is named \"" + endpoint + "\"");
    if (!sink.empty() && !is_configured(around, sink))
        co_return unknown_sink(sink, configured_names(around));
    const auto each = read_switch(call.query, "each");
    if (!each)
        co_return bad_request(each.error().reason);
    const auto present = now();
    const auto window = series_window::named(call.query.has("window") ? call.query.value("window") : "1h",
                                             present, around.started_at);
    if (!window)
        co_return bad_request("window: it is one of 1h, 6h, 24h, 7d");
    const auto all = around.counted->read();

    json_writer out;
    out.begin_object().field("from", to_rfc3339(window->bounds.front()));
    out.key("step_s").integer(window->step.count()).field("started_at", to_rfc3339(around.started_at));
    if (sink.empty()) {
        const auto lines = choose(all.endpoints, endpoint);
        auto accepted = growth(lines, *window, first);
        if (endpoint.empty()) {
            auto stored = co_await accepted_of_all(in, *window);
            if (!stored)
                co_return failed(stored.error());
            accepted = *std::move(stored);
        }
        write_column(out, "accepted", accepted);
        write_column(out, "duplicate", growth(lines, *window, second));
        write_column(out, "refused", growth(lines, *window, third));
        write_durations(out, "answer_ms", lines, *window, all.answer_bounds);
    }
    if (endpoint.empty()) {
        const auto lines = choose(all.sinks, sink);
        write_column(out, "delivered", growth(lines, *window, first));
        write_column(out, "failed", growth(lines, *window, second));
        write_column(out, "died", growth(lines, *window, third));
        write_durations(out, "delivery_ms", lines, *window, all.delivery_bounds);
        write_column(out, "behind", behind(lines, *window));
    }
    if (*each)
        write_each(out, all, window->in_24(), around);
    out.end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
