#include "change_rows.hpp"

#include "sink_rows.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace shopbell::postgres {

namespace {

constexpr std::size_t most_rows = 500;

deadline end_of(std::chrono::milliseconds patience) {
    return std::chrono::steady_clock::now() + patience;
}

// Everybody locks in this order: the turn of those who put, that of those who change, the leases by name.

connection::statement lock_turn(const std::string& name) {
    static const std::string sql = "SELECT name FROM turn WHERE name = $1 FOR UPDATE";
    return {sql, parameters().text(name)};
}

connection::statement lock_lease(const std::string& sink) {
    static const std::string sql = "SELECT name FROM leases WHERE name = $1 FOR UPDATE";
    return {sql, parameters().text(lease_of_sink(sink))};
}

connection::statement lock_all_leases() {
    static const std::string sql = "SELECT name FROM leases ORDER BY name FOR UPDATE";
    return {sql, {}};
}

connection::statement count_change(const std::string& sink) {
    static const std::string sql = "UPDATE sinks SET changed = changed + 1 WHERE name = $1";
    return {sql, parameters().text(sink)};
}

/// Runs `what` on rows of one sink; how many it returned.
answer<std::size_t> change_sink(connection& database, const std::string& sink, connection::statement what,
                                deadline until) {
    const auto changed =
        database.run_all({lock_turn("change"), lock_lease(sink), std::move(what), count_change(sink)}, until);
    if (!changed)
        return changed.error();
    return changed->at(2).size();
}

/// Calls `change` with some of the numbers after the other.
template <class Change>
answer<std::size_t> change_in_parts(const std::vector<sequence>& numbers, Change change) {
    std::size_t concerned = 0;
    for (std::span<const sequence> rest(numbers); !rest.empty();) {
        const auto part = rest.first(std::min(rest.size(), most_rows));
        rest = rest.subspan(part.size());
        const auto changed = change(std::vector<sequence>(part.begin(), part.end()));
        if (!changed)
            return changed.error();
        concerned += *changed;
    }
    return concerned;
}

constexpr auto retry_sql =
    "WITH q AS (UPDATE deliveries SET state = 2, attempts = 0, first_attempt = '-infinity',"
    "  next_attempt = '-infinity' WHERE sink = $1 AND state = 1 AND number = ANY($2) RETURNING number)"
    " INSERT INTO history (number, sink, what, at, took, error, response)"
    " SELECT number, $1, 4, clock_timestamp(), 0, '', '' FROM q RETURNING number";
constexpr auto drop_sql =
    "WITH q AS (DELETE FROM deliveries WHERE sink = $1 AND state = 1 AND number = ANY($2) RETURNING number)"
    " INSERT INTO history (number, sink, what, at, took, error, response)"
    " SELECT number, $1, 5, clock_timestamp(), 0, '', '' FROM q RETURNING number";

static_assert(static_cast<int>(history_entry::kind::replayed) == 3);
static_assert(static_cast<int>(history_entry::kind::retried) == 4);
static_assert(static_cast<int>(history_entry::kind::dropped) == 5);

answer<std::vector<sequence>> find_dead(connection& database, const std::string& sink, sequence after,
                                        deadline until) {
    static const std::string sql =
        "SELECT number FROM deliveries WHERE sink = $1 AND state = 1 AND number > $2 ORDER BY number"
        " LIMIT $3";
    parameters given;
    given.text(sink).number(after).number(most_rows);
    const auto found = database.run(sql, given, until);
    if (!found)
        return found.error();
    std::vector<sequence> numbers;
    for (std::size_t row = 0; row < found->size(); ++row)
        numbers.push_back(found->number(row, 0));
    return numbers;
}

}  // namespace

answer<std::size_t> apply(connection& database, const replay_request& what,
                          std::chrono::milliseconds patience) {
    static const std::string sql =
        "WITH q AS (INSERT INTO deliveries AS d"
        "  (sink, number, state, subject, attempts, first_attempt, next_attempt, last_error)"
        "  SELECT $1, e.number, 2, e.subject, 0, '-infinity', '-infinity', '' FROM events e"
        "  WHERE e.number = ANY($2) AND EXISTS (SELECT 1 FROM sinks WHERE name = $1)"
        "  ON CONFLICT (sink, number) DO UPDATE SET state = 2, attempts = 0, first_attempt = '-infinity',"
        "   next_attempt = '-infinity' RETURNING d.number)"
        " INSERT INTO history (number, sink, what, at, took, error, response)"
        " SELECT number, $1, 3, clock_timestamp(), 0, '', '' FROM q RETURNING number";
    return change_in_parts(what.numbers, [&](const std::vector<sequence>& part) {
        connection::statement queue{sql, parameters().text(what.sink).numbers(part)};
        return change_sink(database, what.sink, std::move(queue), end_of(patience));
    });
}

answer<std::size_t> apply(connection& database, const dead_letter_decision& what,
                          std::chrono::milliseconds patience) {
    const auto decide = [&](const std::vector<sequence>& part) {
        const bool retry = what.what == dead_letter_decision::kind::retry;
        connection::statement act{retry ? retry_sql : drop_sql, parameters().text(what.sink).numbers(part)};
        return change_sink(database, what.sink, std::move(act), end_of(patience));
    };
    if (!what.numbers.empty())
        return change_in_parts(what.numbers, decide);
    std::size_t concerned = 0;
    for (sequence passed = 0;;) {
        const auto dead = find_dead(database, what.sink, passed, end_of(patience));
        if (!dead)
            return dead.error();
        if (dead->empty())
            return concerned;
        passed = dead->back();
        const auto decided = decide(*dead);
        if (!decided)
            return decided;
        concerned += *decided;
    }
}

answer<std::size_t> apply(connection& database, const pause_request& what,
                          std::chrono::milliseconds patience) {
    static const std::string sql =
        "UPDATE sinks SET paused = $2,"
        " paused_at = CASE WHEN NOT $2 THEN NULL WHEN paused THEN paused_at ELSE clock_timestamp() END"
        " WHERE name = $1 RETURNING 1";
    connection::statement pause{sql, parameters().text(what.sink).flag(what.paused)};
    return change_sink(database, what.sink, std::move(pause), end_of(patience));
}

answer<std::size_t> apply(connection& database, const sink_removal& what,
                          std::chrono::milliseconds patience) {
    static const std::string deliveries =
        "DELETE FROM deliveries WHERE sink = $1 AND number IN"
        " (SELECT number FROM deliveries WHERE sink = $1 ORDER BY number LIMIT $2) RETURNING 1";
    static const std::string history =
        "DELETE FROM history WHERE sink = $1 AND (number, entry) IN"
        " (SELECT number, entry FROM history WHERE sink = $1 LIMIT $2) RETURNING 1";
    for (const auto* const sql : {&deliveries, &history}) {
        for (std::size_t removed = most_rows; removed == most_rows;) {
            connection::statement part{*sql, parameters().text(what.sink).number(most_rows)};
            const auto changed = change_sink(database, what.sink, std::move(part), end_of(patience));
            if (!changed)
                return changed;
            removed = *changed;
        }
    }
    // What was settled meanwhile goes with the sink's place.
    static const std::string place = "DELETE FROM sinks WHERE name = $1 RETURNING 1";
    const auto sink = parameters().text(what.sink);
    const auto removed = database.run_all({lock_turn("change"),
                                           lock_lease(what.sink),
                                           {"DELETE FROM deliveries WHERE sink = $1", sink},
                                           {"DELETE FROM history WHERE sink = $1", sink},
                                           {"DELETE FROM leases WHERE name = 'sink ' || $1", sink},
                                           {place, sink}},
                                          end_of(patience));
    if (!removed)
        return removed.error();
    return removed->back().size();
}

answer<std::size_t> apply(connection& database, const erasure& what, std::chrono::milliseconds patience) {
    static const std::string sql =
        "WITH e AS (DELETE FROM events WHERE number = ANY($1) RETURNING id),"
        " l AS (DELETE FROM latest USING e WHERE latest.id = e.id),"
        " d AS (DELETE FROM deliveries WHERE number = ANY($1)),"
        " h AS (DELETE FROM history WHERE number = ANY($1)),"
        " r AS (DELETE FROM repeats WHERE number = ANY($1)) SELECT id FROM e";
    return change_in_parts(what.numbers, [&](const std::vector<sequence>& part) -> answer<std::size_t> {
        const auto erased = database.run_all({lock_turn("put"),
                                              lock_turn("change"),
                                              lock_all_leases(),
                                              {sql, parameters().numbers(part)},
                                              {"UPDATE sinks SET changed = changed + 1", {}}},
                                             end_of(patience));
        if (!erased)
            return erased.error();
        return erased->at(3).size();
    });
}

}  // namespace shopbell::postgres
