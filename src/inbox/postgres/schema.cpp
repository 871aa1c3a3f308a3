#include "schema.hpp"

#include <string_view>

namespace shopbell::postgres {

namespace {

constexpr std::string_view current_version = "1";

/// meta: the version, and which inbox this is.
/// turn: whose rows are locked and never changed. 'put': numbers are drawn by one transaction at a time and
/// become visible in their order. 'change': people's decisions come one after the other.
/// numbers: without a cache, which would break that order.
/// events.identity: null where `latest` alone decides what is a repeat. events_by_subject: a key of an index
/// holds less than the longest subject.
/// events.received, repeats, history.status: as in SQLite.
/// known: VOLATILE, so that it sees what was committed while the statement that calls it waited for its turn.
constexpr auto tables = R"sql(
    CREATE SCHEMA shopbell;
    SET LOCAL search_path = shopbell;
    CREATE TABLE meta (key text PRIMARY KEY, value text NOT NULL);
    CREATE TABLE turn (name text PRIMARY KEY);
    CREATE SEQUENCE numbers AS bigint CACHE 1;
    CREATE TABLE events (
        number bigint PRIMARY KEY, id uuid NOT NULL UNIQUE, accepted_at timestamptz NOT NULL,
        endpoint text NOT NULL, provider text NOT NULL, type text NOT NULL, subject text NOT NULL,
        store text NOT NULL, headers bytea NOT NULL, identity bytea UNIQUE,
        received text, body bytea NOT NULL)
        WITH (autovacuum_vacuum_scale_factor = 0.02);
    CREATE INDEX events_by_time ON events (accepted_at);
    CREATE INDEX events_by_subject ON events (left(subject, 100), number);
    CREATE TABLE latest (resource bytea PRIMARY KEY, content bytea NOT NULL, id uuid NOT NULL);
    CREATE INDEX latest_by_id ON latest (id);
    CREATE TABLE sinks (
        name text PRIMARY KEY, position bigint NOT NULL, paused boolean NOT NULL DEFAULT false,
        paused_at timestamptz, changed bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
    CREATE TABLE leases (
        name text PRIMARY KEY, owner uuid, term bigint NOT NULL, until timestamptz NOT NULL)
        WITH (fillfactor = 50);
    CREATE TABLE deliveries (
        sink text, number bigint, state smallint NOT NULL, subject text NOT NULL, attempts integer NOT NULL,
        first_attempt timestamptz NOT NULL, next_attempt timestamptz NOT NULL, last_error text NOT NULL,
        PRIMARY KEY (sink, number));
    CREATE INDEX deliveries_by_number ON deliveries (number);
    CREATE INDEX deliveries_by_state ON deliveries (sink, state, number);
    CREATE TABLE history (
        number bigint, sink text, entry bigint GENERATED ALWAYS AS IDENTITY, what smallint NOT NULL,
        at timestamptz NOT NULL, took integer NOT NULL, error text NOT NULL, response bytea NOT NULL,
        status integer NOT NULL DEFAULT 0, PRIMARY KEY (number, sink, entry));
    CREATE TABLE repeats (number bigint PRIMARY KEY, count bigint NOT NULL);
    CREATE FUNCTION known(text, uuid[], bytea[]) RETURNS TABLE (id uuid, identity bytea)
        LANGUAGE sql VOLATILE ROWS 10 AS $$
        SELECT e.id, e.identity FROM shopbell.events e WHERE e.id = ANY($2) UNION ALL
        SELECT e.id, e.identity FROM shopbell.events e WHERE e.identity = ANY($3) $$;
    INSERT INTO turn VALUES ('put'), ('change');
    INSERT INTO meta VALUES ('schema', '1'), ('inbox', gen_random_uuid()::text);
)sql";

/// Faster, where the server was built with it.
constexpr auto compression = "ALTER TABLE shopbell.events ALTER body SET COMPRESSION lz4";

answer<void> create(connection& database, deadline until) {
    std::string commands = "BEGIN;";
    commands += tables;
    commands += "COMMIT";
    auto made = database.execute(commands, until);
    if (!made && !database.is_lost())
        (void)database.execute("ROLLBACK", until);
    if (made)
        (void)database.execute(compression, until);
    return made;
}

/// Another daemon was making the same at the same time.
bool is_race(const error& why) {
    return why.state == "23505" || why.state == "42P06" || why.state == "42P07";
}

}  // namespace

answer<std::string> prepare_schema(connection& database, deadline until) {
    const auto exists = database.run("SELECT to_regclass('shopbell.meta') IS NOT NULL", parameters(), until);
    if (!exists)
        return exists.error();
    if (exists->number(0, 0) == 0) {
        if (auto made = create(database, until); !made && !is_race(made.error()))
            return made.error();
    }
    const auto found = database.run(
        "SELECT (SELECT value FROM shopbell.meta WHERE key = 'schema'),"
        " (SELECT value FROM shopbell.meta WHERE key = 'inbox')",
        parameters(), until);
    if (!found)
        return found.error();
    const auto version = found->bytes(0, 0);
    if (version != current_version)
        return error{errc::corrupt, "", database.describe("another version of Shopbell wrote this inbox")};
    return std::string(found->bytes(0, 1));
}

}  // namespace shopbell::postgres
