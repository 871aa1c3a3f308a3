#include "sink_rows.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <utility>

namespace shopbell::postgres {

namespace {

pending_delivery pending_from(const rows& found, std::size_t row) {
    pending_delivery delivery;
    delivery.number = found.number(row, 0);
    delivery.subject = found.bytes(row, 1);
    delivery.attempts = static_cast<unsigned>(found.number(row, 2));
    delivery.first_attempt = found.time(row, 3);
    delivery.next_attempt = found.time(row, 4);
    delivery.last_error = found.bytes(row, 5);
    return delivery;
}

std::vector<std::string> names_of(const std::vector<lease>& held) {
    std::vector<std::string> names;
    for (const auto& each : held)
        names.push_back(each.name);
    return names;
}

std::vector<std::int64_t> terms_of(const std::vector<lease>& held) {
    std::vector<std::int64_t> terms;
    for (const auto& each : held)
        terms.push_back(each.term);
    return terms;
}

/// For people, who ask which machine delivers to a sink.
std::string machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return {};
    return storable_text(name.data());
}

const std::string sink_states =
    "SELECT name, paused, changed FROM sinks WHERE 'sink ' || name = ANY($1) ORDER BY name";

std::vector<sink_state> states_from(const rows& found) {
    std::vector<sink_state> states;
    for (std::size_t row = 0; row < found.size(); ++row)
        states.push_back({std::string(found.bytes(row, 0)), found.number(row, 1) != 0, found.number(row, 2)});
    return states;
}

/// A text that PostgreSQL takes: without NUL, which no server stores.
std::string without_nul(std::string text) {
    std::erase(text, '\0');
    return text;
}

}  // namespace

connection::statement make_guard() {
    static const std::string sql =
        "SELECT current_setting('synchronous_standby_names') <> ''"
        " AND current_setting('synchronous_commit') IN ('on', 'remote_apply')";
    return {sql, {}, true};
}

answer<void> check_guard(const connection& database, const rows& guard) {
    if (guard.number(0, 0) != 0)
        return {};
    return error{errc::unavailable, "",
                 database.describe("it waits for no standby, since synchronous_standby_names is empty")};
}

std::string lease_of_sink(const std::string& sink) {
    std::string name = "sink ";
    name += sink;
    return name;
}

std::string lease_of_daemon(const std::string& owner) {
    std::string name = "daemon ";
    name += owner;
    return name;
}

/// Runs a statement that is to be durable before it counts.
answer<rows> lease_rows::run_guarded(const std::string& sql, parameters given, deadline until) {
    if (wanted_ == durability::primary_only)
        return database_.run(sql, given, until);
    auto both = database_.run_all({{sql, std::move(given)}, make_guard()}, until);
    if (!both)
        return both.error();
    if (auto durable = check_guard(database_, both->at(1)); !durable)
        return durable.error();
    return std::move(both->front());
}

answer<std::optional<lease>> lease_rows::claim(const std::string& name, std::chrono::milliseconds term_length,
                                               deadline until) {
    static const std::string sql =
        "INSERT INTO leases AS l (name, owner, term, until, machine)"
        " VALUES ($1, $2, 1, clock_timestamp() + $3, $4)"
        " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, term = l.term + 1,"
        " until = clock_timestamp() + $3, machine = excluded.machine"
        " WHERE l.owner IS NULL OR l.owner = excluded.owner OR l.until < clock_timestamp() RETURNING term";
    parameters given;
    given.text(name).uuid(owner_).interval(term_length).text(machine_name());
    const auto claimed = run_guarded(sql, std::move(given), until);
    if (!claimed)
        return claimed.error();
    if (claimed->empty())
        return std::optional<lease>();
    return std::optional(lease{name, claimed->number(0, 0)});
}

answer<renewal> lease_rows::renew(const std::vector<lease>& held, std::chrono::milliseconds term_length,
                                  deadline until) {
    static const std::string extend =
        "UPDATE leases l SET until = clock_timestamp() + $4"
        " FROM unnest($2, $3) AS m(name, term)"
        " WHERE l.name = m.name AND l.term = m.term AND l.owner = $1 RETURNING l.name";
    const auto names = names_of(held);
    parameters given;
    given.uuid(owner_).texts(names).numbers(terms_of(held)).interval(term_length);
    const auto extended = run_guarded(extend, std::move(given), until);
    if (!extended)
        return extended.error();
    renewal renewed;
    renewed.lost = names;
    for (std::size_t row = 0; row < extended->size(); ++row)
        std::erase(renewed.lost, extended->bytes(row, 0));
    const auto found = database_.run(sink_states, parameters().texts(names), until);
    if (!found)
        return found.error();
    renewed.sinks = states_from(*found);
    return renewed;
}

answer<lease_view> lease_rows::look(const std::vector<std::string>& names, deadline until) {
    static const std::string free =
        "SELECT wanted.name FROM unnest($1) AS wanted(name) LEFT JOIN leases l ON l.name = wanted.name"
        " WHERE l.owner IS NULL OR l.until < clock_timestamp() ORDER BY wanted.name";
    static const std::string daemons =
        "SELECT count(*) FROM leases WHERE name LIKE 'daemon %' AND owner IS NOT NULL"
        " AND until >= clock_timestamp()";
    const auto given = parameters().texts(names);
    const auto found = database_.run_all({{free, given}, {daemons, {}}, {sink_states, given}}, until);
    if (!found)
        return found.error();
    lease_view seen;
    for (std::size_t row = 0; row < found->at(0).size(); ++row)
        seen.free.emplace_back(found->at(0).bytes(row, 0));
    seen.live_daemons = static_cast<std::size_t>(found->at(1).number(0, 0));
    seen.sinks = states_from(found->at(2));
    return seen;
}

answer<void> lease_rows::release(const std::vector<lease>& held, deadline until) {
    static const std::string sql =
        "UPDATE leases l SET owner = NULL FROM unnest($2, $3) AS m(name, term)"
        " WHERE l.name = m.name AND l.term = m.term AND l.owner = $1";
    parameters given;
    given.uuid(owner_).texts(names_of(held)).numbers(terms_of(held));
    if (const auto released = database_.run(sql, given, until); !released)
        return released.error();
    return {};
}

answer<void> place_sink(connection& database, const std::string& sink, deadline until,
                        std::optional<sequence> at) {
    static const std::string at_present =
        "INSERT INTO sinks (name, position) SELECT $1, coalesce(max(number), 0) FROM events"
        " ON CONFLICT DO NOTHING";
    static const std::string there =
        "INSERT INTO sinks (name, position) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    parameters given;
    given.text(sink);
    if (at)
        given.number(*at);
    if (const auto placed = database.run(at ? there : at_present, given, until); !placed)
        return placed.error();
    return {};
}

answer<std::optional<opened_sink>> read_progress(connection& database, const std::string& sink,
                                                 deadline until) {
    static const std::string place = "SELECT position, paused, changed FROM sinks WHERE name = $1";
    static const std::string waiting =
        "SELECT number, subject, attempts, first_attempt, next_attempt, last_error FROM deliveries"
        " WHERE sink = $1 AND state = 0 ORDER BY number";
    const auto found =
        database.run_all({{place, parameters().text(sink)}, {waiting, parameters().text(sink)}}, until);
    if (!found)
        return found.error();
    const auto& placed = found->at(0);
    const auto& pending = found->at(1);
    if (placed.empty())
        return std::optional<opened_sink>();
    opened_sink opened;
    opened.progress.position = placed.number(0, 0);
    opened.progress.paused = placed.number(0, 1) != 0;
    opened.changed = placed.number(0, 2);
    for (std::size_t row = 0; row < pending.size(); ++row)
        opened.progress.pending.push_back(pending_from(pending, row));
    return std::optional(std::move(opened));
}

answer<std::vector<pending_delivery>> read_queued(connection& database, const std::string& sink,
                                                  sequence after, std::size_t count, deadline until) {
    static const std::string sql =
        "SELECT number, subject, attempts, first_attempt, next_attempt, last_error FROM deliveries"
        " WHERE sink = $1 AND state = 2 AND number > $2 ORDER BY number LIMIT $3";
    parameters given;
    given.text(sink).number(after).number(static_cast<std::int64_t>(count));
    const auto found = database.run(sql, given, until);
    if (!found)
        return found.error();
    std::vector<pending_delivery> queued;
    for (std::size_t row = 0; row < found->size(); ++row) {
        queued.push_back(pending_from(*found, row));
        queued.back().queued = true;
    }
    return queued;
}

/// As if they were stored one after the other: pending, dead, delivered (delivery_table of SQLite).
folded_settlement fold(const settlement& results) {
    std::map<sequence, folded_settlement::row> kept;
    for (const auto& each : results.pending)
        kept[each.number] = {each.number,
                             each.queued ? state_queued : state_pending,
                             static_cast<std::int32_t>(each.attempts),
                             each.first_attempt,
                             each.next_attempt,
                             each.last_error};
    for (const auto& each : results.dead)
        kept[each.number] = {each.number,  state_dead,   static_cast<std::int32_t>(each.attempts),
                             time_point(), each.died_at, each.last_error};
    folded_settlement folded;
    folded.delivered = results.delivered;
    std::ranges::sort(folded.delivered);
    const auto repeats = std::ranges::unique(folded.delivered);
    folded.delivered.erase(repeats.begin(), repeats.end());
    for (const auto number : folded.delivered)
        kept.erase(number);
    for (auto& [number, row] : kept)
        folded.kept.push_back(std::move(row));
    return folded;
}

bool is_outdated(const error& why) noexcept {
    return why.state == "22012";
}

connection::statement make_fence(const settled_by& who) {
    static const std::string sql =
        "WITH l AS (SELECT 1 FROM leases WHERE name = $1 AND owner = $2 AND term = $3 FOR UPDATE)"
        " SELECT 1 / count(*)::int FROM l";
    return {sql, parameters().text(who.held.name).uuid(who.owner).number(who.held.term)};
}

namespace {

connection::statement make_settle(const settlement& results, const settled_by& who) {
    static const std::string sql =
        "WITH place AS (SELECT 1 FROM sinks WHERE name = $1),"
        " moved AS (UPDATE sinks SET position = greatest(position, $2),"
        "   delivered_at = coalesce($18, delivered_at) WHERE name = $1 AND"
        "  ($2 <= position OR $3 IS NULL OR EXISTS (SELECT 1 FROM events WHERE number = $2 AND id = $3))"
        "  RETURNING 1),"
        " gone AS (DELETE FROM deliveries WHERE sink = $1 AND number = ANY($4)),"
        " kept AS (INSERT INTO deliveries (sink, number, state, subject, attempts, first_attempt,"
        "   next_attempt, last_error)"
        "  SELECT $1, number, u.state, e.subject, u.attempts, u.first_attempt, u.next_attempt, u.last_error"
        "  FROM unnest($5, $6, $7, $8, $9, $10)"
        "   AS u(number, state, attempts, first_attempt, next_attempt, last_error)"
        "  JOIN events e USING (number) WHERE EXISTS (SELECT 1 FROM place)"
        "  ON CONFLICT (sink, number) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,"
        "   first_attempt = excluded.first_attempt, next_attempt = excluded.next_attempt,"
        "   last_error = excluded.last_error),"
        " told AS (INSERT INTO history (number, sink, what, at, took, error, response, status)"
        "  SELECT number, $1, u.what, u.at, u.took, u.error, u.response, u.status"
        "  FROM unnest($11, $12, $13, $14, $15, $16, $17)"
        "   WITH ORDINALITY AS u(number, what, at, took, error, response, status, n)"
        "  JOIN events e USING (number) WHERE EXISTS (SELECT 1 FROM place) ORDER BY u.n)"
        " SELECT CASE WHEN EXISTS (SELECT 1 FROM place) THEN 1 / (SELECT count(*) FROM moved)::int ELSE 0 "
        "END";
    const auto folded = fold(results);
    std::vector<std::int64_t> numbers;
    std::vector<std::int16_t> states;
    std::vector<std::int32_t> attempts;
    std::vector<time_point> first, next;
    std::vector<std::string> errors;
    for (const auto& row : folded.kept) {
        numbers.push_back(row.number);
        states.push_back(row.state);
        attempts.push_back(row.attempts);
        first.push_back(row.first_attempt);
        next.push_back(row.next_attempt);
        errors.push_back(without_nul(row.last_error));
    }
    parameters given;
    given.text(results.sink).number(results.position).uuid(who.event_at_position).numbers(folded.delivered);
    given.numbers(numbers).small_integers(states).integers(attempts).times(first).times(next).texts(errors);

    std::vector<std::int64_t> told;
    std::vector<std::int16_t> kinds;
    std::vector<time_point> at;
    std::vector<std::int32_t> took, status;
    std::vector<std::string> reasons;
    std::vector<std::optional<std::string>> responses;
    for (const auto& entry : results.history) {
        told.push_back(entry.number);
        kinds.push_back(static_cast<std::int16_t>(entry.what));
        at.push_back(entry.at);
        constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
        took.push_back(static_cast<std::int32_t>(std::min<std::int64_t>(entry.took.count(), longest)));
        reasons.push_back(without_nul(entry.error));
        responses.emplace_back(entry.response);
        status.push_back(static_cast<std::int32_t>(entry.status));
    }
    given.numbers(told)
        .small_integers(kinds)
        .times(at)
        .integers(took)
        .texts(reasons)
        .byte_strings(responses)
        .integers(status)
        .time(results.delivered_at);
    return {sql, std::move(given)};
}

/// As in SQLite: days of retries are bounded on the disk, and dead letters that are tried again for ever.
connection::statement shorten_history(const settlement& results) {
    static const std::string sql =
        "WITH placed AS (SELECT number, entry, row_number() OVER (PARTITION BY number ORDER BY entry DESC) AS"
        "  place FROM history WHERE sink = $1 AND number = ANY($2)),"
        " gone AS (DELETE FROM history h USING placed p WHERE h.sink = $1 AND h.number = p.number"
        "  AND h.entry = p.entry AND p.place > 1000)"
        " UPDATE history h SET response = '' FROM placed p WHERE h.sink = $1 AND h.number = p.number"
        "  AND h.entry = p.entry AND p.place > 20 AND p.place <= 1000 AND h.response <> ''";
    std::vector<std::int64_t> numbers;
    for (const auto& entry : results.history)
        numbers.push_back(entry.number);
    return {sql, parameters().text(results.sink).numbers(numbers)};
}

}  // namespace

answer<void> settle(connection& database, const settlement& results, const settled_by& who, deadline until) {
    std::vector<connection::statement> all{make_fence(who), make_settle(results, who)};
    if (!results.history.empty())
        all.push_back(shorten_history(results));
    const auto stored = database.run_all(all, until);
    if (!stored)
        return stored.error();
    return {};
}

namespace {

/// What an event takes on the disk: its columns as they are stored, and its part of the other tables' rows
/// and of the indexes, roughly.
const std::string event_bytes = "(pg_column_size(body) + pg_column_size(headers) + 400)::bigint";

}  // namespace

answer<removed_events> remove_old(connection& database, const removal& what, const settled_by& who,
                                  deadline until) {
    // Numbers ascend with time: what stands in front of an old event is as old, whatever the clock said.
    static const std::string sql =
        "WITH front AS (SELECT number, " + event_bytes +
        " AS bytes FROM events e WHERE ($2 OR number <= (SELECT number FROM events WHERE accepted_at < $1"
        "   ORDER BY accepted_at DESC, number DESC LIMIT 1))"
        "  AND number <= coalesce((SELECT min(position) FROM sinks), number)"
        "  AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.number = e.number) ORDER BY number LIMIT $3),"
        " due AS (SELECT number, bytes FROM (SELECT number, bytes,"
        "   sum(bytes) OVER (ORDER BY number) - bytes AS before FROM front) f WHERE before < $4),"
        " h AS (DELETE FROM history USING due WHERE history.number = due.number),"
        " r AS (DELETE FROM repeats USING due WHERE repeats.number = due.number),"
        " e AS (DELETE FROM events USING due WHERE events.number = due.number"
        "  RETURNING events.id, due.bytes),"
        " l AS (DELETE FROM latest USING e WHERE latest.id = e.id)"
        " SELECT (SELECT count(*) FROM e), (SELECT coalesce(sum(bytes), 0)::bigint FROM e),"
        "  (SELECT count(*) FROM front)";
    parameters given;
    given.time(what.accepted_before).flag(what.for_room).number(removal_rows).number(what.most_bytes);
    const auto removed = database.run_all({make_fence(who), {sql, std::move(given)}}, until);
    if (!removed)
        return removed.error();
    const auto& told = removed->at(1);
    removed_events gone{told.number(0, 0), told.number(0, 1), false};
    gone.more = gone.count > 0 && (told.number(0, 2) == removal_rows || gone.count < told.number(0, 2));
    return gone;
}

answer<stored_size> read_stored_size(connection& database, sequence number, deadline until) {
    constexpr std::int64_t counted_rows = 5'000;
    static const std::string sql =
        "SELECT coalesce(max(number), $1), coalesce(sum(bytes), 0)::bigint, count(*) FROM (SELECT number, " +
        event_bytes + " AS bytes FROM events WHERE number > $1 ORDER BY number LIMIT $2) counted";
    const auto found = database.run(sql, parameters().number(number).number(counted_rows), until);
    if (!found)
        return found.error();
    return stored_size{found->number(0, 0), found->number(0, 1), found->number(0, 2) == counted_rows};
}

}  // namespace shopbell::postgres
