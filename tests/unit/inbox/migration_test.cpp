#include "inbox_fixture.hpp"

#include <shopbell/inbox/archive.hpp>

#include <sqlite3.h>

namespace shopbell::test {

namespace {

/// What the first released schema wrote, with two events, two sinks, a pending delivery and a dead one.
constexpr const char* version_1 = R"sql(
    PRAGMA page_size=16384; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;
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
    INSERT INTO events VALUES (1, '01930000-0000-7000-8000-000000000001', 1000, 'shop', 'jumpseller',
        'jumpseller.order.paid', 'order/1', 'mystore', 'Content-Type: application/json' || char(10), x'01', x'7b7d');
    INSERT INTO events VALUES (2, '01930000-0000-7000-8000-000000000002', 2000, 'shop', 'jumpseller',
        'jumpseller.order.paid', 'order/2', 'mystore', '', x'02', x'7b7d');
    INSERT INTO sinks VALUES ('crm', 2), ('file', 1);
    INSERT INTO deliveries VALUES ('crm', 1, 1, '', 4, 0, 9000, '410 gone');
    INSERT INTO deliveries VALUES ('crm', 2, 0, 'order/2', 1, 3000, 4000, '503');
    PRAGMA application_id=1399353200; PRAGMA user_version=1;
)sql";

class migration_test : public inbox_test {
protected:
    void make_version_1() {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, version_1, nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }

    std::int64_t query(const char* sql) {
        sqlite3* database = nullptr;
        sqlite3_stmt* rows = nullptr;
        EXPECT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_prepare_v2(database, sql, -1, &rows, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        EXPECT_EQ(sqlite3_step(rows), SQLITE_ROW);
        const auto value = sqlite3_column_int64(rows, 0);
        sqlite3_finalize(rows);
        sqlite3_close(database);
        return value;
    }
};

TEST_F(migration_test, keeps_events_and_progress_of_the_first_schema) {
    make_version_1();
    open();
    const auto events = after(0);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].id, "01930000-0000-7000-8000-000000000001");
    EXPECT_EQ(events[0].body, "{}");
    EXPECT_EQ(open_sink("file").position, 1);
    const auto progress = open_sink("crm");
    EXPECT_EQ(progress.position, 2);
    EXPECT_FALSE(progress.paused);
    ASSERT_EQ(progress.pending.size(), 1U);
    EXPECT_EQ(progress.pending[0].number, 2);
    EXPECT_TRUE(queued("crm").empty());
    ASSERT_TRUE(put(make("three")));
    EXPECT_EQ(after(2).at(0).number, 3);
}

TEST_F(migration_test, lets_a_dead_letter_of_the_first_schema_be_retried_with_its_subject) {
    make_version_1();
    open();
    ASSERT_EQ(apply(dead_letter_decision{"crm", {}, dead_letter_decision::kind::retry}).value(), 1U);
    const auto again = queued("crm");
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].number, 1);
    EXPECT_EQ(again[0].subject, "order/1");
    EXPECT_EQ(again[0].last_error, "410 gone");
}

TEST_F(migration_test, knows_which_events_have_identities_of_before) {
    make_version_1();
    open();
    EXPECT_EQ(query("SELECT former FROM numbering"), 2);
    ASSERT_TRUE(put(make("three")));
    reopen();
    EXPECT_EQ(query("SELECT former FROM numbering"), 2);
    EXPECT_EQ(query("SELECT count(*) FROM latest WHERE moment <> ''"), 0);
}

TEST_F(migration_test, gives_an_older_inbox_codes) {
    make_version_1();
    open();
    ASSERT_EQ(apply(code_addition{"shop", "*", {"A"}}).value(), 1U);
    auto sale = make("sale");
    sale.codes.emplace();
    sale.codes->transaction = "1";
    EXPECT_EQ(put(std::move(sale)).value().codes->codes, std::vector<std::string>{"A"});
    EXPECT_EQ(query("PRAGMA user_version"), 7);
}

TEST_F(migration_test, is_left_to_the_daemon_by_those_who_only_read) {
    make_version_1();
    const auto refused = open_sqlite_archive(path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::corrupt);
    EXPECT_NE(refused.error().reason.find("start the daemon once"), std::string::npos)
        << refused.error().reason;
    open();
    const auto reader = open_sqlite_archive(path());
    ASSERT_TRUE(reader) << reader.error().reason;
    const auto found = run(context_, (*reader)->find("01930000-0000-7000-8000-000000000002")).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, 2);
}

}  // namespace

}  // namespace shopbell::test
