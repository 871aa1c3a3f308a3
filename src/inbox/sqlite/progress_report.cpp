#include "progress_report.hpp"

#include "occupancy.hpp"
#include "rows.hpp"
#include "schema.hpp"
#include <shopbell/inbox/reception.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace shopbell {

namespace {

delivery_state::kind kind_of(row_state state) {
    switch (state) {
        case row_state::pending:
            return delivery_state::kind::pending;
        case row_state::dead:
            return delivery_state::kind::dead;
        case row_state::queued:
            break;
    }
    return delivery_state::kind::queued;
}

/// sinks.name, position, then the columns of its delivery, null where it has none.
delivery_state delivery_from(const sqlite::statement& row, sequence number) {
    delivery_state one;
    one.sink = row.bytes(0);
    if (row.is_null(2)) {
        one.what = number > row.integer(1) ? delivery_state::kind::ahead : delivery_state::kind::passed;
        return one;
    }
    one.what = kind_of(static_cast<row_state>(row.integer(2)));
    one.attempts = static_cast<unsigned>(row.integer(3));
    // Asked for by a person, tried since, and failed: it waits like any other.
    if (one.what == delivery_state::kind::queued && one.attempts > 0)
        one.what = delivery_state::kind::pending;
    if (one.what == delivery_state::kind::pending)
        one.next_attempt = time_from(row.integer(4));
    if (one.what == delivery_state::kind::dead)
        one.died_at = time_from(row.integer(4));
    one.last_error = row.bytes(5);
    return one;
}

history_entry entry_from(const sqlite::statement& row) {
    history_entry one;
    one.number = row.integer(0);
    one.what = static_cast<history_entry::kind>(row.integer(2));
    one.at = time_from(row.integer(3));
    one.took = std::chrono::milliseconds(row.integer(4));
    one.error = row.bytes(5);
    one.response = row.bytes(6);
    one.status = static_cast<unsigned>(row.integer(7));
    return one;
}

}  // namespace

int progress_report::attach(sqlite::connection& database) {
    database_ = &database;
    const std::string dead =
        std::string(summary_columns) +
        ", attempts, next_attempt, last_error FROM deliveries INDEXED BY deliveries_by_state"
        " CROSS JOIN events ON events.number = deliveries.number"
        " WHERE sink = ?1 AND state = 1 AND deliveries.number > ?2 ORDER BY deliveries.number LIMIT ?3";
    return database.prepare_all({
        {sql_.deliveries,
         "SELECT name, position, state, attempts, next_attempt, last_error FROM sinks LEFT JOIN deliveries"
         " ON deliveries.sink = name AND deliveries.number = ?1 ORDER BY name"},
        {sql_.history,
         "SELECT number, sink, what, at, took, error, response, status FROM history WHERE number = ?1"
         " ORDER BY sink, entry"},
        {sql_.dead, dead},
        {sql_.sink_names, "SELECT name FROM sinks WHERE name >= ?1 ORDER BY name"},
        {sql_.sinks, "SELECT name, paused, position, paused_at, delivered_at FROM sinks ORDER BY name"},
        {sql_.count,
         "SELECT count(*), coalesce(sum(number <= ?3), 0), min(number) FROM deliveries"
         " INDEXED BY deliveries_by_state WHERE sink = ?1 AND state = ?2"},
        // What retention leaves behind on its way are events that some delivery still concerns. The first one
        // that none does is where the unbroken run of events begins; a thousand are enough to look for it.
        {sql_.stored,
         "WITH oldest AS (SELECT number FROM events ORDER BY number LIMIT 1000),"
         " run AS (SELECT coalesce((SELECT number FROM oldest WHERE NOT EXISTS"
         "  (SELECT 1 FROM deliveries WHERE deliveries.number = oldest.number) ORDER BY number LIMIT 1),"
         "  (SELECT max(number) FROM oldest)) AS first)"
         " SELECT (SELECT max(number) FROM events) - first + 1"
         "  + (SELECT count(DISTINCT number) FROM deliveries WHERE number < first) FROM run"},
        // Those in front of the page as well: what holds a delivery back may be among them.
        {sql_.waiting,
         "SELECT number, state, subject, attempts, next_attempt, last_error FROM deliveries"
         " WHERE sink = ?1 AND state <> 1 ORDER BY number"},
        {sql_.id_of, std::string(summary_columns) + " FROM events WHERE number = ?1"},
        {sql_.received,
         "SELECT received, coalesce((SELECT count FROM repeats WHERE repeats.number = events.number), 0)"
         " FROM events WHERE number = ?1"},
        {sql_.accepted, "SELECT accepted_at, id FROM events WHERE number >= ?1 ORDER BY number LIMIT 1"},
    });
}

result<std::vector<delivery_state>> progress_report::deliveries(sequence number) {
    const sqlite::snapshot moment(*database_);
    std::vector<delivery_state> found;
    {
        const sqlite::use rows(sql_.deliveries);
        rows->bind(1, number);
        int code = SQLITE_OK;
        while ((code = rows->step()) == SQLITE_ROW)
            found.push_back(delivery_from(*rows, number));
        if (code != SQLITE_DONE)
            return trouble(code);
    }
    if (const int code = add_history(number, found); code != SQLITE_OK)
        return trouble(code);
    return found;
}

int progress_report::add_history(sequence number, std::vector<delivery_state>& into) {
    const sqlite::use rows(sql_.history);
    rows->bind(1, number);
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        const auto sink = rows->bytes(1);
        const auto at = std::find_if(into.begin(), into.end(),
                                     [sink](const delivery_state& one) { return one.sink == sink; });
        if (at != into.end())
            at->history.push_back(entry_from(*rows));
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

result<archive::dead_page> progress_report::dead_letters(const std::string& sink,
                                                         const std::optional<archive::dead_cursor>& cursor,
                                                         std::size_t limit) {
    const sqlite::snapshot moment(*database_);
    std::vector<std::string> names{sink};
    if (sink.empty()) {
        names.clear();
        if (const int code = sink_names(cursor ? cursor->first : std::string(), names); code != SQLITE_OK)
            return trouble(code);
    }
    archive::dead_page found;
    // One more than asked for tells whether to go on.
    const auto wanted = std::max<std::size_t>(limit, 1);
    for (const auto& name : names) {
        const auto after = cursor && cursor->first == name ? cursor->second : 0;
        if (const int code = add_dead(name, after, wanted + 1 - found.items.size(), found); code != SQLITE_OK)
            return trouble(code);
        if (found.items.size() <= wanted)
            continue;
        found.items.pop_back();
        found.next = archive::dead_cursor(found.items.back().sink, found.items.back().about.number);
        break;
    }
    return found;
}

int progress_report::add_dead(const std::string& sink, sequence after, std::size_t limit,
                              archive::dead_page& into) {
    const sqlite::use rows(sql_.dead);
    rows->bind(1, sink);
    rows->bind(2, after);
    rows->bind(3, static_cast<std::int64_t>(limit));
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        dead_letter one;
        one.sink = sink;
        one.about = summary_from(*rows);
        one.about.state = event_state::dead;
        one.attempts = static_cast<unsigned>(rows->integer(summary_width));
        one.died_at = time_from(rows->integer(summary_width + 1));
        one.last_error = rows->bytes(summary_width + 2);
        into.items.push_back(std::move(one));
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int progress_report::sink_names(const std::string& from, std::vector<std::string>& into) {
    const sqlite::use rows(sql_.sink_names);
    rows->bind(1, from);
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW)
        into.emplace_back(rows->bytes(0));
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

result<std::vector<sink_record>> progress_report::sinks() {
    const sqlite::snapshot moment(*database_);
    sequence newest = 0;
    if (const int failed = database_->query("SELECT coalesce(max(number), 0) FROM events", newest);
        failed != SQLITE_OK)
        return trouble(failed);
    std::vector<sink_record> found;
    const sqlite::use rows(sql_.sinks);
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        sink_record one;
        one.name = rows->bytes(0);
        one.paused = rows->integer(1) == 1;
        if (one.paused && !rows->is_null(3))
            one.paused_at = time_from(rows->integer(3));
        if (!rows->is_null(4))
            one.delivered_at = time_from(rows->integer(4));
        one.position = rows->integer(2);
        if (const int failed = count(one, rows->integer(2), newest); failed != SQLITE_OK)
            return trouble(failed);
        found.push_back(std::move(one));
    }
    if (code != SQLITE_DONE)
        return trouble(code);
    return found;
}

result<std::optional<reception_report>> progress_report::received(sequence number) {
    const sqlite::snapshot moment(*database_);
    const sqlite::use row(sql_.received);
    row->bind(1, number);
    const int code = row->step();
    if (!is_answer(code))
        return trouble(code);
    if (code == SQLITE_DONE || row->is_null(0))
        return std::optional<reception_report>();
    reception_report found{unpack_reception(row->bytes(0)), static_cast<std::uint64_t>(row->integer(1))};
    return std::optional(std::move(found));
}

int progress_report::find_summary(sequence number, std::optional<event_summary>& into) {
    const sqlite::use row(sql_.id_of);
    row->bind(1, number);
    const int code = row->step();
    if (code == SQLITE_ROW)
        into = summary_from(*row);
    return is_answer(code) ? SQLITE_OK : code;
}

result<page<waiting_record>> progress_report::waiting(const std::string& sink, sequence cursor,
                                                      std::size_t limit) {
    const sqlite::snapshot moment(*database_);
    page<waiting_record> found;
    std::map<std::string, sequence, std::less<>> first_of_subject;
    const sqlite::use rows(sql_.waiting);
    rows->bind(1, sink);
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        const auto number = rows->integer(0);
        const auto subject = std::string(rows->bytes(2));
        const auto first =
            subject.empty() ? number : first_of_subject.try_emplace(subject, number).first->second;
        if (number <= cursor)
            continue;
        if (found.items.size() == limit) {
            found.next = found.items.back().about.number;
            break;
        }
        std::optional<event_summary> about, holder;
        if (const int failed = find_summary(number, about); failed != SQLITE_OK)
            return trouble(failed);
        if (const int failed = first == number ? SQLITE_OK : find_summary(first, holder); failed != SQLITE_OK)
            return trouble(failed);
        if (!about)
            continue;
        waiting_record one;
        one.about = *std::move(about);
        one.about.state = event_state::pending;
        one.attempts = static_cast<unsigned>(rows->integer(3));
        one.queued = rows->integer(1) == static_cast<std::int64_t>(row_state::queued) && one.attempts == 0;
        if (!one.queued)
            one.next_attempt = time_from(rows->integer(4));
        one.last_error = rows->bytes(5);
        if (holder)
            one.held_by = std::move(holder->id);
        found.items.push_back(std::move(one));
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return trouble(code);
    return found;
}

result<inbox_extent> progress_report::extent() {
    const sqlite::snapshot moment(*database_);
    const sqlite::use row(sql_.stored);
    if (const int code = row->step(); code != SQLITE_ROW)
        return trouble(code);
    inbox_extent found;
    found.events = static_cast<std::uint64_t>(row->integer(0));  // null, and so 0, where there is none
    if (const int code = bytes_in_use(*database_, found.bytes); code != SQLITE_OK)
        return trouble(code);
    return found;
}

int progress_report::count(sink_record& into, sequence position, sequence newest) {
    into.lag = static_cast<std::size_t>(std::max<sequence>(newest - position, 0));
    auto oldest = position + 1;
    const std::pair<row_state, std::size_t&> all[] = {
        {row_state::pending, into.pending}, {row_state::queued, into.queued}, {row_state::dead, into.dead}};
    for (const auto& [state, rows] : all) {
        const sqlite::use row(sql_.count);
        row->bind(1, into.name);
        row->bind(2, static_cast<std::int64_t>(state));
        row->bind(3, position);
        if (const int code = row->step(); code != SQLITE_ROW)
            return code;
        rows = static_cast<std::size_t>(row->integer(0));
        if (state == row_state::dead)
            continue;
        into.lag += static_cast<std::size_t>(row->integer(1));
        if (!row->is_null(2))
            oldest = std::min(oldest, row->integer(2));
    }
    if (into.lag == 0)
        return SQLITE_OK;
    const sqlite::use row(sql_.accepted);
    row->bind(1, oldest);
    const int code = row->step();
    if (code == SQLITE_ROW) {
        into.waiting_since = time_from(row->integer(0));
        into.oldest_waiting = row->bytes(1);
    }
    return is_answer(code) ? SQLITE_OK : code;
}

failure progress_report::trouble(int code) const {
    return describe_failure(*database_, code, "reading the inbox " + database_->path());
}

}  // namespace shopbell
