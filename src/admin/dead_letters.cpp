#include "answers.hpp"
#include "event_brief.hpp"
#include "event_id.hpp"
#include "masking.hpp"

#include <shopbell/admin/moment.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>
#include <functional>
#include <map>

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

/// Hides what is personal, also in what the target said.
asio::awaitable<result<void>> mask_letters(api_state& in, std::vector<dead_letter>& letters) {
    std::vector<sequence> numbers;
    for (const auto& letter : letters)
        numbers.push_back(letter.about.number);
    auto reports = co_await in.around.events.report(std::move(numbers));
    if (!reports)
        co_return reports.error();
    std::map<sequence, std::shared_ptr<const event>> contents;
    for (auto& report : *reports) {
        const auto number = report.stored.number;
        contents.emplace(number, make_event(std::move(report.stored), *in.around.reading));
    }
    for (auto& letter : letters) {
        (void)mask_summary(letter.about);
        const auto content = contents.find(letter.about.number);
        if (content == contents.end())
            letter.last_error.clear();
        else
            letter.last_error = personal_data(*content->second).mask_text(letter.last_error).text;
    }
    co_return result<void>();
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

/// Which of a sink's dead letters are meant. `before`: only what was given up until that moment, so that a
/// decision about what somebody was shown does not concern what came since.
struct dead_filter {
    std::string type;   ///< a glob; empty: any
    std::string error;  ///< stands in the last error; empty: any
    std::optional<time_point> before;

    [[nodiscard]] bool fits(const dead_letter& letter) const {
        return (type.empty() || glob_match(type, letter.about.type)) &&
               letter.last_error.find(error) != std::string::npos && (!before || letter.died_at <= *before);
    }
};

result<dead_filter> read_dead_filter(const parameters& query) {
    dead_filter filter;
    filter.type = query.value("type");
    filter.error = query.value("error");
    if (query.has("before") && !(filter.before = parse_moment(query.value("before"), now())))
        return malformed("before: " + std::string(moment_forms));
    return filter;
}

/// What a decision about many would concern.
struct dead_plan {
    std::size_t count = 0;
    std::optional<time_point> oldest, newest;
    std::map<std::string, std::size_t> errors;

    void add(const dead_letter& letter) {
        ++count;
        ++errors[letter.last_error];
        const auto accepted = letter.about.accepted_at;
        oldest = std::min(oldest.value_or(accepted), accepted);
        newest = std::max(newest.value_or(accepted), accepted);
    }
};

void write_plan(json_writer& out, const dead_plan& plan) {
    constexpr std::size_t most_errors = 20;
    if (plan.oldest)
        out.field("oldest", to_rfc3339(*plan.oldest)).field("newest", to_rfc3339(*plan.newest));
    std::vector<std::pair<std::string, std::size_t>> errors(plan.errors.begin(), plan.errors.end());
    std::ranges::stable_sort(errors, std::greater(), [](const auto& entry) { return entry.second; });
    errors.resize(std::min(errors.size(), most_errors));
    out.key("errors").begin_array();
    for (const auto& [text, count] : errors)
        out.begin_object()
            .field("text", text)
            .key("count")
            .integer(static_cast<long long>(count))
            .end_object();
    out.end_array();
}

/// What is decided about one sink's dead letters.
class dead_order {
public:
    dead_order() {}
    std::string sink;
    dead_letter_decision::kind what = dead_letter_decision::kind::retry;
    dead_filter filter;
    bool plan = false;  ///< nothing is done
    std::optional<dead_cursor> cursor;
};

/// One page of them, decided; nothing where it was the last one.
asio::awaitable<result<std::optional<dead_cursor>>> decide_page(api_state& in, const dead_order& order,
                                                                std::optional<dead_cursor> after,
                                                                dead_plan& done) {
    auto part = co_await in.around.events.dead_letters(order.sink, std::move(after), page_size);
    if (!part)
        co_return part.error();
    dead_letter_decision decision;
    decision.sink = order.sink;
    decision.what = order.what;
    for (const auto& letter : part->items) {
        if (!order.filter.fits(letter))
            continue;
        done.add(letter);
        decision.numbers.push_back(letter.about.number);
    }
    if (!order.plan && !decision.numbers.empty()) {
        const auto found = decision.numbers.size();
        change made(std::move(decision));
        const auto concerned = co_await apply(in, std::move(made));
        if (!concerned)
            co_return concerned.error();
        done.count -= found - std::min(found, *concerned);
    }
    co_return std::move(part->next);
}

/// Goes through all that the order concerns, for about a second.
asio::awaitable<http::response> decide_many(api_state& in, dead_order order) {
    const work_time time;
    dead_plan done;
    auto next = order.cursor;
    do {
        auto after = next;
        auto part = co_await decide_page(in, order, std::move(after), done);
        if (!part && done.count == 0)
            co_return failed(part.error());
        if (!part)
            break;  // what is done is told; the caller meets the trouble when it goes on
        next = *std::move(part);
    } while (next && !time.is_over());
    if (!order.plan && order.what == dead_letter_decision::kind::retry)
        wake_deliveries(in.around);
    json_writer out;
    out.begin_object().key("count").integer(static_cast<long long>(done.count));
    if (order.plan)
        write_plan(out, done);
    if (next)
        out.field("next", to_string(*next));
    out.end_object();
    co_return answer_with(out);
}

/// All of the sink's, in one decision: what the command line asks for.
asio::awaitable<http::response> decide_all(api_state& in, dead_order order) {
    dead_letter_decision decision;
    decision.sink = order.sink;
    decision.what = order.what;
    change made(std::move(decision));
    const auto concerned = co_await apply(in, std::move(made));
    if (!concerned)
        co_return failed(concerned.error());
    if (order.what == dead_letter_decision::kind::retry)
        wake_deliveries(in.around);
    json_writer out;
    out.begin_object().key("count").integer(static_cast<long long>(*concerned)).end_object();
    co_return answer_with(out);
}

/// The dead letter of one event.
asio::awaitable<http::response> decide_one(api_state& in, dead_order order, std::string id) {
    auto given = id;
    auto found = co_await find_event(in, std::move(given));
    if (auto* const refused = std::get_if<http::response>(&found))
        co_return std::move(*refused);
    dead_letter_decision decision;
    decision.sink = order.sink;
    decision.what = order.what;
    decision.numbers.push_back(std::get<stored_event>(found).number);
    change made(std::move(decision));
    const auto concerned = co_await apply(in, std::move(made));
    if (!concerned)
        co_return failed(concerned.error());
    if (*concerned == 0)
        co_return http::response::error(404,
                                        "sink \"" + order.sink + "\" has no dead letter of the event " + id);
    if (order.what == dead_letter_decision::kind::retry)
        wake_deliveries(in.around);
    json_writer out;
    out.begin_object().key("count").integer(static_cast<long long>(*concerned)).end_object();
    co_return answer_with(out);
}

/// Segments: the sink and, unless all of its dead letters are meant, an event's id.
asio::awaitable<http::response> decide(api_state& in, api_call call, dead_letter_decision::kind what) {
    dead_order order;
    order.sink = call.segments.front();
    order.what = what;
    if (auto refused = co_await check_sink(in, order.sink))
        co_return std::move(*refused);
    if (call.segments.size() > 1)
        co_return co_await decide_one(in, std::move(order), std::move(call.segments[1]));
    if (call.query.names().empty())
        co_return co_await decide_all(in, std::move(order));
    auto filter = read_dead_filter(call.query);
    if (!filter)
        co_return bad_request(filter.error().reason);
    order.filter = *std::move(filter);
    const auto plan = read_switch(call.query, "plan");
    if (!plan)
        co_return bad_request(plan.error().reason);
    order.plan = *plan;
    if (call.query.has("cursor") && !(order.cursor = parse_cursor(call.query.value("cursor"))))
        co_return bad_request("cursor: give what an earlier answer gave as next");
    co_return co_await decide_many(in, std::move(order));
}

}  // namespace

asio::awaitable<http::response> list_dead(api_state& in, api_call call) {
    const auto limit = read_limit(call.query);
    if (!limit)
        co_return bad_request(limit.error().reason);
    const auto filter = read_dead_filter(call.query);
    if (!filter)
        co_return bad_request(filter.error().reason);
    std::optional<dead_cursor> cursor;
    if (call.query.has("cursor") && !(cursor = parse_cursor(call.query.value("cursor"))))
        co_return bad_request("cursor: give what an earlier answer gave as next");
    const std::string sink(call.query.value("sink"));
    if (!sink.empty()) {
        if (auto refused = co_await check_sink(in, sink))
            co_return std::move(*refused);
    }

    const auto present = now();
    const work_time time;
    std::vector<dead_letter> found;
    do {
        auto after = cursor;
        auto part = co_await in.around.events.dead_letters(sink, std::move(after), *limit - found.size());
        if (!part)
            co_return failed(part.error());
        for (auto& letter : part->items) {
            if (filter->fits(letter))
                found.push_back(std::move(letter));
        }
        cursor = std::move(part->next);
    } while (cursor && found.size() < *limit && !time.is_over());

    if (!call.caller.may_change) {
        const auto masked = co_await mask_letters(in, found);
        if (!masked)
            co_return failed(masked.error());
    }
    json_writer out;
    out.begin_object().field("now", to_rfc3339(present)).key("dead").begin_array();
    for (const auto& letter : found)
        write_dead_letter(out, letter);
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
