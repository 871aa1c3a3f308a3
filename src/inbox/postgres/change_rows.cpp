#include "change_rows.hpp"

#include "sink_rows.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <iterator>
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

/// Calls `change` with some of them after the other.
template <class Item, class Change>
answer<std::size_t> change_in_parts(const std::vector<Item>& all, Change change) {
    std::size_t concerned = 0;
    for (std::span<const Item> rest(all); !rest.empty();) {
        const auto part = rest.first(std::min(rest.size(), most_rows));
        rest = rest.subspan(part.size());
        const auto changed = change(std::vector<Item>(part.begin(), part.end()));
        if (!changed)
            return changed.error();
        concerned += *changed;
    }
    return concerned;
}

/// Runs what `make` makes of some of the codes after the other; what its first statement counts.
template <class Make>
answer<std::size_t> change_codes(connection& database, const std::vector<std::string>& codes,
                                 std::chrono::milliseconds patience, Make make) {
    std::vector<std::string> stored;
    std::ranges::transform(codes, std::back_inserter(stored), storable_text);
    const auto change = [&](const std::vector<std::string>& part) -> answer<std::size_t> {
        auto statements = make(part);
        statements.insert(statements.begin(), lock_turn("put"));
        const auto changed = database.run_all(statements, end_of(patience));
        if (!changed)
            return changed.error();
        return static_cast<std::size_t>(changed->at(1).number(0, 0));
    };
    return change_in_parts(stored, change);
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
        " r AS (DELETE FROM repeats WHERE number = ANY($1)),"
        " c AS (UPDATE codes SET txn = '', item = '', event = NULL FROM e WHERE codes.event = e.id)"
        " SELECT id FROM e";
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

answer<std::size_t> apply(connection& database, const code_addition& what,
                          std::chrono::milliseconds patience) {
    static const std::string sql =
        "WITH added AS (INSERT INTO codes (endpoint, product, code)"
        "  SELECT $1, $2, c.code FROM unnest($3) WITH ORDINALITY AS c(code, n) ORDER BY c.n"
        "  ON CONFLICT (endpoint, code) DO NOTHING RETURNING 1),"
        " counted AS (INSERT INTO code_pools AS p (endpoint, product, free, given)"
        "  SELECT $1, $2, count(*), 0 FROM added HAVING count(*) > 0"
        "  ON CONFLICT (endpoint, product) DO UPDATE SET free = p.free + excluded.free)"
        " SELECT count(*) FROM added";
    return change_codes(database, what.codes, patience, [&](const std::vector<std::string>& part) {
        parameters given;
        given.text(storable_text(what.endpoint)).text(storable_text(what.product)).texts(part);
        return std::vector<connection::statement>{{sql, std::move(given)}};
    });
}

answer<std::size_t> apply(connection& database, const code_voiding& what,
                          std::chrono::milliseconds patience) {
    static const std::string sql =
        "WITH gone AS (UPDATE codes SET state = 2 WHERE endpoint = $1 AND code = ANY($2) AND state = 0"
        "  RETURNING product),"
        " counted AS (UPDATE code_pools p SET free = p.free - g.n FROM"
        "  (SELECT product, count(*) AS n FROM gone GROUP BY product) g"
        "  WHERE p.endpoint = $1 AND p.product = g.product)"
        " SELECT count(*) FROM gone";
    static const std::string end_pools =
        "DELETE FROM code_pools WHERE endpoint = $1 AND free = 0 AND given = 0";
    return change_codes(database, what.codes, patience, [&](const std::vector<std::string>& part) {
        const auto endpoint = storable_text(what.endpoint);
        return std::vector<connection::statement>{{sql, parameters().text(endpoint).texts(part)},
                                                  {end_pools, parameters().text(endpoint)}};
    });
}

answer<std::size_t> apply(connection& database, const code_anonymisation& what,
                          std::chrono::milliseconds patience) {
    static const std::string concerned =
        "SELECT DISTINCT endpoint FROM codes WHERE txn = $1 AND txn <> '' ORDER BY endpoint";
    static const std::string forget =
        "UPDATE codes SET txn = '', item = '', event = NULL WHERE txn = $1 AND txn <> '' AND endpoint = $2"
        " RETURNING 1";
    const auto transaction = storable_text(what.transaction);
    const auto found = database.run(concerned, parameters().text(transaction), end_of(patience));
    if (!found)
        return found.error();
    std::size_t rows = 0;
    for (std::size_t row = 0; row < found->size(); ++row) {
        const auto endpoint = found->bytes(row, 0);
        if (!what.endpoint.empty() && !wildcard_match(what.endpoint, endpoint))
            continue;
        const auto forgotten = database.run_all(
            {lock_turn("put"), {forget, parameters().text(transaction).text(endpoint)}}, end_of(patience));
        if (!forgotten)
            return forgotten.error();
        rows += forgotten->at(1).size();
    }
    return rows;
}

}  // namespace shopbell::postgres
