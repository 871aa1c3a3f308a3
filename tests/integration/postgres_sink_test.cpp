#include "confined_fixture.hpp"
#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

// The postgres sink of the real binary, with the real server.

namespace shopbell::test {
namespace {

std::string postgres_sink(const postgres_server& server, const std::string& more) {
    return "[[sink]]\nname = \"database\"\ntype = \"postgres\"\nport = " + std::to_string(server.port()) +
           "\ndatabase = \"shop\"\ntable = \"events\"\n"
           "retry = { initial = \"50ms\", max = \"200ms\", give_up_after = \"1h\" }\n" +
           more + "[[route]]\nevents = [\"**\"]\nsinks = [\"database\"]\n";
}

constexpr const char* without_password = "hosts = \"127.0.0.1\"\nuser = \"shop\"\ncreate = true\n";

class a_postgres_sink : public ::testing::Test {
protected:
    void SetUp() override {
        if (!postgres_server::is_installed())
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
    }
};

TEST_F(a_postgres_sink, has_each_event_once_whatever_is_killed) {
    postgres_server server;
    const shop place({.operated = true, .sinks = postgres_sink(server, without_password)});
    std::vector<std::string> sent;
    {
        daemon running(place.config());
        for (int i = 0; i < 20; ++i)
            sent.push_back(running.send(usaepay_request("e" + std::to_string(i))).id);
        (void)running.wait_for_log({R"("serving")"});
        server.crash();
        for (int i = 20; i < 40; ++i)
            sent.push_back(running.send(usaepay_request("e" + std::to_string(i))).id);
        (void)running.wait_for_log({R"("delivery failed")", R"("database")"});
        running.kill();
    }
    server.start();
    daemon again(place.config());
    const auto is_done = [&] {
        const auto sink = place.ask({"sinks"}).at(0);
        return sink["lag"]["events"] == 0 && sink["pending"] == 0;
    };
    EXPECT_TRUE(eventually(is_done));
    std::sort(sent.begin(), sent.end());
    std::string expected;
    for (const auto& id : sent)
        (expected += expected.empty() ? "" : "\n") += id;
    EXPECT_EQ(server.ask("SELECT id FROM events ORDER BY id"), expected);
    EXPECT_EQ(again.stop().code, 0);
}

TEST_F(a_postgres_sink, delays_nobody_and_no_stop_where_a_stranger_holds_its_table) {
    const postgres_server server;
    shop place;
    place.write_config({.server = "drain_timeout = \"500ms\"",
                        .sinks = place.file_and_log() + postgres_sink(server, std::string(without_password) +
                                                                                  "timeout = \"1h\"\n")});
    (void)server.ask(
        "CREATE TABLE events (id uuid PRIMARY KEY, type text, endpoint text, subject text, "
        "occurred_at timestamptz, received_at timestamptz, data jsonb); GRANT ALL ON events TO shop; "
        "CREATE FUNCTION stand_still() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(3600); "
        "RETURN NEW; END $$; "
        "CREATE TRIGGER stand_still BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION stand_still()");
    daemon running(place.config());
    for (int i = 1; i <= 20; ++i)
        EXPECT_EQ(running.send(usaepay_request("e" + std::to_string(i))).status, 200U);
    EXPECT_EQ(wait_for_events(place.events(), 20).size(), 20U);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(a_postgres_sink, keeps_its_password_to_itself) {
    const postgres_server server;
    shop place;
    write_file(place.file("password"), "wr0ng-of-postgres\n");
    place.write_config(
        {.operated = true,
         .sinks = postgres_sink(server, "hosts = \"127.0.0.1\"\nuser = \"guarded\"\npassword_file = \"" +
                                            place.file("password") + "\"\n")});
    daemon running(place.config());
    const auto id = running.send(usaepay_request("e1")).id;
    const auto line = running.wait_for_log({R"("delivery failed")", id});
    EXPECT_NE(line["error"].get<std::string>().find("password authentication failed"), std::string::npos)
        << line;
    const auto looked = run_shopbell(place.config(), {"doctor"});
    EXPECT_NE(looked.output.find("password authentication failed"), std::string::npos) << looked.output;
    for (const auto& text :
         {looked.output, looked.errors, place.ask({"sinks"}).at(0).dump(), running.written()})
        EXPECT_EQ(text.find("wr0ng-of-postgres"), std::string::npos);
    EXPECT_EQ(running.stop().code, 0);
}

TEST_F(confined, a_daemon_inserts_into_postgres) {
    if (!postgres_server::is_installed())
        GTEST_SKIP() << "PostgreSQL 15 is not installed";
    const postgres_server server;
    (void)server.ask(
        "CREATE TABLE events (id uuid PRIMARY KEY, type text, endpoint text, subject text, "
        "occurred_at timestamptz, received_at timestamptz, data jsonb); GRANT ALL ON events TO shop");
    place_.write_config({.sinks = postgres_sink(server, without_password)});
    daemon running(serve_confined());
    const auto id = running.send(usaepay_request("e1")).id;
    EXPECT_TRUE(eventually([&] { return server.ask("SELECT id FROM events") == id; })) << running.written();
    EXPECT_EQ(running.stop().code, 0);
}

}  // namespace
}  // namespace shopbell::test
