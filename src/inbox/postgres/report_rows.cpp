#include "archive_rows.hpp"
#include "event_rows.hpp"
#include "sink_rows.hpp"

#include <shopbell/inbox/reception.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace shopbell::postgres {

namespace {

/// sinks.name, position, then the columns of its delivery, null where it has none.
delivery_state delivery_from(const rows& found, std::size_t row, sequence number) {
    using enum delivery_state::kind;
    delivery_state delivery;
    delivery.sink = found.bytes(row, 0);
    if (found.is_null(row, 2)) {
        delivery.what = number > found.number(row, 1) ? ahead : passed;
        return delivery;
    }
    const auto state = found.number(row, 2);
    delivery.attempts = static_cast<unsigned>(found.number(row, 3));
    if (state == state_dead)
        delivery.what = dead;
    else  // Asked for by a person, tried since, and failed: it waits like any other.
        delivery.what = state == state_pending || delivery.attempts > 0 ? pending : queued;
    if (delivery.what == pending)
        delivery.next_attempt = found.time(row, 4);
    if (delivery.what == dead)
        delivery.died_at = found.time(row, 4);
    delivery.last_error = found.bytes(row, 5);
    return delivery;
}

/// The columns behind that of the sink.
history_entry entry_from(const rows& found, std::size_t row, sequence number) {
    history_entry entry;
    entry.number = number;
    entry.what = static_cast<history_entry::kind>(found.number(row, 1));
    entry.at = found.time(row, 2);
    entry.took = std::chrono::milliseconds(found.number(row, 3));
    entry.error = found.bytes(row, 4);
    entry.response = found.bytes(row, 5);
    entry.status = static_cast<unsigned>(found.number(row, 6));
    return entry;
}

answer<void> add_history(connection& database, sequence number, std::vector<delivery_state>& into,
                         deadline until) {
    static const std::string sql =
        "SELECT sink, what, at, took, error, response, status FROM history WHERE number = $1 ORDER BY entry";
    const auto found = database.run(sql, parameters().number(number), until);
    if (!found)
        return found.error();
    for (std::size_t row = 0; row < found->size(); ++row) {
        const auto at = std::ranges::find(into, found->bytes(row, 0), &delivery_state::sink);
        if (at != into.end())
            at->history.push_back(entry_from(*found, row, number));
    }
    return {};
}

answer<std::vector<std::string>> sink_names(connection& database, const std::string& from, deadline until) {
    static const std::string sql =
        R"(SELECT name FROM sinks WHERE name COLLATE "C" >= $1 ORDER BY name COLLATE "C")";
    const auto found = database.run(sql, parameters().text(storable_text(from)), until);
    if (!found)
        return found.error();
    std::vector<std::string> names;
    for (std::size_t row = 0; row < found->size(); ++row)
        names.emplace_back(found->bytes(row, 0));
    return names;
}

answer<void> add_dead(connection& database, const std::string& sink, sequence after, std::size_t limit,
                      archive::dead_page& into, deadline until) {
    static const std::string sql =
        std::string(summary_columns) +
        ", attempts, next_attempt, last_error FROM deliveries d JOIN events ON events.number = d.number"
        " WHERE d.sink = $1 AND d.state = 1 AND d.number > $2 ORDER BY d.number LIMIT $3";
    parameters given;
    given.text(storable_text(sink)).number(after).number(static_cast<std::int64_t>(limit));
    const auto found = database.run(sql, given, until);
    if (!found)
        return found.error();
    for (std::size_t row = 0; row < found->size(); ++row) {
        dead_letter letter;
        letter.sink = sink;
        letter.about = summary_from(*found, row);
        letter.about.state = event_state::dead;
        letter.attempts = static_cast<unsigned>(found->number(row, summary_width));
        letter.died_at = found->time(row, summary_width + 1);
        letter.last_error = found->bytes(row, summary_width + 2);
        into.items.push_back(std::move(letter));
    }
    return {};
}

}  // namespace

answer<std::vector<delivery_state>> read_deliveries(connection& database, sequence number, deadline until) {
    static const std::string sql =
        "SELECT name, position, state, attempts, next_attempt, last_error FROM sinks LEFT JOIN deliveries d"
        R"( ON d.sink = name AND d.number = $1 ORDER BY name COLLATE "C")";
    const auto found = database.run(sql, parameters().number(number), until);
    if (!found)
        return found.error();
    std::vector<delivery_state> deliveries;
    for (std::size_t row = 0; row < found->size(); ++row)
        deliveries.push_back(delivery_from(*found, row, number));
    if (const auto added = add_history(database, number, deliveries, until); !added)
        return added.error();
    return deliveries;
}

answer<std::optional<reception_report>> read_reception(connection& database, sequence number,
                                                       deadline until) {
    static const std::string sql =
        "SELECT received, coalesce((SELECT count FROM repeats r WHERE r.number = e.number), 0)"
        " FROM events e WHERE number = $1";
    const auto found = database.run(sql, parameters().number(number), until);
    if (!found)
        return found.error();
    if (found->empty() || found->is_null(0, 0))
        return std::optional<reception_report>();
    reception_report report{unpack_reception(found->bytes(0, 0)),
                            static_cast<std::uint64_t>(found->number(0, 1))};
    return std::optional(std::move(report));
}

answer<std::vector<event_report>> report(connection& database, const std::vector<sequence>& numbers,
                                         deadline until) {
    auto events = read_events(database, numbers, until);
    if (!events)
        return events.error();
    std::vector<event_report> reports;
    for (const auto number : numbers) {
        const auto event = std::ranges::lower_bound(*events, number, {}, &stored_event::number);
        if (event == events->end() || event->number != number)
            continue;
        auto deliveries = read_deliveries(database, number, until);
        if (!deliveries)
            return deliveries.error();
        reports.push_back({*event, *std::move(deliveries)});
    }
    return reports;
}

answer<archive::dead_page> dead_letters(connection& database, const std::string& sink,
                                        const std::optional<archive::dead_cursor>& cursor, std::size_t limit,
                                        deadline until) {
    std::vector<std::string> names{sink};
    if (sink.empty()) {
        auto all = sink_names(database, cursor ? cursor->first : std::string(), until);
        if (!all)
            return all.error();
        names = *std::move(all);
    }
    archive::dead_page found;
    // One more than asked for tells whether to go on.
    const auto wanted = std::max<std::size_t>(limit, 1);
    for (const auto& name : names) {
        const auto after = cursor && cursor->first == name ? cursor->second : 0;
        const auto missing = wanted + 1 - found.items.size();
        if (const auto added = add_dead(database, name, after, missing, found, until); !added)
            return added.error();
        if (found.items.size() <= wanted)
            continue;
        found.items.pop_back();
        found.next = archive::dead_cursor(found.items.back().sink, found.items.back().about.number);
        break;
    }
    return found;
}

answer<std::vector<sink_record>> read_sinks(connection& database, deadline until) {
    // What is behind the position is counted by its numbers, as that costs nothing however much it is.
    static const std::string sql =
        "WITH s AS (SELECT name, paused, paused_at, delivered_at, position,"
        "  greatest((SELECT coalesce(max(number), 0) FROM events) - position, 0) AS behind,"
        "  (SELECT count(*) FROM deliveries d WHERE d.sink = name AND d.state = 0) AS pending,"
        "  (SELECT count(*) FROM deliveries d WHERE d.sink = name AND d.state = 2) AS queued,"
        "  (SELECT count(*) FROM deliveries d WHERE d.sink = name AND d.state = 1) AS dead,"
        "  (SELECT count(*) FROM deliveries d WHERE d.sink = name AND d.state IN (0, 2)"
        "   AND d.number <= position) AS waiting,"
        "  (SELECT min(number) FROM deliveries d WHERE d.sink = name AND d.state IN (0, 2)) AS oldest"
        "  FROM sinks)"
        " SELECT s.name, s.paused, s.paused_at, s.position, s.behind + s.waiting, s.pending, s.queued, "
        "s.dead,"
        "  e.accepted_at, e.id, s.delivered_at,"
        "  (SELECT l.machine FROM leases l WHERE l.name = 'sink ' || s.name AND l.owner IS NOT NULL"
        "   AND l.until >= clock_timestamp()) FROM s LEFT JOIN LATERAL (SELECT accepted_at, id FROM events"
        "   WHERE number >= least(s.oldest, s.position + 1) AND s.behind + s.waiting > 0"
        R"(   ORDER BY number LIMIT 1) e ON true ORDER BY s.name COLLATE "C")";
    const auto found = database.run(sql, {}, until);
    if (!found)
        return found.error();
    std::vector<sink_record> sinks;
    for (std::size_t row = 0; row < found->size(); ++row) {
        sink_record sink;
        sink.name = found->bytes(row, 0);
        sink.paused = found->number(row, 1) != 0;
        if (sink.paused && !found->is_null(row, 2))
            sink.paused_at = found->time(row, 2);
        sink.position = found->number(row, 3);
        sink.lag = static_cast<std::size_t>(found->number(row, 4));
        sink.pending = static_cast<std::size_t>(found->number(row, 5));
        sink.queued = static_cast<std::size_t>(found->number(row, 6));
        sink.dead = static_cast<std::size_t>(found->number(row, 7));
        if (!found->is_null(row, 8)) {
            sink.waiting_since = found->time(row, 8);
            sink.oldest_waiting = found->uuid(row, 9);
        }
        if (!found->is_null(row, 10))
            sink.delivered_at = found->time(row, 10);
        sink.held_by = found->bytes(row, 11);
        sinks.push_back(std::move(sink));
    }
    return sinks;
}

answer<page<waiting_record>> read_waiting(connection& database, const std::string& sink, sequence cursor,
                                          std::size_t limit, deadline until) {
    // `holder`: what waits in front of it with the same subject.
    static const std::string sql =
        std::string(summary_columns) +
        ", w.state = 2 AND w.attempts = 0, w.attempts, w.next_attempt, w.last_error, h.id FROM"
        " (SELECT number, state, attempts, next_attempt, last_error, CASE WHEN subject = '' THEN number ELSE"
        "   first_value(number) OVER (PARTITION BY subject ORDER BY number) END AS holder"
        "  FROM deliveries WHERE sink = $1 AND state <> 1) w"
        " JOIN events ON events.number = w.number"
        " LEFT JOIN LATERAL (SELECT id FROM events e WHERE e.number = w.holder AND w.holder <> w.number) h"
        "  ON true WHERE w.number > $2 ORDER BY w.number LIMIT $3";
    parameters given;
    given.text(storable_text(sink)).number(cursor).number(static_cast<std::int64_t>(limit) + 1);
    const auto found = database.run(sql, given, until);
    if (!found)
        return found.error();
    page<waiting_record> waiting;
    for (std::size_t row = 0; row < std::min(found->size(), limit); ++row) {
        waiting_record record;
        record.about = summary_from(*found, row);
        record.about.state = event_state::pending;
        record.queued = found->number(row, summary_width) != 0;
        record.attempts = static_cast<unsigned>(found->number(row, summary_width + 1));
        if (!record.queued)
            record.next_attempt = found->time(row, summary_width + 2);
        record.last_error = found->bytes(row, summary_width + 3);
        if (!found->is_null(row, summary_width + 4))
            record.held_by = found->uuid(row, summary_width + 4);
        waiting.items.push_back(std::move(record));
    }
    if (found->size() > limit && limit > 0)
        waiting.next = waiting.items.back().about.number;
    return waiting;
}

answer<inbox_extent> measure(connection& database, deadline until) {
    // What retention leaves behind on its way are events that some delivery still concerns. The first one
    // that none does is where the unbroken run of events begins; a thousand are enough to look for it.
    static const std::string sql =
        "WITH oldest AS (SELECT number FROM events ORDER BY number LIMIT 1000),"
        " run AS (SELECT coalesce((SELECT min(number) FROM oldest WHERE NOT EXISTS"
        "   (SELECT 1 FROM deliveries d WHERE d.number = oldest.number)),"
        "  (SELECT max(number) FROM oldest)) AS first)"
        " SELECT coalesce((SELECT max(number) FROM events) - first + 1"
        "   + (SELECT count(DISTINCT number) FROM deliveries WHERE number < first), 0),"
        "  (SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class"
        "   WHERE relnamespace = 'shopbell'::regnamespace AND relkind = 'r') FROM run";
    const auto found = database.run(sql, {}, until);
    if (!found)
        return found.error();
    inbox_extent extent;
    extent.events = static_cast<std::uint64_t>(found->number(0, 0));
    extent.bytes = static_cast<std::uint64_t>(found->number(0, 1));
    return extent;
}

answer<std::vector<code_pool>> read_pools(connection& database, const std::string& endpoint, deadline until) {
    static const std::string sql =
        "SELECT endpoint, product, free, given FROM code_pools WHERE $1 = '' OR endpoint = $1"
        R"( ORDER BY endpoint COLLATE "C", product COLLATE "C")";
    const auto found = database.run(sql, parameters().text(storable_text(endpoint)), until);
    if (!found)
        return found.error();
    std::vector<code_pool> pools;
    for (std::size_t row = 0; row < found->size(); ++row)
        pools.push_back({std::string(found->bytes(row, 0)), std::string(found->bytes(row, 1)),
                         static_cast<std::uint64_t>(found->number(row, 2)),
                         static_cast<std::uint64_t>(found->number(row, 3))});
    return pools;
}

answer<std::vector<given_code>> read_given(connection& database, const std::string& endpoint,
                                           const std::string& product, sequence after, std::size_t limit,
                                           deadline until) {
    static const std::string sql =
        "SELECT number, code, txn, item, given_at FROM codes WHERE endpoint = $1 AND product = $2"
        " AND state = 1 AND number > $3 ORDER BY number LIMIT $4";
    parameters given;
    given.text(storable_text(endpoint)).text(storable_text(product));
    given.number(after).number(static_cast<std::int64_t>(limit));
    const auto found = database.run(sql, given, until);
    if (!found)
        return found.error();
    std::vector<given_code> codes;
    for (std::size_t row = 0; row < found->size(); ++row) {
        given_code code;
        code.endpoint = endpoint;
        code.product = product;
        code.number = found->number(row, 0);
        code.code = found->bytes(row, 1);
        code.transaction = found->bytes(row, 2);
        code.item = found->bytes(row, 3);
        code.at = found->time(row, 4);
        codes.push_back(std::move(code));
    }
    return codes;
}

answer<std::vector<code_state>> read_code_states(connection& database, const std::string& endpoint,
                                                 const std::vector<std::string>& codes, deadline until) {
    static const std::string sql =
        "SELECT c.state FROM unnest($2) WITH ORDINALITY AS u(code, n)"
        " LEFT JOIN codes c ON c.endpoint = $1 AND c.code = u.code ORDER BY u.n";
    std::vector<std::string> texts;
    for (const auto& code : codes)
        texts.push_back(storable_text(code));
    parameters given;
    given.text(storable_text(endpoint)).texts(texts);
    const auto found = database.run(sql, given, until);
    if (!found)
        return found.error();
    constexpr std::array<code_state, 3> of_row{code_state::free, code_state::given, code_state::voided};
    std::vector<code_state> states;
    for (std::size_t row = 0; row < found->size(); ++row) {
        const bool known = !found->is_null(row, 0);
        states.push_back(known ? of_row.at(static_cast<std::size_t>(found->number(row, 0)))
                               : code_state::unknown);
    }
    return states;
}

}  // namespace shopbell::postgres
