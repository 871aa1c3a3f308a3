#include "event_rows.hpp"

#include <utility>

namespace shopbell::postgres {

namespace {

/// The columns that every statement here begins with.
template <class Event>
Event begin_event(const rows& found, std::size_t row) {
    Event event;
    event.number = found.number(row, 0);
    event.id = found.uuid(row, 1);
    event.accepted_at = found.time(row, 2);
    event.endpoint = found.bytes(row, 3);
    event.provider = found.bytes(row, 4);
    event.type = found.bytes(row, 5);
    event.subject = found.bytes(row, 6);
    event.store = found.bytes(row, 7);
    return event;
}

stored_event event_from(const rows& found, std::size_t row) {
    auto event = begin_event<stored_event>(found, row);
    event.fields = unpack_headers(found.bytes(row, 8));
    event.body = found.bytes(row, 9);
    return event;
}

answer<std::vector<stored_event>> events_from(const answer<rows>& found) {
    if (!found)
        return found.error();
    std::vector<stored_event> events;
    for (std::size_t row = 0; row < found->size(); ++row)
        events.push_back(event_from(*found, row));
    return events;
}

answer<std::optional<stored_event>> at_most_one(const answer<rows>& found) {
    if (!found)
        return found.error();
    if (found->empty())
        return std::optional<stored_event>();
    return std::optional(event_from(*found, 0));
}

}  // namespace

event_summary summary_from(const rows& found, std::size_t row) {
    auto event = begin_event<event_summary>(found, row);
    event.bytes = static_cast<std::size_t>(found.number(row, 8));
    return event;
}

answer<std::vector<stored_event>> read_after(connection& database, sequence position, std::size_t count,
                                             std::size_t bytes, deadline until) {
    // The bodies in front of each event are summed by their lengths, so that none beyond the bound is read.
    static const std::string sql =
        "SELECT number, id, accepted_at, endpoint, provider, type, subject, store, headers, body FROM"
        " (SELECT w.*, sum(octet_length(body)) OVER (ORDER BY number) - octet_length(body) AS before FROM"
        " (SELECT * FROM events WHERE number > $1 ORDER BY number LIMIT $2) w) x"
        " WHERE before < $3 OR before = 0 ORDER BY number";
    parameters given;
    given.number(position).number(static_cast<std::int64_t>(count)).number(static_cast<std::int64_t>(bytes));
    return events_from(database.run(sql, given, until));
}

answer<std::optional<stored_event>> read_head_after(connection& database, sequence position, deadline until) {
    static const std::string sql =
        "SELECT number, id, accepted_at, endpoint, provider, type, subject, store, ''::bytea, ''::bytea"
        " FROM events WHERE number > $1 ORDER BY number LIMIT 1";
    return at_most_one(database.run(sql, parameters().number(position), until));
}

answer<std::optional<stored_event>> read_event(connection& database, sequence number, deadline until) {
    static const std::string sql =
        "SELECT number, id, accepted_at, endpoint, provider, type, subject, store, headers, body"
        " FROM events WHERE number = $1";
    return at_most_one(database.run(sql, parameters().number(number), until));
}

answer<std::vector<stored_event>> read_events(connection& database, const std::vector<sequence>& numbers,
                                              deadline until) {
    static const std::string sql =
        "SELECT number, id, accepted_at, endpoint, provider, type, subject, store, headers, body"
        " FROM events WHERE number = ANY($1) ORDER BY number";
    return events_from(database.run(sql, parameters().numbers(numbers), until));
}

answer<sequence> read_newest(connection& database, deadline until) {
    static const std::string sql = "SELECT coalesce(max(number), 0) FROM events";
    const auto found = database.run(sql, parameters(), until);
    if (!found)
        return found.error();
    return found->number(0, 0);
}

}  // namespace shopbell::postgres
