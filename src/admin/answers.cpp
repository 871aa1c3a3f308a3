#include "answers.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell {

http::response answer_with(json_writer& document) {
    return {200, document.take()};
}

http::response failed(const failure& why) {
    const bool passing = why.code == errc::busy || why.code == errc::unavailable || why.code == errc::timeout;
    auto answer = http::response::error(passing ? 503 : 500, why.reason);
    if (passing)
        answer.fields.push_back({"Retry-After", "1"});
    return answer;
}

http::response bad_request(std::string_view reason) {
    return http::response::error(400, reason);
}

http::response not_running() {
    return http::response::error(503, "the daemon is not running");
}

http::response unknown_event(std::string_view id) {
    return http::response::error(404, "no event with the id " + std::string(id));
}

http::response unknown_sink(std::string_view name, const std::vector<std::string>& known) {
    return http::response::error(
        404, "no sink is named \"" + std::string(name) + "\"" + did_you_mean(name, known));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    const auto close = closest(word, candidates);
    return close ? " (did you mean \"" + std::string(*close) + "\"?)" : std::string();
}

std::string_view to_string(event_state state) noexcept {
    switch (state) {
        case event_state::delivered:
            return "delivered";
        case event_state::pending:
            return "pending";
        case event_state::dead:
            return "dead";
    }
    return {};
}

void write_summary(json_writer& out, const event_summary& one) {
    out.begin_object();
    write_summary_members(out, one);
    out.end_object();
}

void write_summary_members(json_writer& out, const event_summary& one) {
    out.field("id", one.id)
        .field("time", to_rfc3339(one.accepted_at))
        .field("type", one.type)
        .field("endpoint", one.endpoint)
        .field("provider", one.provider)
        .field("subject", one.subject)
        .field("store", one.store);
    out.key("bytes").integer(static_cast<long long>(one.bytes));
    out.field("state", to_string(one.state));
}

event_summary summary_of(const stored_event& one, event_state state) {
    event_summary made;
    made.number = one.number;
    made.id = one.id;
    made.accepted_at = one.accepted_at;
    made.endpoint = one.endpoint;
    made.provider = one.provider;
    made.type = one.type;
    made.subject = one.subject;
    made.store = one.store;
    made.bytes = one.body.size();
    made.state = state;
    return made;
}

bool is_configured(const operator_services& around, std::string_view sink) {
    return std::ranges::find(around.sinks, sink, &operator_sink::name) != around.sinks.end();
}

std::vector<std::string> configured_names(const operator_services& around) {
    std::vector<std::string> names;
    for (const auto& one : around.sinks)
        names.push_back(one.name);
    return names;
}

asio::awaitable<result<std::vector<std::string>>> known_sinks(api_state& in) {
    auto names = configured_names(in.around);
    const auto placed = co_await in.around.events.sinks();
    if (!placed)
        co_return placed.error();
    for (const auto& one : *placed) {
        if (!is_configured(in.around, one.name))
            names.push_back(one.name);
    }
    co_return names;
}

asio::awaitable<result<std::size_t>> apply(api_state& in, change decision) {
    co_return co_await in.around.store->apply(std::move(decision));
}

void wake_deliveries(const operator_services& around) {
    if (around.deliveries != nullptr)
        around.deliveries->wake();
}

}  // namespace shopbell
