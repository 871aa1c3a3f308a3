#include "delivery_table.hpp"

namespace shopbell {

int delivery_table::attach(sqlite::connection& database) {
    if (const int code = history_.attach(database); code != SQLITE_OK)
        return code;
    return database.prepare_all({
        // A sink that is being removed (rows.hpp) has no place any more.
        {sql_.begin,
         "INSERT INTO sinks (name, position, delivered_at) VALUES (?1, ?2, ?3)"
         " ON CONFLICT (name) DO UPDATE SET position = max(position, ?2), paused = paused & 1,"
         " delivered_at = coalesce(?3, delivered_at)"},
        {sql_.move_position,
         "UPDATE sinks SET position = max(position, ?2), delivered_at = coalesce(?3, delivered_at)"
         " WHERE name = ?1 AND paused < 2"},
        {sql_.save,
         "INSERT OR REPLACE INTO deliveries (sink, number, state, subject, attempts, first_attempt, "
         "next_attempt, last_error) SELECT ?1, number, ?3, ?4, ?5, ?6, ?7, ?8 FROM events WHERE number = ?2"},
        {sql_.save_dead,
         "INSERT OR REPLACE INTO deliveries (sink, number, state, subject, attempts, first_attempt, "
         "next_attempt, last_error) SELECT ?1, number, 1, subject, ?3, 0, ?4, ?5 FROM events"
         " WHERE number = ?2"},
        {sql_.forget, "DELETE FROM deliveries WHERE sink = ?1 AND number = ?2"},
        {sql_.queue,
         "INSERT INTO deliveries (sink, number, state, subject, attempts, first_attempt, next_attempt, "
         "last_error) SELECT ?1, number, 2, subject, 0, 0, 0, '' FROM events"
         " WHERE number = ?2 AND EXISTS (SELECT 1 FROM sinks WHERE name = ?1 AND paused < 2)"
         " ON CONFLICT (sink, number) DO UPDATE SET state = 2, subject = excluded.subject, attempts = 0,"
         " first_attempt = 0, next_attempt = 0"},
        {sql_.retry,
         "UPDATE deliveries SET state = 2, attempts = 0, first_attempt = 0, next_attempt = 0,"
         " subject = coalesce((SELECT subject FROM events WHERE events.number = ?2), subject)"
         " WHERE sink = ?1 AND number = ?2 AND state = 1"},
        {sql_.drop, "DELETE FROM deliveries WHERE sink = ?1 AND number = ?2 AND state = 1"},
    });
}

void delivery_table::detach() {
    history_.detach();
    sql_ = {};
}

int delivery_table::settle(const settlement& results) {
    auto& move = results.begins ? sql_.begin : sql_.move_position;
    std::optional<std::int64_t> delivered_at;
    if (results.delivered_at)
        delivered_at = milliseconds(*results.delivered_at);
    if (const int code = sqlite::run(move, results.sink, results.position, delivered_at); code != SQLITE_OK)
        return code;
    if (move.changes() == 0)
        return SQLITE_OK;
    if (const int code = settle_rows(results); code != SQLITE_OK)
        return code;
    for (const auto& one : results.history) {
        if (const int code = history_.add(results.sink, one); code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

int delivery_table::settle_rows(const settlement& results) {
    for (const auto& one : results.pending) {
        const auto state = static_cast<std::int64_t>(one.queued ? row_state::queued : row_state::pending);
        if (const int code = sqlite::run(sql_.save, results.sink, one.number, state, one.subject,
                                         std::int64_t{one.attempts}, milliseconds(one.first_attempt),
                                         milliseconds(one.next_attempt), one.last_error);
            code != SQLITE_OK)
            return code;
    }
    for (const auto& one : results.dead) {
        if (const int code = sqlite::run(sql_.save_dead, results.sink, one.number, std::int64_t{one.attempts},
                                         milliseconds(one.died_at), one.last_error);
            code != SQLITE_OK)
            return code;
    }
    for (const auto number : results.delivered) {
        if (const int code = sqlite::run(sql_.forget, results.sink, number); code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

int delivery_table::replay(const std::string& sink, sequence number, time_point at, bool& changed) {
    if (const int code = sqlite::run(sql_.queue, sink, number); code != SQLITE_OK)
        return code;
    changed = sql_.queue.changes() != 0;
    return changed ? note(sink, number, history_entry::kind::replayed, at) : SQLITE_OK;
}

int delivery_table::decide(const std::string& sink, sequence number, dead_letter_decision::kind what,
                           time_point at, bool& changed) {
    const bool retry = what == dead_letter_decision::kind::retry;
    auto& statement = retry ? sql_.retry : sql_.drop;
    if (const int code = sqlite::run(statement, sink, number); code != SQLITE_OK)
        return code;
    changed = statement.changes() != 0;
    if (!changed)
        return SQLITE_OK;
    return note(sink, number, retry ? history_entry::kind::retried : history_entry::kind::dropped, at);
}

int delivery_table::note(const std::string& sink, sequence number, history_entry::kind what, time_point at) {
    history_entry one;
    one.number = number;
    one.what = what;
    one.at = at;
    return history_.add(sink, one);
}

}  // namespace shopbell
