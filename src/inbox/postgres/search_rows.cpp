#include "archive_rows.hpp"
#include "event_rows.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace shopbell::postgres {

namespace {

/// One call's bounds: events looked at, and bytes of bodies read.
constexpr std::size_t scan_rows = 2000;
constexpr std::size_t page_bytes = 4 * 1024 * 1024;
/// Of ids or subjects alone.
constexpr std::size_t scan_ids = 20'000;
constexpr std::size_t scan_subjects = 20'000;

answer<std::vector<event_summary>> summaries_from(const answer<rows>& found) {
    if (!found)
        return found.error();
    std::vector<event_summary> events;
    for (std::size_t row = 0; row < found->size(); ++row)
        events.push_back(summary_from(*found, row));
    return events;
}

/// 0 where there is none. Times of acceptance ascend with the numbers.
answer<sequence> last_before(connection& database, time_point time, deadline until) {
    static const std::string sql =
        "SELECT number FROM events WHERE accepted_at < $1 ORDER BY accepted_at DESC, number DESC LIMIT 1";
    const auto found = database.run(sql, parameters().time(time), until);
    if (!found)
        return found.error();
    return found->empty() ? 0 : found->number(0, 0);
}

/// Events with `above` < number < `below` are those that a filter may take.
struct range {
    sequence above = 0;
    sequence below = std::numeric_limits<sequence>::max();
};

answer<range> find_range(connection& database, const event_filter& filter, std::optional<sequence> cursor,
                         deadline until) {
    range found;
    found.above = filter.above;
    found.below = cursor.value_or(found.below);
    if (filter.since) {
        const auto last = last_before(database, *filter.since, until);
        if (!last)
            return last.error();
        found.above = std::max(found.above, *last);
    }
    if (filter.until) {
        const auto last = last_before(database, *filter.until, until);
        if (!last)
            return last.error();
        found.below = std::min(found.below, *last + 1);
    }
    return found;
}

enum class order : unsigned char { newest_first, oldest_first };

/// As many as one call looks at. A subject is found by its index.
answer<std::vector<event_summary>> read_summaries(connection& database, const range& within,
                                                  const std::string& subject, order wanted, deadline until) {
    std::string sql(summary_columns);
    sql += " FROM events WHERE number > $1 AND number < $2";
    parameters given;
    given.number(within.above).number(within.below).number(static_cast<std::int64_t>(scan_rows));
    if (!subject.empty()) {
        sql += " AND subject = $4 AND left(subject, 100) = left($4, 100)";
        given.text(storable_text(subject));
    }
    sql += wanted == order::newest_first ? " ORDER BY number DESC LIMIT $3" : " ORDER BY number LIMIT $3";
    return summaries_from(database.run(sql, given, until));
}

std::vector<sequence> numbers_of(const std::vector<event_summary>& events) {
    std::vector<sequence> numbers;
    for (const auto& event : events)
        numbers.push_back(event.number);
    return numbers;
}

/// What has become of each of these events; of one sink, or (empty name) over all.
answer<std::vector<event_state>> read_states(connection& database, const std::vector<event_summary>& events,
                                             const std::string& sink, deadline until) {
    static const std::string over_all =
        "SELECT (SELECT bool_or(state = 1) FROM deliveries d WHERE d.number = u.number),"
        " u.number > coalesce((SELECT min(position) FROM sinks), u.number)"
        " FROM unnest($1) WITH ORDINALITY AS u(number, n) ORDER BY n";
    static const std::string at_one =
        "SELECT (SELECT state = 1 FROM deliveries d WHERE d.sink = $2 AND d.number = u.number),"
        " coalesce(u.number > (SELECT position FROM sinks WHERE name = $2), false)"
        " FROM unnest($1) WITH ORDINALITY AS u(number, n) ORDER BY n";
    parameters given;
    given.numbers(numbers_of(events));
    if (!sink.empty())
        given.text(storable_text(sink));
    const auto found = database.run(sink.empty() ? over_all : at_one, given, until);
    if (!found)
        return found.error();
    std::vector<event_state> states;
    for (std::size_t row = 0; row < found->size(); ++row) {
        const bool has_delivery = !found->is_null(row, 0);
        if (has_delivery && found->number(row, 0) != 0)
            states.push_back(event_state::dead);
        else if (has_delivery || found->number(row, 1) != 0)
            states.push_back(event_state::pending);
        else
            states.push_back(event_state::delivered);
    }
    return states;
}

/// Keeps those that the filter takes.
answer<std::vector<event_summary>> keep_wanted(connection& database, std::vector<event_summary> events,
                                               const event_filter& filter, deadline until) {
    std::erase_if(events, [&filter](const auto& event) { return !fits_but_for_state(filter, event); });
    if (filter.states.empty() || events.empty())
        return events;
    const auto states = read_states(database, events, filter.sink, until);
    if (!states)
        return states.error();
    std::vector<event_summary> wanted;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (std::ranges::find(filter.states, (*states)[i]) != filter.states.end())
            wanted.push_back(std::move(events[i]));
    }
    return wanted;
}

/// Says of each what has become of it over all sinks.
answer<void> tell_states(connection& database, std::vector<event_summary>& events, deadline until) {
    if (events.empty())
        return {};
    const auto states = read_states(database, events, {}, until);
    if (!states)
        return states.error();
    for (std::size_t i = 0; i < events.size(); ++i)
        events[i].state = (*states)[i];
    return {};
}

/// What one call has looked at of the events within a range, and which of them the filter takes.
struct scan {
    std::vector<event_summary> wanted;
    std::optional<sequence> last;  ///< where to go on, if anywhere
};

answer<scan> scan_within(connection& database, const range& within, const event_filter& filter, order wanted,
                         deadline until) {
    auto looked_at = read_summaries(database, within, filter.subject, wanted, until);
    if (!looked_at)
        return looked_at.error();
    scan found;
    if (looked_at->size() == scan_rows)
        found.last = looked_at->back().number;
    auto kept = keep_wanted(database, *std::move(looked_at), filter, until);
    if (!kept)
        return kept.error();
    found.wanted = *std::move(kept);
    return found;
}

/// Leaves no more than that; the others are for another call.
void cut(scan& found, std::size_t limit) {
    if (found.wanted.size() <= limit)
        return;
    found.wanted.resize(limit);
    found.last = found.wanted.back().number;
}

/// Leaves as many as have their bodies read at once: always one, where there is one.
void cut_by_size(scan& found) {
    std::size_t bytes = 0, count = 0;
    while (count < found.wanted.size() && bytes < page_bytes)
        bytes += found.wanted[count++].bytes;
    cut(found, count);
}

}  // namespace

answer<page<event_summary>> list(connection& database, const event_filter& filter,
                                 std::optional<sequence> cursor, std::size_t limit, deadline until) {
    const auto within = find_range(database, filter, cursor, until);
    if (!within)
        return within.error();
    auto found = scan_within(database, *within, filter, order::newest_first, until);
    if (!found)
        return found.error();
    cut(*found, limit);
    if (const auto told = tell_states(database, found->wanted, until); !told)
        return told.error();
    return page<event_summary>{std::move(found->wanted), found->last};
}

answer<page<event_summary>> search(connection& database, const event_filter& filter,
                                   const archive::predicate& wanted, std::optional<sequence> cursor,
                                   std::size_t limit, deadline until) {
    const auto within = find_range(database, filter, cursor, until);
    if (!within)
        return within.error();
    auto found = scan_within(database, *within, filter, order::newest_first, until);
    if (!found)
        return found.error();
    cut_by_size(*found);
    const auto whole = read_events(database, numbers_of(found->wanted), until);
    if (!whole)
        return whole.error();
    const auto is_unwanted = [&](const event_summary& event) {
        const auto at = std::ranges::lower_bound(*whole, event.number, {}, &stored_event::number);
        return at == whole->end() || at->number != event.number || !wanted(*at);
    };
    std::erase_if(found->wanted, is_unwanted);
    cut(*found, limit);
    if (const auto told = tell_states(database, found->wanted, until); !told)
        return told.error();
    return page<event_summary>{std::move(found->wanted), found->last};
}

answer<page<event_summary>> list_subject(connection& database, subject_index& known,
                                         const std::string& subject, const event_filter& filter,
                                         std::optional<sequence> cursor, std::size_t limit, deadline until) {
    static const std::string next_subjects =
        "SELECT number, subject FROM events WHERE number > $1 ORDER BY number LIMIT $2";
    static const std::string some =
        std::string(summary_columns) + " FROM events WHERE number = ANY($1) ORDER BY number DESC";
    parameters given;
    given.number(known.last_number()).number(static_cast<std::int64_t>(scan_subjects));
    const auto learned = database.run(next_subjects, given, until);
    if (!learned)
        return learned.error();
    for (std::size_t row = 0; row < learned->size(); ++row)
        known.add(learned->number(row, 0), learned->bytes(row, 1));
    page<event_summary> found;
    if (learned->size() == scan_subjects) {
        found.next = cursor.value_or(range().below);
        return found;
    }
    const auto within = find_range(database, filter, cursor, until);
    if (!within)
        return within.error();
    auto numbers = known.find(subject, within->below);
    std::erase_if(numbers, [&](sequence number) { return number <= within->above; });
    if (numbers.size() > scan_rows) {
        numbers.resize(scan_rows);
        found.next = numbers.back();
    }
    auto events = summaries_from(database.run(some, parameters().numbers(numbers), until));
    if (!events)
        return events.error();
    std::erase_if(*events, [&](const auto& event) { return !is_subject_or_tail(event.subject, subject); });
    auto kept = keep_wanted(database, *std::move(events), filter, until);
    if (!kept)
        return kept.error();
    scan wanted{*std::move(kept), found.next};
    cut(wanted, limit);
    if (const auto told = tell_states(database, wanted.wanted, until); !told)
        return told.error();
    return page<event_summary>{std::move(wanted.wanted), wanted.last};
}

answer<page<stored_event>> read(connection& database, const event_filter& filter, sequence cursor,
                                std::size_t limit, deadline until) {
    auto within = find_range(database, filter, std::nullopt, until);
    if (!within)
        return within.error();
    within->above = std::max(within->above, cursor);
    auto found = scan_within(database, *within, filter, order::oldest_first, until);
    if (!found)
        return found.error();
    cut(*found, limit);
    cut_by_size(*found);
    auto whole = read_events(database, numbers_of(found->wanted), until);
    if (!whole)
        return whole.error();
    return page<stored_event>{*std::move(whole), found->last};
}

// Ids. A UUID's order is that of its text.

namespace {

constexpr std::string_view lowest_id = "00000000-0000-0000-0000-000000000000";
constexpr std::string_view highest_id = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/// The beginning of an id, in lower case.
bool is_beginning_of_id(std::string_view text) {
    if (text.size() > lowest_id.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (lowest_id[i] == '-' ? text[i] != '-' : !is_digit)
            return false;
    }
    return true;
}

std::string completed(std::string_view beginning, std::string_view with) {
    std::string id(beginning);
    id += with.substr(beginning.size());
    return id;
}

}  // namespace

answer<std::optional<stored_event>> find(connection& database, const std::string& id, deadline until) {
    static const std::string sql = "SELECT number FROM events WHERE id = $1";
    if (id.size() != lowest_id.size() || !is_beginning_of_id(id))
        return std::optional<stored_event>();
    const auto found = database.run(sql, parameters().uuid(id), until);
    if (!found)
        return found.error();
    if (found->empty())
        return std::optional<stored_event>();
    return read_event(database, found->number(0, 0), until);
}

answer<std::vector<std::string>> ids_beginning_with(connection& database, const std::string& text,
                                                    std::size_t limit, deadline until) {
    static const std::string sql =
        "SELECT id FROM events WHERE id >= $1 AND id <= $2 ORDER BY id DESC LIMIT $3";
    std::vector<std::string> ids;
    if (!is_beginning_of_id(text))
        return ids;
    parameters given;
    given.uuid(completed(text, lowest_id)).uuid(completed(text, highest_id));
    given.number(static_cast<std::int64_t>(limit));
    const auto found = database.run(sql, given, until);
    if (!found)
        return found.error();
    for (std::size_t row = 0; row < found->size(); ++row)
        ids.push_back(found->uuid(row, 0));
    return ids;
}

answer<archive::id_page> ids_ending_with(connection& database, const std::string& text,
                                         const std::optional<std::string>& cursor, std::size_t limit,
                                         deadline until) {
    static const std::string newest = "SELECT id FROM events ORDER BY id DESC LIMIT $1";
    static const std::string older = "SELECT id FROM events WHERE id < $2 ORDER BY id DESC LIMIT $1";
    archive::id_page page;
    if (cursor && (cursor->size() != lowest_id.size() || !is_beginning_of_id(*cursor)))
        return page;
    parameters given;
    given.number(static_cast<std::int64_t>(scan_ids));
    if (cursor)
        given.uuid(*cursor);
    const auto found = database.run(cursor ? older : newest, given, until);
    if (!found)
        return found.error();
    for (std::size_t row = 0; row < found->size(); ++row) {
        auto id = found->uuid(row, 0);
        if (row + 1 == scan_ids)
            page.next = id;
        if (!id.ends_with(text))
            continue;
        page.items.push_back(id);
        if (page.items.size() < limit)
            continue;
        page.next = std::move(id);
        break;
    }
    return page;
}

answer<std::vector<sequence>> numbers_before(connection& database, const std::vector<time_point>& times,
                                             deadline until) {
    static const std::string sql = "SELECT coalesce(min(number), 1) FROM events";
    const auto oldest = database.run(sql, {}, until);
    if (!oldest)
        return oldest.error();
    std::vector<sequence> numbers;
    for (const auto time : times) {
        const auto last = last_before(database, time, until);
        if (!last)
            return last.error();
        numbers.push_back(std::max(*last, oldest->number(0, 0) - 1));
    }
    return numbers;
}

}  // namespace shopbell::postgres
