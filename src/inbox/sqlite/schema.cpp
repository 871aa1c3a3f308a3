#include "schema.hpp"

#include <array>
#include <utility>

namespace shopbell {

namespace {

/// "Shop" in ASCII: tells our files from other programs' (SQLite, PRAGMA application_id).
constexpr std::int64_t application_id = 0x53686f70;

/// Element N brings schema N to N + 1. Never changed once released; a new step is added behind.
constexpr std::array<const char*, 7> migrations = {
    // events.identity: locality and digest, so that neighbours in time are neighbours in the index; null
    // where
    // `latest` decides. A rowid table: the bodies stay out of every b-tree but one.
    // latest: the newest event of each resource whose deliveries repeat only their latest.
    // sinks, deliveries: progress is a position plus a row for each delivery that did not succeed at first.
    // deliveries.state: 0 pending, 1 dead.
    R"sql(
    CREATE TABLE events (
        number      INTEGER PRIMARY KEY,
        id          TEXT    NOT NULL,
        accepted_at INTEGER NOT NULL,
        endpoint    TEXT    NOT NULL,
        provider    TEXT    NOT NULL,
        type        TEXT    NOT NULL,
        subject     TEXT    NOT NULL,
        store       TEXT    NOT NULL,
        headers     TEXT    NOT NULL,
        identity    BLOB    UNIQUE,
        body        BLOB    NOT NULL
    );
    CREATE TABLE latest (
        resource BLOB PRIMARY KEY,
        identity BLOB NOT NULL,
        id       TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE sinks (
        name     TEXT PRIMARY KEY,
        position INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE deliveries (
        sink          TEXT    NOT NULL,
        number        INTEGER NOT NULL,
        state         INTEGER NOT NULL,
        subject       TEXT    NOT NULL,
        attempts      INTEGER NOT NULL,
        first_attempt INTEGER NOT NULL,
        next_attempt  INTEGER NOT NULL,
        last_error    TEXT    NOT NULL,
        PRIMARY KEY (sink, number)
    ) WITHOUT ROWID;
    CREATE INDEX deliveries_by_number ON deliveries (number);
    )sql",
    // deliveries.state: 2 queued: a person asked for it, and it is not settled since.
    // history: attempts and people's decisions; entries of one (number, sink) count from 1.
    // numbering: a number at least as high as any whose event or position was removed. One row.
    R"sql(
    CREATE INDEX events_by_id ON events (id);
    ALTER TABLE sinks ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX deliveries_by_state ON deliveries (sink, state, number);
    CREATE TABLE history (
        number   INTEGER NOT NULL,
        sink     TEXT    NOT NULL,
        entry    INTEGER NOT NULL,
        what     INTEGER NOT NULL,
        at       INTEGER NOT NULL,
        took     INTEGER NOT NULL,
        error    TEXT    NOT NULL,
        response TEXT    NOT NULL,
        PRIMARY KEY (number, sink, entry)
    ) WITHOUT ROWID;
    CREATE TABLE numbering (
        last INTEGER NOT NULL
    );
    INSERT INTO numbering VALUES (0);
    )sql",
    // events.seal: over all that the event is (event_seal.hpp); null for those stored before there were any.
    // numbering.inbox: tells this inbox from its copies (acknowledged_mark.hpp).
    // sinks.mirror: the row once more, so that damage to it shows. A place that is lost or moved would cost
    // events.
    // What told of events that are gone, and was kept.
    R"sql(
    ALTER TABLE events ADD COLUMN seal INTEGER;
    ALTER TABLE numbering ADD COLUMN inbox INTEGER NOT NULL DEFAULT 0;
    UPDATE numbering SET inbox = random();
    ALTER TABLE sinks ADD COLUMN mirror TEXT;
    UPDATE sinks SET mirror = name || ' ' || position || ' ' || paused;
    CREATE TRIGGER mirror_new_sink AFTER INSERT ON sinks BEGIN
        UPDATE sinks SET mirror = name || ' ' || position || ' ' || paused WHERE name = new.name;
    END;
    CREATE TRIGGER mirror_sink AFTER UPDATE OF position, paused ON sinks BEGIN
        UPDATE sinks SET mirror = name || ' ' || position || ' ' || paused WHERE name = new.name;
    END;
    DELETE FROM latest WHERE id NOT IN (SELECT id FROM events);
    DELETE FROM history WHERE number NOT IN (SELECT number FROM events);
    )sql",
    // events.identity: digest and moment, where the store names one: what the same content at another time
    // repeats is for `latest` to say.
    // latest: also the newest event of each subject whose content can recur, under a longer resource and with
    // its moment; identity is empty where what came last is not the newest.
    // numbering.former: the last event whose identity is of the schemas before.
    R"sql(
    ALTER TABLE latest ADD COLUMN moment TEXT NOT NULL DEFAULT '';
    ALTER TABLE numbering ADD COLUMN former INTEGER NOT NULL DEFAULT 0;
    UPDATE numbering SET former = coalesce((SELECT max(number) FROM events), 0);
    )sql",
    // codes.state: 0 free, 1 given, 2 void. codes.sale: a digest of the sale that it was given to, which
    // outlives the names of the sale. codes.seal: over all of the row (code_table.cpp).
    // code_pools: how many codes of the product are free and given.
    R"sql(
    CREATE TABLE codes (
        number   INTEGER PRIMARY KEY,
        endpoint TEXT    NOT NULL,
        product  TEXT    NOT NULL,
        code     TEXT    NOT NULL,
        state    INTEGER NOT NULL,
        sale     BLOB,
        txn      TEXT    NOT NULL,
        item     TEXT    NOT NULL,
        event    TEXT    NOT NULL,
        given_at INTEGER NOT NULL,
        seal     INTEGER NOT NULL,
        UNIQUE (endpoint, code)
    );
    CREATE INDEX codes_by_product ON codes (endpoint, product, state, number);
    CREATE INDEX codes_by_sale ON codes (sale) WHERE sale IS NOT NULL;
    CREATE INDEX codes_by_event ON codes (event) WHERE event <> '';
    CREATE INDEX codes_by_txn ON codes (txn) WHERE txn <> '';
    CREATE TABLE code_pools (
        endpoint TEXT    NOT NULL,
        product  TEXT    NOT NULL,
        free     INTEGER NOT NULL,
        given    INTEGER NOT NULL,
        PRIMARY KEY (endpoint, product)
    ) WITHOUT ROWID;
    )sql",
    // events.received: client, request id and what proved it, a line each; null for those stored before.
    // repeats: how often a stored event came again; no row: never.
    // history.status: of the target's HTTP answer, 0: none.
    R"sql(
    ALTER TABLE events ADD COLUMN received TEXT;
    CREATE TABLE repeats (
        number INTEGER PRIMARY KEY,
        count  INTEGER NOT NULL
    );
    ALTER TABLE sinks ADD COLUMN paused_at INTEGER;
    ALTER TABLE history ADD COLUMN status INTEGER NOT NULL DEFAULT 0;
    )sql",
    // sinks.delivered_at: when an attempt succeeded last; null: not since there is this column.
    R"sql(
    ALTER TABLE sinks ADD COLUMN delivered_at INTEGER;
    )sql"};

/// Behind all steps in a new file: there the seal stands in front of the body, so that it is in the row's own
/// page however long the body is. Columns are asked for by name.
constexpr const char* new_events = R"sql(
    DROP TABLE events;
    CREATE TABLE events (
        number      INTEGER PRIMARY KEY,
        id          TEXT    NOT NULL,
        accepted_at INTEGER NOT NULL,
        endpoint    TEXT    NOT NULL,
        provider    TEXT    NOT NULL,
        type        TEXT    NOT NULL,
        subject     TEXT    NOT NULL,
        store       TEXT    NOT NULL,
        headers     TEXT    NOT NULL,
        identity    BLOB    UNIQUE,
        seal        INTEGER,
        received    TEXT,
        body        BLOB    NOT NULL
    );
    CREATE INDEX events_by_id ON events (id);
    )sql";

constexpr std::int64_t current_version = migrations.size();

result<void> run(sqlite::connection& database, const std::string& path, const std::string& sql) {
    const int code = database.execute(sql.c_str());
    if (code != SQLITE_OK)
        return describe_failure(database, code, "preparing the inbox " + path);
    return {};
}

result<void> migrate(sqlite::connection& database, const std::string& path, std::int64_t from) {
    std::string steps = "BEGIN IMMEDIATE;";
    for (auto version = from; version < current_version; ++version)
        steps += migrations[static_cast<std::size_t>(version)];
    if (from == 0)
        steps += new_events;
    steps += "PRAGMA application_id=" + std::to_string(application_id) + ";";
    steps += "PRAGMA user_version=" + std::to_string(current_version) + ";COMMIT;";
    return run(database, path, steps);
}

/// The schema that the file has; 0 for an empty one.
result<std::int64_t> read_version(sqlite::connection& database, const std::string& path) {
    std::int64_t tables = 0, version = 0, application = 0;
    for (const auto& [sql, into] :
         {std::pair<const char*, std::int64_t&>("SELECT count(*) FROM sqlite_schema", tables),
          {"PRAGMA user_version", version},
          {"PRAGMA application_id", application}}) {
        if (const int code = database.query(sql, into); code != SQLITE_OK)
            return describe_failure(database, code, "reading the inbox " + path);
    }
    if (version > current_version)
        return failure{errc::corrupt, "the inbox " + path + " was written by a newer Shopbell (schema " +
                                          std::to_string(version) + ", this one knows " +
                                          std::to_string(current_version) + "): install that version again"};
    const bool foreign = version > 0 ? application != application_id : tables != 0;
    if (version < 0 || foreign)
        return failure{errc::corrupt,
                       path + " is the database of another program, not an inbox: set [inbox] path"};
    return version;
}

/// Without it nothing that is committed would be durable in the way that the writer counts on.
result<void> demand_log(sqlite::connection& database, const std::string& path) {
    sqlite::statement mode;
    int code = database.prepare("PRAGMA journal_mode=WAL", mode);
    if (code == SQLITE_OK)
        code = mode.step();
    if (code != SQLITE_ROW)
        return describe_failure(database, code, "preparing the inbox " + path);
    if (mode.bytes(0) != "wal")
        return failure{errc::io, "the disk of the inbox " + path +
                                     " cannot hold a write-ahead log: [inbox] path needs a local disk"};
    return {};
}

}  // namespace

failure describe_failure(const sqlite::connection& database, int code, const std::string& doing) {
    const int kind = code & 0xff;
    const bool damaged = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
    std::string reason = doing + ": " + database.message(code);
    if (damaged)
        reason +=
            "; the file is damaged or no inbox: restore it from a backup, or move it aside to start empty";
    if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED)
        return failure{errc::busy, std::move(reason)};
    return failure{damaged ? errc::corrupt : errc::io, std::move(reason)};
}

result<void> prepare_schema(sqlite::connection& database, const std::string& path) {
    // Both take effect only while the file is still empty.
    if (auto set = run(database, path, "PRAGMA page_size=16384; PRAGMA auto_vacuum=INCREMENTAL;"); !set)
        return set;
    if (auto logged = demand_log(database, path); !logged)
        return logged;
    // What a savepoint may have to take back stays in memory: a full disk must not matter to it.
    if (auto set = run(database, path,
                       "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0;"
                       "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;");
        !set)
        return set;

    const auto version = read_version(database, path);
    if (!version)
        return version.error();
    if (*version == current_version)
        return {};
    return migrate(database, path, *version);
}

result<void> check_schema(sqlite::connection& database, const std::string& path) {
    const auto version = read_version(database, path);
    if (!version)
        return version.error();
    if (*version == current_version)
        return {};
    if (*version == 0)
        return failure{errc::corrupt, path + " is empty, not an inbox: the daemon fills it when it starts"};
    return failure{errc::corrupt, "the inbox " + path + " was written by an older Shopbell (schema " +
                                      std::to_string(*version) + ", this one reads " +
                                      std::to_string(current_version) +
                                      "): start the daemon once, it brings the file up to date"};
}

result<void> check_places(sqlite::connection& database, const std::string& path) {
    std::int64_t damaged = 0;
    const int code = database.query(
        "SELECT count(*) FROM sinks WHERE mirror IS NOT name || ' ' || position || ' ' || paused", damaged);
    if (code != SQLITE_OK || damaged > 0)
        return describe_failure(database, code != SQLITE_OK ? code : SQLITE_CORRUPT,
                                "reading the places of sinks in the inbox " + path);
    return {};
}

}  // namespace shopbell
