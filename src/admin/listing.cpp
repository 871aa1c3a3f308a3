#include "answers.hpp"
#include "delivery_report.hpp"
#include "event_brief.hpp"
#include "event_id.hpp"
#include "text_search.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

namespace shopbell {

namespace {

/// What a list is asked for.
class listing {
public:
    listing() {}
    event_filter filter;
    std::string sink;  ///< that the events concern; empty: any
    std::size_t limit = 0;
    std::optional<sequence> cursor;
    bool brief = false;
    bool problem = false;  ///< only what was not understood
    bool mask = false;
    time_point asked_at = now();
};

/// One row: its summary, and more of the event where that was asked for.
struct listed_event {
    event_summary summary;
    std::optional<event_brief> brief;
};

/// What was found so far, and where to go on.
struct listed_page {
    std::vector<listed_event> rows;
    std::optional<sequence> next;
};

bool has_problem(const event_brief& brief) {
    const auto document = json::document::parse(brief.content->document);
    return document && document->root().at("/data/problem") != nullptr;
}

bool fits(const listing& wanted, const event_brief& brief, const operator_services& around) {
    if (wanted.problem && !has_problem(brief))
        return false;
    const auto shown = shown_deliveries(brief.deliveries, *brief.content, around);
    return wanted.sink.empty() || std::ranges::find(shown, wanted.sink, &shown_delivery::sink) != shown.end();
}

/// Adds to `found` those of a page that fit.
asio::awaitable<result<void>> add_rows(api_state& in, const listing& wanted, std::vector<event_summary> part,
                                       std::vector<listed_event>& found) {
    if (!wanted.brief && !wanted.problem && wanted.sink.empty()) {
        for (auto& summary : part)
            found.push_back({std::move(summary), std::nullopt});
        co_return result<void>();
    }
    std::vector<sequence> numbers;
    for (const auto& summary : part)
        numbers.push_back(summary.number);
    auto briefs = co_await read_briefs(in, std::move(numbers));
    if (!briefs)
        co_return briefs.error();
    for (auto& brief : *briefs) {
        if (!fits(wanted, brief, in.around))
            continue;
        auto summary = brief.summary;
        found.push_back({std::move(summary), std::move(brief)});
    }
    co_return result<void>();
}

/// One bounded look from `cursor` back, for at most that many.
using source = std::function<asio::awaitable<result<page<event_summary>>>(std::optional<sequence> cursor,
                                                                          std::size_t limit)>;

/// Goes through a source until there is enough, nothing more, or no time.
asio::awaitable<result<listed_page>> collect(api_state& in, const listing& wanted, const source& from) {
    const work_time time;
    listed_page found;
    found.next = wanted.cursor;
    do {
        auto part = co_await from(found.next, wanted.limit - found.rows.size());
        if (!part)
            co_return part.error();
        found.next = part->next;
        const auto added = co_await add_rows(in, wanted, std::move(part->items), found.rows);
        if (!added)
            co_return added.error();
    } while (found.next && found.rows.size() < wanted.limit && !time.is_over());
    co_return found;
}

/// When the event with that number was accepted; nothing where it is gone.
asio::awaitable<std::optional<time_point>> time_of(api_state& in, sequence number) {
    std::vector<sequence> numbers(1, number);
    const auto reports = co_await in.around.events.report(std::move(numbers));
    if (!reports || reports->empty())
        co_return std::nullopt;
    co_return reports->front().stored.accepted_at;
}

void write_row(json_writer& out, listed_event row, const listing& wanted, const operator_services& around,
               std::size_t& masked) {
    auto& summary = wanted.brief ? row.brief->summary : row.summary;
    if (wanted.mask)
        masked += mask_summary(summary);
    if (wanted.brief)
        write_brief(out, *row.brief, around);
    else
        write_summary(out, summary);
}

asio::awaitable<http::response> answer_page(api_state& in, const listing& wanted, listed_page found,
                                            std::string_view next_prefix) {
    json_writer out;
    std::size_t masked = 0;
    out.begin_object().field("now", to_rfc3339(wanted.asked_at)).key("events").begin_array();
    for (auto& row : found.rows)
        write_row(out, std::move(row), wanted, in.around, masked);
    out.end_array();
    if (found.next) {
        out.field("next", std::string(next_prefix) + std::to_string(*found.next));
        if (const auto time = co_await time_of(in, *found.next))
            out.field("searched_to", to_rfc3339(*time));
    }
    if (wanted.mask)
        out.key("masked").integer(static_cast<long long>(masked));
    out.end_object();
    co_return answer_with(out);
}

/// All but the cursor, whose form is the operation's, and newer_than, which has to be looked up.
result<listing> read_listing(const parameters& view, const parameters& query, const api_caller& who) {
    listing wanted;
    auto filter = read_filter(query, now());
    if (!filter)
        return filter.error();
    wanted.filter = *std::move(filter);
    wanted.sink = query.value("sink");
    wanted.filter.sink = wanted.sink;
    const auto limit = read_limit(query);
    if (!limit)
        return limit.error();
    wanted.limit = *limit;
    for (const auto& [name, into] : {std::pair<std::string_view, bool&>("brief", wanted.brief),
                                     {"problem", wanted.problem},
                                     {"mask", wanted.mask}}) {
        const auto on = read_switch(view, name);
        if (!on)
            return on.error();
        into = *on;
    }
    wanted.mask = wanted.mask || !who.may_change;
    return wanted;
}

result<parameters> read_search(std::string_view body) {
    constexpr std::array<std::string_view, 8> members = {"q",     "type",  "endpoint", "state",
                                                         "since", "until", "limit",    "cursor"};
    const auto document = json::document::parse(body);
    if (!document || !document->root().is_object())
        return malformed("the body is no JSON object");
    std::vector<std::pair<std::string, std::string>> given;
    for (const auto& [name, content] : document->root().members()) {
        if (std::ranges::find(members, name) == members.end())
            return malformed("the body takes q, type, endpoint, state, since, until, limit and cursor");
        if (content.is_null())
            continue;
        if (!content.is_string() && !content.is_number())
            return malformed("each member of the body is a string or a number");
        given.emplace_back(name, content.text());
    }
    return parameters(std::move(given));
}

constexpr std::string_view by_subject = "subject-";
constexpr std::string_view by_text = "text-";

/// The number behind one of the two; nothing for anything else.
std::optional<sequence> read_cursor(std::string_view text, std::string_view prefix) {
    if (!text.starts_with(prefix))
        return std::nullopt;
    return read_number(text.substr(prefix.size()));
}

asio::awaitable<result<listed_page>> search_subject(api_state& in, const listing& wanted, std::string text) {
    const source from = [&](std::optional<sequence> cursor, std::size_t limit) {
        return in.around.events.list_subject(text, wanted.filter, cursor, limit);
    };
    co_return co_await collect(in, wanted, from);
}

asio::awaitable<result<listed_page>> search_text(api_state& in, const listing& wanted, std::string text) {
    const auto search = std::make_shared<const text_search>(text, in.around.reading);
    const archive::predicate matches = [search](const stored_event& stored) {
        return search->matches(stored);
    };
    const source from = [&](std::optional<sequence> cursor, std::size_t limit) {
        return in.around.events.search(wanted.filter, matches, cursor, limit);
    };
    co_return co_await collect(in, wanted, from);
}

/// The event with that id, if the text is one; also a shortened one.
asio::awaitable<std::optional<listed_page>> search_id(api_state& in, const listing& wanted,
                                                      std::string text) {
    constexpr std::size_t whole_id = 36;
    auto id = to_lower(text);
    if (id.size() < shortest_id || id.size() > whole_id || (!may_begin_id(id) && !may_end_id(id)))
        co_return std::nullopt;
    auto found = co_await find_event(in, std::move(id));
    auto* const stored = std::get_if<stored_event>(&found);
    if (stored == nullptr)
        co_return std::nullopt;
    listed_page page;
    std::vector<sequence> numbers(1, stored->number);
    auto briefs = co_await read_briefs(in, std::move(numbers));
    if (!briefs || briefs->empty() || !fits(wanted, briefs->front(), in.around))
        co_return std::nullopt;
    auto summary = briefs->front().summary;
    page.rows.push_back({std::move(summary), std::move(briefs->front())});
    co_return page;
}

}  // namespace

asio::awaitable<http::response> list_events(api_state& in, api_call call) {
    auto wanted = read_listing(call.query, call.query, call.caller);
    if (!wanted)
        co_return bad_request(wanted.error().reason);
    if (call.query.has("cursor") && !(wanted->cursor = read_number(call.query.value("cursor"))))
        co_return bad_request("cursor: give what an earlier answer gave as next");
    if (call.query.has("newer_than")) {
        std::string id(call.query.value("newer_than"));
        auto found = co_await find_event(in, std::move(id));
        if (auto* const refused = std::get_if<http::response>(&found))
            co_return std::move(*refused);
        wanted->filter.above = std::get<stored_event>(found).number;
    }
    const source from = [&](std::optional<sequence> cursor, std::size_t limit) {
        return in.around.events.list(wanted->filter, cursor, limit);
    };
    auto found = co_await collect(in, *wanted, from);
    if (!found)
        co_return failed(found.error());
    co_return co_await answer_page(in, *wanted, *std::move(found), "");
}

/// An event by its id, else by the end of its subject, else by a text in what the store sent. Nothing of what
/// is looked for is logged: it may be a person's address.
asio::awaitable<http::response> search_events(api_state& in, api_call call) {
    const auto given = read_search(call.request.body);
    if (!given)
        co_return bad_request(given.error().reason);
    auto wanted = read_listing(call.query, *given, call.caller);
    if (!wanted)
        co_return bad_request(wanted.error().reason);
    const std::string text(trim(given->value("q")));
    if (text.empty())
        co_return bad_request("q: say what to look for");
    const auto cursor = given->value("cursor");
    const auto subject_cursor = read_cursor(cursor, by_subject);
    const auto text_cursor = read_cursor(cursor, by_text);
    if (!cursor.empty() && !subject_cursor && !text_cursor)
        co_return bad_request("cursor: give what an earlier answer gave as next");
    if (cursor.empty()) {
        if (auto found = co_await search_id(in, *wanted, text))
            co_return co_await answer_page(in, *wanted, *std::move(found), by_subject);
    }
    constexpr auto not_begun = std::numeric_limits<sequence>::max();
    if (!text_cursor) {
        wanted->cursor = subject_cursor;
        auto found = co_await search_subject(in, *wanted, text);
        if (!found)
            co_return failed(found.error());
        const bool begun = subject_cursor && *subject_cursor != not_begun;
        if (begun || found->next || !found->rows.empty())
            co_return co_await answer_page(in, *wanted, *std::move(found), by_subject);
    }
    if (text.size() < shortest_search) {
        listed_page nothing;
        co_return co_await answer_page(in, *wanted, std::move(nothing), by_text);
    }
    wanted->cursor = text_cursor;
    auto found = co_await search_text(in, *wanted, text);
    if (!found)
        co_return failed(found.error());
    co_return co_await answer_page(in, *wanted, *std::move(found), by_text);
}

}  // namespace shopbell
