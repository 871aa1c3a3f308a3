#include "support/postgres_server.hpp"

#include <shopbell/postgres/connection.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>

// Against a real server, which the tests start themselves.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
using postgres::connection;
using postgres::parameters;

postgres::deadline soon() {
    return std::chrono::steady_clock::now() + 20s;
}

class postgres_connection_test : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (postgres_server::is_installed())
            server_ = std::make_unique<postgres_server>();
    }
    static void TearDownTestSuite() { server_.reset(); }
    void SetUp() override {
        if (!server_)
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
    }

    static postgres::server address() {
        postgres::server at;
        at.host = "127.0.0.1";
        at.port = server_->port();
        at.database = "shop";
        at.user = "owner";  // who may end other connections
        return at;
    }
    static connection connect() { return connection::open(address(), soon()).value(); }

    static std::unique_ptr<postgres_server> server_;
};

std::unique_ptr<postgres_server> postgres_connection_test::server_;

TEST_F(postgres_connection_test, values_come_back_as_they_were_given) {
    auto to = connect();
    const std::string id = "01234567-89ab-7def-8123-456789abcdef";
    const std::string bytes("a\0\xff z", 5);
    const time_point time{std::chrono::milliseconds{1'796'000'000'123}};
    parameters given;
    given.text("žluťoučký").bytes(bytes).number(-5'000'000'000).flag(true).time(time).uuid(id).uuid({});
    const auto found =
        to.run("SELECT $1, $2, $3, $4, $5, $6, $7, 7::smallint, -2::integer, '-infinity'::timestamptz", given,
               soon());
    ASSERT_TRUE(found) << found.error().reason;
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->bytes(0, 0), "žluťoučký");
    EXPECT_EQ(found->bytes(0, 1), bytes);
    EXPECT_EQ(found->number(0, 2), -5'000'000'000);
    EXPECT_EQ(found->number(0, 3), 1);
    EXPECT_EQ(found->time(0, 4), time);
    EXPECT_EQ(found->uuid(0, 5), id);
    EXPECT_TRUE(found->is_null(0, 6));
    EXPECT_EQ(found->number(0, 7), 7);
    EXPECT_EQ(found->number(0, 8), -2);
    EXPECT_EQ(found->time(0, 9), time_point());
}

TEST_F(postgres_connection_test, arrays_come_back_row_by_row) {
    auto to = connect();
    const time_point early{1ms}, late{1'796'000'000'123ms};
    parameters given;
    given.texts({"", "two"})
        .byte_strings({std::nullopt, std::string("\0b", 2)})
        .numbers({1, -2})
        .integers({3, -4})
        .small_integers({5, -6})
        .times({early, late})
        .uuids({"01234567-89ab-7def-8123-456789abcdef", "ffffffff-ffff-7fff-bfff-ffffffffffff"});
    const auto found = to.run("SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)", given, soon());
    ASSERT_TRUE(found) << found.error().reason;
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ(found->bytes(0, 0), "");
    EXPECT_EQ(found->bytes(1, 0), "two");
    EXPECT_TRUE(found->is_null(0, 1));
    EXPECT_EQ(found->bytes(1, 1), std::string_view("\0b", 2));
    EXPECT_EQ(found->number(1, 2), -2);
    EXPECT_EQ(found->number(1, 3), -4);
    EXPECT_EQ(found->number(1, 4), -6);
    EXPECT_EQ(found->time(0, 5), early);
    EXPECT_EQ(found->time(1, 5), late);
    EXPECT_EQ(found->uuid(1, 6), "ffffffff-ffff-7fff-bfff-ffffffffffff");
}

TEST_F(postgres_connection_test, an_empty_array_is_an_array) {
    auto to = connect();
    const auto found = to.run("SELECT cardinality($1)", parameters().numbers({}), soon());
    ASSERT_TRUE(found) << found.error().reason;
    EXPECT_EQ(found->number(0, 0), 0);
}

TEST_F(postgres_connection_test, a_statement_that_fails_says_why_and_leaves_the_connection_usable) {
    auto to = connect();
    const auto failed = to.run("SELECT 1 / ($1 - $1)", parameters().number(1), soon());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().state, "22012");
    EXPECT_EQ(failed.error().code, errc::io);
    EXPECT_FALSE(to.is_lost());
    EXPECT_TRUE(to.run("SELECT 1", {}, soon()));
    const auto unknown = to.run("SELECT x FROM nowhere", {}, soon());
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().state, "42P01");
    EXPECT_TRUE(to.run("SELECT 1", {}, soon()));
}

TEST_F(postgres_connection_test, statements_run_together_are_stored_together_or_not_at_all) {
    auto to = connect();
    ASSERT_TRUE(to.execute("CREATE TEMPORARY TABLE t (n bigint PRIMARY KEY)", soon()));
    const std::string insert = "INSERT INTO t VALUES ($1)";
    const auto stored =
        to.run_all({{insert, parameters().number(1)}, {"SELECT count(*) FROM t", {}}}, soon());
    ASSERT_TRUE(stored) << stored.error().reason;
    EXPECT_EQ(stored->at(1).number(0, 0), 1);
    const auto refused =
        to.run_all({{insert, parameters().number(2)}, {insert, parameters().number(1)}}, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().state, "23505");
    EXPECT_EQ(to.run("SELECT count(*) FROM t", {}, soon())->number(0, 0), 1);
}

TEST_F(postgres_connection_test, large_values_pass_in_both_directions_at_once) {
    auto to = connect();
    const std::string large(3 * 1024 * 1024, 'x');
    std::vector<connection::statement> all(4, {"SELECT $1::bytea", parameters().bytes(large)});
    const auto found = to.run_all(all, soon());
    ASSERT_TRUE(found) << found.error().reason;
    for (const auto& each : *found)
        EXPECT_EQ(each.bytes(0, 0).size(), large.size());
}

TEST_F(postgres_connection_test, what_is_not_answered_in_time_loses_the_connection) {
    auto to = connect();
    const auto late = to.run("SELECT pg_sleep(30)", {}, std::chrono::steady_clock::now() + 50ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::timeout);
    EXPECT_TRUE(to.is_lost());
    const auto after = to.run("SELECT 1", {}, soon());
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().code, errc::unavailable);
}

TEST_F(postgres_connection_test, a_warning_is_no_answer) {
    auto to = connect();
    const auto warned = to.execute("DO $$ BEGIN RAISE WARNING 'in doubt'; END $$", soon());
    ASSERT_FALSE(warned);
    EXPECT_EQ(warned.error().state, "01000");
    EXPECT_EQ(warned.error().code, errc::unavailable);
    EXPECT_TRUE(to.run("SELECT 1", {}, soon()));
}

TEST_F(postgres_connection_test, a_server_that_goes_down_is_unavailable) {
    auto to = connect();
    auto other = connect();
    const auto id = to.run("SELECT pg_backend_pid()", {}, soon())->number(0, 0);
    ASSERT_TRUE(other.run("SELECT pg_terminate_backend($1::integer)", parameters().integer(id), soon()));
    const auto failed = to.run("SELECT 1", {}, soon());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, errc::unavailable);
}

TEST_F(postgres_connection_test, a_port_without_a_server_and_a_server_that_does_not_write_are_unavailable) {
    const reserved_port unused;
    auto nowhere = address();
    nowhere.port = unused.number();
    const auto refused = connection::open(nowhere, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);

    auto to = connect();
    ASSERT_TRUE(to.execute("ALTER SYSTEM SET default_transaction_read_only = on", soon()));
    ASSERT_TRUE(to.execute("SELECT pg_reload_conf()", soon()));
    bool reads_only = false;
    for (int tries = 0; tries < 1000 && !reads_only; ++tries)
        reads_only =
            to.run("SELECT current_setting('default_transaction_read_only')", {}, soon())->bytes(0, 0) ==
            "on";
    ASSERT_TRUE(reads_only);
    const auto standby = connection::open(address(), soon());
    ASSERT_FALSE(standby);
    EXPECT_EQ(standby.error().code, errc::unavailable);
    ASSERT_TRUE(to.execute("SET default_transaction_read_only = off", soon()));
    ASSERT_TRUE(to.execute("ALTER SYSTEM RESET default_transaction_read_only", soon()));
    ASSERT_TRUE(to.execute("SELECT pg_reload_conf()", soon()));
}

TEST_F(postgres_connection_test, a_host_must_be_the_one_that_its_certificate_names) {
    auto verified = address();
    verified.host = "localhost";
    verified.ca_file = server_->ca_file();
    const auto opened = connection::open(verified, soon());
    EXPECT_TRUE(opened) << opened.error().reason;
    verified.host = "127.0.0.1";
    const auto refused = connection::open(verified, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
}

TEST_F(postgres_connection_test, a_password_that_is_wrong_is_refused_and_never_shown) {
    auto guarded = address();
    guarded.user = "guarded";
    guarded.password = secret("s3cret of postgres");
    EXPECT_TRUE(connection::open(guarded, soon()));
    guarded.password = secret("another s3cret");
    const auto refused = connection::open(guarded, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason.find("s3cret"), std::string::npos);
}

struct state_case {
    const char* name;
    const char* state;
    errc code;
};
class postgres_state_test : public ::testing::TestWithParam<state_case> {};

TEST_P(postgres_state_test, says_what_a_caller_can_do) {
    EXPECT_EQ(postgres::code_of(GetParam().state), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    states, postgres_state_test,
    ::testing::Values(
        state_case{"no_answer", "", errc::unavailable}, state_case{"warning", "01000", errc::unavailable},
        state_case{"connection_lost", "08006", errc::unavailable},
        state_case{"shutting_down", "57P01", errc::unavailable},
        state_case{"starting_up", "57P03", errc::unavailable},
        state_case{"standby", "25006", errc::unavailable}, state_case{"pooler", "26000", errc::unavailable},
        state_case{"disk_full", "53100", errc::unavailable},
        state_case{"too_many_connections", "53300", errc::unavailable},
        state_case{"io_error", "58030", errc::unavailable}, state_case{"lock_not_had", "55P03", errc::busy},
        state_case{"not_serializable", "40001", errc::busy}, state_case{"deadlock", "40P01", errc::busy},
        state_case{"cancelled", "57014", errc::busy}, state_case{"damaged_page", "XX001", errc::corrupt},
        state_case{"damaged_index", "XX002", errc::corrupt},
        state_case{"division_by_zero", "22012", errc::io}, state_case{"unique", "23505", errc::io},
        state_case{"no_table", "42P01", errc::io}, state_case{"wrong_password", "28P01", errc::io}),
    [](const auto& tested) { return tested.param.name; });

TEST_F(postgres_connection_test, what_comes_after_the_commit_is_another_transaction) {
    auto to = connect();
    const std::string sql = "SELECT txid_current()::bigint";
    const auto ran = to.run_all({{sql, {}}, {sql, {}}, {sql, {}, true}}, soon());
    ASSERT_TRUE(ran) << ran.error().reason;
    EXPECT_EQ(ran->at(0).number(0, 0), ran->at(1).number(0, 0));
    EXPECT_NE(ran->at(0).number(0, 0), ran->at(2).number(0, 0));
    const auto failed = to.run_all({{"SELECT 1 / (SELECT 0)", {}}, {sql, {}, true}}, soon());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().state, "22012");
    EXPECT_TRUE(to.run(sql, {}, soon()));
}

TEST_F(postgres_connection_test, late_answers_can_be_waited_for) {
    int calls = 0;
    auto to = connection::open(address(), soon(), [&calls] {
                  ++calls;
                  return std::chrono::steady_clock::now() + 10ms;
              }).value();
    const auto late = to.run_all({{"SELECT pg_sleep(0.3)", {}}}, std::chrono::steady_clock::now() + 50ms);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, errc::timeout);
    EXPECT_TRUE(to.is_late());
    EXPECT_TRUE(to.is_lost());
    EXPECT_FALSE(to.end_late(std::chrono::steady_clock::now()));
    EXPECT_TRUE(to.is_late());
    calls = 0;
    ASSERT_TRUE(to.end_late(soon()));
    EXPECT_GT(calls, 3);
    EXPECT_FALSE(to.is_lost());
    EXPECT_TRUE(to.run("SELECT 1", {}, soon()));
    // Of a single statement they cannot.
    EXPECT_FALSE(to.run("SELECT pg_sleep(1)", {}, std::chrono::steady_clock::now() + 50ms));
    EXPECT_FALSE(to.is_late());
    EXPECT_TRUE(to.is_lost());
    EXPECT_FALSE(to.end_late(soon()));
}

}  // namespace
}  // namespace shopbell::test
