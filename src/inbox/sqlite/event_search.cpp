#include "event_search.hpp"

#include "rows.hpp"
#include "schema.hpp"

#include <shopbell/core/uuid.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace shopbell {

namespace {

/// One call's bounds: events looked at, and bytes of bodies given.
constexpr std::int64_t scan_rows = 2000;
constexpr std::size_t page_bytes = 4 * 1024 * 1024;
/// Of ids alone, which an index holds.
constexpr std::int64_t scan_ids = 20'000;
constexpr std::int64_t scan_subjects = 20'000;
/// Above every id that begins with the text in front: ids are hexadecimal digits and dashes.
constexpr auto above_all = "g";

/// The beginning of all ids made at that millisecond: their first 48 bits (RFC 9562, section 5.7).
std::string id_prefix(time_point at) {
    constexpr std::int64_t last = (std::int64_t{1} << 48) - 1;
    const auto time = static_cast<std::uint64_t>(std::clamp(milliseconds(at), std::int64_t{0}, last));
    uuid_bytes id{};
    for (std::size_t i = 0; i < 6; ++i)
        id[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
    return to_string(id).substr(0, 13);
}

}  // namespace

int event_search::attach(sqlite::connection& database) {
    database_ = &database;
    const std::string events(event_columns);
    const std::string some =
        std::string(summary_columns) + " FROM events WHERE number > ?1 AND number < ?2 ORDER BY number";
    return database.prepare_all({
        {sql_.last_before, "SELECT number FROM events WHERE id < ?1 ORDER BY id DESC LIMIT 1"},
        {sql_.newest_first, some + " DESC LIMIT ?3"},
        {sql_.oldest_first, some + " LIMIT ?3"},
        {sql_.state,
         "SELECT (SELECT max(state = 1) FROM deliveries WHERE number = ?1),"
         " ?1 > coalesce((SELECT min(position) FROM sinks), ?1)"},
        {sql_.state_at,
         "SELECT (SELECT state FROM deliveries WHERE sink = ?1 AND number = ?2),"
         " ?2 > (SELECT position FROM sinks WHERE name = ?1)"},
        {sql_.event, events + " WHERE number = ?1"},
        {sql_.summary, std::string(summary_columns) + " FROM events WHERE number = ?1"},
        {sql_.subjects, "SELECT number, subject FROM events WHERE number > ?1 ORDER BY number LIMIT ?2"},
        {sql_.event_by_id, events + " WHERE id = ?1 LIMIT 1"},
        {sql_.ids, "SELECT id FROM events WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"},
        {sql_.newest, "SELECT coalesce(max(number), 0) FROM events"},
    });
}

// Ids ascend with time, so an index finds where a time begins. Only a clock that was set back makes the two
// differ: events of such an hour may then be missed at a bound.
int event_search::last_before(time_point time, sequence& into) {
    const auto prefix = id_prefix(time);
    const sqlite::use row(sql_.last_before);
    row->bind(1, prefix);
    const int code = row->step();
    if (code == SQLITE_ROW)
        into = row->integer(0);
    return is_answer(code) ? SQLITE_OK : code;
}

int event_search::find_range(const event_filter& filter, std::optional<sequence> cursor, range& into) {
    into.above = filter.above;
    into.below = cursor.value_or(std::numeric_limits<sequence>::max());
    if (filter.since) {
        sequence last = 0;
        if (const int code = last_before(*filter.since, last); code != SQLITE_OK)
            return code;
        into.above = std::max(into.above, last);
    }
    if (!filter.until)
        return SQLITE_OK;
    sequence last = 0;
    const int code = last_before(*filter.until, last);
    into.below = std::min(into.below, last + 1);
    return code;
}

int event_search::find_state(sequence number, event_state& into) {
    const sqlite::use row(sql_.state);
    row->bind(1, number);
    if (const int code = row->step(); code != SQLITE_ROW)
        return code;
    into = event_state::delivered;
    if (!row->is_null(0) || row->integer(1) != 0)
        into = event_state::pending;
    if (row->integer(0) != 0)
        into = event_state::dead;
    return SQLITE_OK;
}

/// As `find_state`, of one sink.
int event_search::find_state_at(const std::string& sink, sequence number, event_state& into) {
    const sqlite::use row(sql_.state_at);
    row->bind(1, sink);
    row->bind(2, number);
    if (const int code = row->step(); code != SQLITE_ROW)
        return code;
    into = row->integer(1) != 0 ? event_state::pending : event_state::delivered;
    if (!row->is_null(0))
        into = row->integer(0) == static_cast<std::int64_t>(row_state::dead) ? event_state::dead
                                                                             : event_state::pending;
    return SQLITE_OK;
}

int event_search::takes(const event_filter& filter, const event_summary& one, bool& answer) {
    answer = fits_but_for_state(filter, one);
    if (!answer || filter.states.empty())
        return SQLITE_OK;
    event_state state{};
    const int code =
        filter.sink.empty() ? find_state(one.number, state) : find_state_at(filter.sink, one.number, state);
    answer = std::ranges::find(filter.states, state) != filter.states.end();
    return code;
}

int event_search::scan(sqlite::statement& order, const range& within, const event_filter& filter,
                       const taker& take, std::optional<sequence>& next) {
    const sqlite::use rows(order);
    rows->bind(1, within.above);
    rows->bind(2, within.below);
    rows->bind(3, scan_rows);
    sequence seen = 0;
    std::int64_t scanned = 0;
    bool more = true;
    int code = SQLITE_OK;
    // One row beyond the last one taken tells whether to go on.
    while ((code = rows->step()) == SQLITE_ROW && more) {
        auto one = summary_from(*rows);
        seen = one.number;
        ++scanned;
        bool taken = false;
        if (const int failed = takes(filter, one, taken); failed != SQLITE_OK)
            return failed;
        if (!taken)
            continue;
        if (const int failed = take(std::move(one), more); failed != SQLITE_OK)
            return failed;
    }
    if (code == SQLITE_ROW || scanned == scan_rows)
        next = seen;
    return is_answer(code) ? SQLITE_OK : code;
}

result<page<event_summary>> event_search::list(const event_filter& filter, std::optional<sequence> cursor,
                                               std::size_t limit) {
    const sqlite::snapshot moment(*database_);
    range within;
    if (const int code = find_range(filter, cursor, within); code != SQLITE_OK)
        return trouble(code);
    page<event_summary> found;
    const auto take = [&](event_summary one, bool& more) {
        const int code = find_state(one.number, one.state);
        found.items.push_back(std::move(one));
        more = found.items.size() < limit;
        return code;
    };
    if (const int code = scan(sql_.newest_first, within, filter, take, found.next); code != SQLITE_OK)
        return trouble(code);
    return found;
}

result<page<event_summary>> event_search::search(const event_filter& filter, const archive::predicate& wanted,
                                                 std::optional<sequence> cursor, std::size_t limit) {
    const sqlite::snapshot moment(*database_);
    range within;
    if (const int code = find_range(filter, cursor, within); code != SQLITE_OK)
        return trouble(code);
    page<event_summary> found;
    std::vector<stored_event> whole;
    std::size_t bytes = 0;
    const auto take = [&](event_summary one, bool& more) {
        whole.clear();
        bytes += one.bytes;
        more = bytes < page_bytes;
        if (const int code = read_one(one.number, whole); code != SQLITE_OK)
            return code;
        if (whole.empty() || !wanted(whole.front()))
            return SQLITE_OK;
        const int code = find_state(one.number, one.state);
        found.items.push_back(std::move(one));
        more = more && found.items.size() < limit;
        return code;
    };
    if (const int code = scan(sql_.newest_first, within, filter, take, found.next); code != SQLITE_OK)
        return trouble(code);
    return found;
}

result<page<stored_event>> event_search::read(const event_filter& filter, sequence cursor,
                                              std::size_t limit) {
    const sqlite::snapshot moment(*database_);
    range within;
    if (const int code = find_range(filter, std::nullopt, within); code != SQLITE_OK)
        return trouble(code);
    within.above = std::max(within.above, cursor);
    page<stored_event> found;
    std::size_t bytes = 0;
    const auto take = [&](const event_summary& one, bool& more) {
        const int code = read_one(one.number, found.items);
        bytes += one.bytes;
        more = found.items.size() < limit && bytes < page_bytes;
        return code;
    };
    if (const int code = scan(sql_.oldest_first, within, filter, take, found.next); code != SQLITE_OK)
        return trouble(code);
    return found;
}

int event_search::read_one(sequence number, std::vector<stored_event>& into) {
    const sqlite::use row(sql_.event);
    row->bind(1, number);
    const int code = row->step();
    if (code == SQLITE_ROW)
        return event_from(*row, into.emplace_back());
    return is_answer(code) ? SQLITE_OK : code;
}

result<std::optional<stored_event>> event_search::find(const std::string& id) {
    const sqlite::use row(sql_.event_by_id);
    row->bind(1, id);
    const int code = row->step();
    if (code == SQLITE_DONE)
        return std::optional<stored_event>();
    if (code != SQLITE_ROW)
        return trouble(code);
    stored_event found;
    if (const int damaged = event_from(*row, found); damaged != SQLITE_OK)
        return trouble(damaged);
    return std::optional(std::move(found));
}

result<std::vector<std::string>> event_search::ids_beginning_with(const std::string& text,
                                                                  std::size_t limit) {
    const sqlite::use rows(sql_.ids);
    const auto above = text + above_all;
    rows->bind(1, text);
    rows->bind(2, above);
    rows->bind(3, static_cast<std::int64_t>(limit));
    std::vector<std::string> found;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW)
        found.emplace_back(rows->bytes(0));
    if (code != SQLITE_DONE)
        return trouble(code);
    return found;
}

result<archive::id_page> event_search::ids_ending_with(const std::string& text,
                                                       const std::optional<std::string>& cursor,
                                                       std::size_t limit) {
    const sqlite::use rows(sql_.ids);
    const auto below = cursor.value_or(above_all);
    rows->bind(1, std::string_view());
    rows->bind(2, below);
    rows->bind(3, scan_ids);
    archive::id_page found;
    std::string seen;
    std::int64_t scanned = 0;
    int code = SQLITE_OK;
    while (found.items.size() < limit && (code = rows->step()) == SQLITE_ROW) {
        seen = rows->bytes(0);
        ++scanned;
        if (seen.ends_with(text))
            found.items.push_back(seen);
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return trouble(code);
    if (scanned == scan_ids || found.items.size() == limit)
        found.next = std::move(seen);
    return found;
}

result<sequence> event_search::newest() {
    const sqlite::use row(sql_.newest);
    if (const int code = row->step(); code != SQLITE_ROW)
        return trouble(code);
    return row->integer(0);
}

result<std::vector<sequence>> event_search::numbers_before(const std::vector<time_point>& times) {
    const sqlite::snapshot moment(*database_);
    sequence oldest = 0;
    if (const int code = database_->query("SELECT coalesce(min(number), 1) FROM events", oldest);
        code != SQLITE_OK)
        return trouble(code);
    std::vector<sequence> found;
    for (const auto time : times) {
        sequence last = 0;
        if (const int code = last_before(time, last); code != SQLITE_OK)
            return trouble(code);
        found.push_back(std::max(last, oldest - 1));
    }
    return found;
}

result<std::vector<stored_event>> event_search::read_all(const std::vector<sequence>& numbers) {
    std::vector<stored_event> found;
    for (const auto number : numbers) {
        if (const int code = read_one(number, found); code != SQLITE_OK)
            return trouble(code);
    }
    return found;
}

/// Reads on in the inbox, a bounded part of it.
int event_search::learn_subjects(bool& complete) {
    const sqlite::use rows(sql_.subjects);
    rows->bind(1, subjects_.last_number());
    rows->bind(2, scan_subjects);
    std::int64_t scanned = 0;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        subjects_.add(rows->integer(0), rows->bytes(1));
        ++scanned;
    }
    complete = scanned < scan_subjects;
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

result<page<event_summary>> event_search::list_subject(const std::string& subject, const event_filter& filter,
                                                       std::optional<sequence> cursor, std::size_t limit) {
    const sqlite::snapshot moment(*database_);
    constexpr auto last_of_all = std::numeric_limits<sequence>::max();
    page<event_summary> found;
    bool complete = false;
    if (const int code = learn_subjects(complete); code != SQLITE_OK)
        return trouble(code);
    if (!complete) {
        found.next = cursor.value_or(last_of_all);
        return found;
    }
    range within;
    if (const int code = find_range(filter, std::nullopt, within); code != SQLITE_OK)
        return trouble(code);
    within.below = std::min(within.below, cursor.value_or(last_of_all));
    for (const auto number : subjects_.find(subject, within.below)) {
        if (number <= within.above)
            break;
        const sqlite::use row(sql_.summary);
        row->bind(1, number);
        const int code = row->step();
        if (code == SQLITE_DONE)
            continue;
        if (code != SQLITE_ROW)
            return trouble(code);
        auto summary = summary_from(*row);
        bool taken = false;
        if (const int failed = takes(filter, summary, taken); failed != SQLITE_OK)
            return trouble(failed);
        if (!taken || !is_subject_or_tail(summary.subject, subject))
            continue;
        if (found.items.size() == limit) {
            found.next = found.items.back().number;
            break;
        }
        if (const int failed = find_state(number, summary.state); failed != SQLITE_OK)
            return trouble(failed);
        found.items.push_back(std::move(summary));
    }
    return found;
}

failure event_search::trouble(int code) const {
    return describe_failure(*database_, code, "reading the inbox " + database_->path());
}

}  // namespace shopbell
