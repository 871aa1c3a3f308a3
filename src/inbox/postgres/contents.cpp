#include <shopbell/inbox/postgres/contents.hpp>

#include "hosts.hpp"
#include "session.hpp"
#include "sink_rows.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

namespace shopbell {

namespace {

using namespace postgres;

constexpr std::chrono::seconds statement_patience{60};
/// What is written counts when the standby has all of it.
constexpr std::chrono::minutes commit_patience{15};

deadline within(std::chrono::milliseconds patience) {
    return std::chrono::steady_clock::now() + patience;
}

/// Reading goes on meanwhile, and with it the daemons' look at what there is.
constexpr auto begin_copy =
    "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '1min';"
    " LOCK TABLE events, latest, sinks, leases, deliveries, history, repeats, codes, code_pools"
    " IN SHARE ROW EXCLUSIVE MODE";

/// The column of each row that `read` gives.
template <class Rows, class Read>
auto column(const Rows& all, Read read) {
    std::vector<decltype(read(all.front()))> values;
    values.reserve(all.size());
    std::ranges::transform(all, std::back_inserter(values), read);
    return values;
}

/// The texts of each row that `read` gives, as a server can hold them.
template <class Rows, class Read>
std::vector<std::string> texts(const Rows& all, Read read) {
    return column(all, [&](const auto& row) { return storable_text(std::invoke(read, row)); });
}

using byte_strings = std::vector<std::optional<std::string>>;

template <class Rows, class Read>
byte_strings bytes(const Rows& all, Read read) {
    return column(all, [&](const auto& row) { return std::optional<std::string>(std::invoke(read, row)); });
}

/// 0: none.
std::int64_t milliseconds_of(const std::optional<time_point>& at) {
    return at ? std::int64_t{at->time_since_epoch().count()} : 0;
}

template <class Number>
std::int32_t bounded(Number number) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(number, 0, most));
}

// How the rows of each table are stored.

connection::statement insert(const std::vector<contents::event>& all) {
    using row = contents::event;
    static const std::string sql =
        "INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store, headers,"
        "  identity, received, body)"
        " SELECT number, id, accepted_at, endpoint, provider, type, subject, store, headers, identity,"
        "  nullif(received, ''), body"
        " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS e(number, id, accepted_at,"
        "  endpoint, provider, type, subject, store, headers, identity, received, body)";
    parameters given;
    given.numbers(column(all, [](const row& each) { return each.number; }));
    given.uuids(column(all, [](const row& each) { return each.id; }));
    given.times(column(all, [](const row& each) { return each.accepted_at; }));
    given.texts(texts(all, &row::endpoint)).texts(texts(all, &row::provider));
    given.texts(texts(all, &row::type)).texts(texts(all, &row::subject)).texts(texts(all, &row::store));
    given.byte_strings(bytes(all, &row::headers)).byte_strings(bytes(all, &row::identity));
    given.texts(texts(all, &row::received)).byte_strings(bytes(all, &row::body));
    return {sql, std::move(given)};
}

connection::statement insert(const std::vector<contents::latest>& all) {
    using row = contents::latest;
    static const std::string sql =
        "INSERT INTO latest (resource, content, id, moment) SELECT * FROM unnest($1, $2, $3, $4)";
    parameters given;
    given.byte_strings(bytes(all, &row::resource)).byte_strings(bytes(all, &row::content));
    given.uuids(column(all, [](const row& each) { return each.id; }));
    given.byte_strings(bytes(all, &row::moment));
    return {sql, std::move(given)};
}

connection::statement insert(const std::vector<contents::sink>& all) {
    using row = contents::sink;
    static const std::string sql =
        "INSERT INTO sinks (name, position, paused, paused_at)"
        " SELECT name, position, paused <> 0,"
        "  timestamptz 'epoch' + nullif(paused_at, 0) * interval '1 millisecond'"
        " FROM unnest($1, $2, $3, $4) AS s(name, position, paused, paused_at)";
    parameters given;
    given.texts(texts(all, &row::name));
    given.numbers(column(all, [](const row& each) { return each.position; }));
    given.integers(column(all, [](const row& each) { return std::int32_t{each.paused ? 1 : 0}; }));
    given.numbers(column(all, [](const row& each) { return milliseconds_of(each.paused_at); }));
    return {sql, std::move(given)};
}

connection::statement insert(const std::vector<contents::delivery>& all) {
    using row = contents::delivery;
    static const std::string sql =
        "INSERT INTO deliveries (sink, number, state, subject, attempts, first_attempt, next_attempt,"
        "  last_error) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)";
    parameters given;
    given.texts(texts(all, &row::sink));
    given.numbers(column(all, [](const row& each) { return each.number; }));
    given.small_integers(column(all, [](const row& each) { return static_cast<std::int16_t>(each.state); }));
    given.texts(texts(all, &row::subject));
    given.integers(column(all, [](const row& each) { return bounded(each.attempts); }));
    given.times(column(all, [](const row& each) { return each.first_attempt; }));
    given.times(column(all, [](const row& each) { return each.next_attempt; }));
    given.texts(texts(all, &row::last_error));
    return {sql, std::move(given)};
}

/// The server counts the entries, in the order in which they are given.
connection::statement insert(const std::vector<contents::history>& all) {
    using row = contents::history;
    static const std::string sql =
        "INSERT INTO history (sink, number, what, at, took, error, response, status)"
        " SELECT sink, number, what, at, took, error, response, status"
        " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY"
        "  AS h(sink, number, what, at, took, error, response, status, n) ORDER BY n";
    parameters given;
    given.texts(texts(all, &row::sink));
    given.numbers(column(all, [](const row& each) { return each.entry.number; }));
    given.small_integers(
        column(all, [](const row& each) { return static_cast<std::int16_t>(each.entry.what); }));
    given.times(column(all, [](const row& each) { return each.entry.at; }));
    given.integers(column(all, [](const row& each) { return bounded(each.entry.took.count()); }));
    given.texts(texts(all, [](const row& each) { return each.entry.error; }));
    given.byte_strings(bytes(all, [](const row& each) { return each.entry.response; }));
    given.integers(column(all, [](const row& each) { return bounded(each.entry.status); }));
    return {sql, std::move(given)};
}

connection::statement insert(const std::vector<contents::repeats>& all) {
    using row = contents::repeats;
    static const std::string sql = "INSERT INTO repeats (number, count) SELECT * FROM unnest($1, $2)";
    parameters given;
    given.numbers(column(all, [](const row& each) { return each.number; }));
    given.numbers(column(all, [](const row& each) { return each.count; }));
    return {sql, std::move(given)};
}

connection::statement insert(const std::vector<contents::code>& all) {
    using row = contents::code;
    static const std::string sql =
        "INSERT INTO codes (number, endpoint, product, code, state, sale, txn, item, event, given_at)"
        " SELECT number, endpoint, product, code, state, nullif(sale, ''), txn, item,"
        "  nullif(event, '')::uuid, timestamptz 'epoch' + nullif(given_at, 0) * interval '1 millisecond'"
        " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        "  AS c(number, endpoint, product, code, state, sale, txn, item, event, given_at)";
    parameters given;
    given.numbers(column(all, [](const row& each) { return each.number; }));
    given.texts(texts(all, &row::endpoint)).texts(texts(all, &row::product)).texts(texts(all, &row::text));
    given.small_integers(column(all, [](const row& each) { return static_cast<std::int16_t>(each.state); }));
    given.byte_strings(bytes(all, &row::sale));
    given.texts(texts(all, &row::transaction)).texts(texts(all, &row::item)).texts(texts(all, &row::event));
    given.numbers(column(all, [](const row& each) { return milliseconds_of(each.given_at); }));
    return {sql, std::move(given)};
}

connection::statement insert(const std::vector<code_pool>& all) {
    static const std::string sql =
        "INSERT INTO code_pools (endpoint, product, free, given) SELECT * FROM unnest($1, $2, $3, $4)";
    parameters given;
    given.texts(texts(all, &code_pool::endpoint)).texts(texts(all, &code_pool::product));
    given.numbers(column(all, [](const code_pool& each) { return static_cast<std::int64_t>(each.left); }));
    given.numbers(column(all, [](const code_pool& each) { return static_cast<std::int64_t>(each.given); }));
    return {sql, std::move(given)};
}

class postgres_receiver final : public contents::receiver {
public:
    postgres_receiver(connection database, durability wanted)
        : database_(std::move(database)), wanted_(wanted) {}

    result<void> begin(const contents::outline& all) override {
        all_ = all;
        if (auto begun = database_.execute(begin_copy, within(statement_patience)); !begun)
            return failure_of(begun.error());
        return check_vacancy();
    }

    result<void> take(const contents::part& some) override {
        const auto statement = std::visit([](const auto& rows) { return insert(rows); }, some);
        const auto stored = database_.run(statement.sql, statement.given, within(statement_patience));
        if (!stored)
            return failure_of(stored.error());
        return {};
    }

    result<void> end() override {
        if (auto counted = compare_counts(); !counted)
            return counted;
        if (auto numbered = go_on_numbering(); !numbered)
            return numbered;
        if (auto committed = database_.execute("COMMIT", within(commit_patience)); !committed)
            return in_doubt(committed.error());
        // The planner knows nothing of the tables yet; in time it would learn by itself.
        (void)database_.execute("ANALYZE", within(commit_patience));
        if (wanted_ != durability::standby)
            return {};
        const auto guard = make_guard();
        const auto told = database_.run(guard.sql, guard.given, within(statement_patience));
        if (!told)
            return in_doubt(told.error());
        if (auto durable = check_guard(database_, *told); !durable)
            return in_doubt(durable.error());
        return {};
    }

private:
    /// No daemon uses it, and it has nothing that would be lost or mixed up.
    [[nodiscard]] result<void> check_vacancy() {
        static const std::string sql =
            "SELECT EXISTS (SELECT 1 FROM leases WHERE owner IS NOT NULL AND until > clock_timestamp()),"
            " EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM deliveries)"
            "  OR EXISTS (SELECT 1 FROM codes) OR EXISTS (SELECT 1 FROM sinks WHERE position > 0 OR paused)";
        const auto found = database_.run(sql, parameters(), within(statement_patience));
        if (!found)
            return failure_of(found.error());
        if (found->number(0, 0) != 0)
            return failure{errc::busy,
                           database_.describe("a daemon uses the inbox: stop every daemon that has "
                                              "it, and wait five seconds where one was killed")};
        if (found->number(0, 1) != 0)
            return failure{errc::io,
                           database_.describe("the inbox there is not empty, and is left as it is")};
        if (auto cleared =
                database_.execute("DELETE FROM sinks; DELETE FROM leases", within(statement_patience));
            !cleared)
            return failure_of(cleared.error());
        return {};
    }

    [[nodiscard]] result<void> compare_counts() {
        for (std::size_t i = 0; i < contents::table_count; ++i) {
            std::string sql = "SELECT count(*) FROM ";
            sql.append(contents::table_names[i]);
            const auto counted = database_.run(sql, parameters(), within(statement_patience));
            if (!counted)
                return failure_of(counted.error());
            const auto arrived = static_cast<std::uint64_t>(counted->number(0, 0));
            if (arrived == all_.rows[i])
                continue;
            std::string reason = std::to_string(arrived);
            reason += " of " + std::to_string(all_.rows[i]);
            reason += " rows have arrived of the table ";
            reason.append(contents::table_names[i]);
            return failure{errc::corrupt, database_.describe(reason)};
        }
        return {};
    }

    /// What comes next gets a number that nothing had before.
    [[nodiscard]] result<void> go_on_numbering() {
        static const std::string sql =
            "SELECT setval('numbers', greatest($1, 1), $1 > 0),"
            " setval(pg_get_serial_sequence('codes', 'number'), greatest(max(number), 1), count(*) > 0)"
            " FROM codes";
        const auto set =
            database_.run(sql, parameters().number(all_.last_number), within(statement_patience));
        if (!set)
            return failure_of(set.error());
        return {};
    }

    [[nodiscard]] static failure in_doubt(const error& why) {
        return failure{errc::unavailable, why.reason +
                                              "; whether the copy is stored is not known: run this "
                                              "again, it begins only where nothing is stored"};
    }

    connection database_;
    const durability wanted_;
    contents::outline all_;
};

}  // namespace

result<std::unique_ptr<contents::receiver>> receive_in_postgres(const postgres_settings& settings) {
    host_rotation hosts(settings, std::make_shared<known_inbox>());
    auto opened = hosts.open();
    if (!opened)
        return failure_of(opened.error());
    return std::unique_ptr<contents::receiver>(
        std::make_unique<postgres_receiver>(*std::move(opened), demand_of(settings)));
}

}  // namespace shopbell
