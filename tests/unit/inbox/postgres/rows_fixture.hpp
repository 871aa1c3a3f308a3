#pragma once

#include "../src/inbox/postgres/change_rows.hpp"
#include "../src/inbox/postgres/event_rows.hpp"
#include "../src/inbox/postgres/schema.hpp"
#include "../src/inbox/postgres/sink_rows.hpp"
#include "support/postgres_server.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/core/uuid.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace shopbell::test {

using namespace std::chrono_literals;
namespace pg = shopbell::postgres;

inline pg::deadline soon() {
    return std::chrono::steady_clock::now() + 20s;
}

/// One server for all tests, and an inbox of its own for each.
class postgres_rows_test : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (postgres_server::is_installed())
            server_ = std::make_unique<postgres_server>();
    }
    static void TearDownTestSuite() { server_.reset(); }

    void SetUp() override {
        if (!server_)
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
        (void)server_->ask("SET client_min_messages = error; DROP SCHEMA IF EXISTS shopbell CASCADE");
        database_ = std::make_unique<pg::connection>(connect());
        ASSERT_TRUE(pg::prepare_schema(*database_, soon()));
    }

    static pg::connection connect() {
        pg::server at;
        at.host = "127.0.0.1";
        at.port = server_->port();
        at.database = "shop";
        at.user = "shop";
        return pg::connection::open(at, soon()).value();
    }

    static std::string make_uuid() {
        static uuid_source ids;
        return to_string(ids.next(now()));
    }

    /// As the design has it: nobody draws a number before he has the turn, and it ends with the commit.
    static std::vector<std::string> put(pg::connection& to, std::size_t count,
                                        const std::string& subject = "order/1") {
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < count; ++i)
            ids.push_back(make_uuid());
        const auto stored = to.run(
            "WITH turn AS MATERIALIZED (SELECT name FROM turn WHERE name = 'put' FOR UPDATE),"
            " a AS MATERIALIZED (SELECT t.* FROM turn, unnest($1) WITH ORDINALITY AS t(id, n))"
            " INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store, headers,"
            "  identity, body)"
            " SELECT nextval('numbers'), id, clock_timestamp(), 'shop', 'jumpseller', 'order.paid', $2, "
            "'main',"
            "  'X-Sent: yes\n', NULL, convert_to('body of ' || id, 'UTF8') FROM (SELECT * FROM a ORDER BY n) "
            "s RETURNING id",
            pg::parameters().uuids(ids).text(subject), soon());
        EXPECT_TRUE(stored) << stored.error().reason;
        return ids;
    }
    std::vector<std::string> put(std::size_t count, const std::string& subject = "order/1") {
        return put(*database_, count, subject);
    }

    pg::lease_rows leases_of(pg::connection& database, const std::string& owner) {
        return {database, owner, pg::durability::primary_only};
    }

    /// The daemon of the test, which holds the sink "crm" from the beginning.
    pg::settled_by hold(const std::string& sink = "crm") {
        EXPECT_TRUE(pg::place_sink(*database_, sink, soon()));
        const auto held =
            leases_of(*database_, daemon_).claim(pg::lease_of_sink(sink), 1h, soon()).value().value();
        return {held, daemon_, {}};
    }
    pg::opened_sink look(const std::string& sink = "crm") {
        return pg::read_progress(*database_, sink, soon()).value().value();
    }
    std::int64_t count(const std::string& table) {
        return database_->run("SELECT count(*) FROM " + table, {}, soon()).value().number(0, 0);
    }

    static pending_delivery pending(sequence number, unsigned attempts = 1) {
        pending_delivery delivery;
        delivery.number = number;
        delivery.attempts = attempts;
        delivery.first_attempt = time_point{1'796'000'000'000ms};
        delivery.next_attempt = delivery.first_attempt + 5s;
        delivery.last_error = "503";
        return delivery;
    }
    static settlement to(sequence position) {
        settlement results;
        results.sink = "crm";
        results.position = position;
        return results;
    }

    static std::unique_ptr<postgres_server> server_;
    std::unique_ptr<pg::connection> database_;
    const std::string daemon_ = make_uuid(), other_ = make_uuid();
};

inline std::unique_ptr<postgres_server> postgres_rows_test::server_;

}  // namespace shopbell::test
