#include "event_reader.hpp"

#include "rows.hpp"
#include "schema.hpp"

#include <new>
#include <utility>

namespace shopbell {

result<void> event_reader::open(const std::string& path) {
    const std::string events(event_columns);
    const std::string deliveries = std::string(pending_columns) + " INDEXED BY deliveries_by_state";
    int code = database_.open(path, sqlite::access::read_only);
    if (code == SQLITE_OK)
        code = database_.prepare_all({
            {after_, events + " WHERE number > ?1 ORDER BY number LIMIT ?2"},
            {one_, events + " WHERE number = ?1"},
            {head_,
             "SELECT number, id, accepted_at, endpoint, provider, type, subject, store, '', '' FROM events"
             " WHERE number > ?1 ORDER BY number LIMIT 1"},
            {position_, "SELECT position, paused FROM sinks WHERE name = ?1 AND paused < 2"},
            {pending_, deliveries + " WHERE sink = ?1 AND state = 0 ORDER BY number"},
            {queued_, deliveries + " WHERE sink = ?1 AND state = 2 AND number > ?2"
                                   " ORDER BY number LIMIT ?3"},
        });
    if (code != SQLITE_OK)
        return describe_failure(database_, code, "reading the inbox " + path);
    return {};
}

result<std::vector<stored_event>> event_reader::after(sequence position, std::size_t count,
                                                      std::size_t bytes) {
    const sqlite::use rows(after_);
    rows->bind(1, position);
    rows->bind(2, static_cast<std::int64_t>(count));
    std::vector<stored_event> events;
    std::size_t size = 0;
    int code = SQLITE_ROW;
    while (size < bytes && (code = rows->step()) == SQLITE_ROW) {
        if (const int damaged = event_from(*rows, events.emplace_back()); damaged != SQLITE_OK)
            return trouble(damaged);
        size += events.back().body.size();
    }
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return trouble(code);
    return events;
}

result<std::optional<stored_event>> event_reader::one(sequence number) {
    return at_most_one(one_, number);
}

result<std::optional<stored_event>> event_reader::head_after(sequence position) {
    return at_most_one(head_, position);
}

result<std::optional<stored_event>> event_reader::at_most_one(sqlite::statement& statement, sequence number) {
    const sqlite::use row(statement);
    row->bind(1, number);
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

result<std::optional<sink_progress>> event_reader::progress(const std::string& sink) {
    const sqlite::snapshot moment(database_);
    sink_progress found;
    {
        const sqlite::use row(position_);
        row->bind(1, sink);
        const int code = row->step();
        if (code == SQLITE_DONE)
            return std::optional<sink_progress>();
        if (code != SQLITE_ROW)
            return trouble(code);
        found.position = row->integer(0);
        found.paused = row->integer(1) != 0;
    }
    auto waiting = pending(sink);
    if (!waiting)
        return waiting.error();
    found.pending = *std::move(waiting);
    return std::optional(std::move(found));
}

result<std::vector<pending_delivery>> event_reader::pending(const std::string& sink) {
    const sqlite::use rows(pending_);
    rows->bind(1, sink);
    return list(*rows);
}

result<std::vector<pending_delivery>> event_reader::queued(const std::string& sink, sequence after,
                                                           std::size_t count) {
    const sqlite::use rows(queued_);
    rows->bind(1, sink);
    rows->bind(2, after);
    rows->bind(3, static_cast<std::int64_t>(count));
    auto found = list(*rows);
    if (found) {
        for (auto& one : *found)
            one.queued = true;
    }
    return found;
}

result<std::vector<pending_delivery>> event_reader::list(sqlite::statement& rows) const {
    std::vector<pending_delivery> found;
    int code = SQLITE_OK;
    while ((code = rows.step()) == SQLITE_ROW)
        found.push_back(pending_from(rows));
    if (code != SQLITE_DONE)
        return trouble(code);
    return found;
}

result<sequence> event_reader::last_number() {
    sequence last = 0;
    if (const int code = database_.query("SELECT coalesce(max(number), 0) FROM events", last);
        code != SQLITE_OK)
        return trouble(code);
    return last;
}

/// Too little memory for an event is no trouble of the file.
failure event_reader::trouble(int code) const {
    if ((code & 0xff) == SQLITE_NOMEM)
        throw std::bad_alloc();
    return describe_failure(database_, code, "reading the inbox " + database_.path());
}

}  // namespace shopbell
