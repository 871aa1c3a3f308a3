#include "../src/cli/doctor_daemon.hpp"

#include <gtest/gtest.h>

namespace shopbell {
namespace {

http::incoming_response answer(unsigned status, std::string body) {
    http::incoming_response made;
    made.status = status;
    made.body = std::move(body);
    made.fields = {{"Content-Type", "application/json"}};
    return made;
}

void expect(const finding& found, grade how, std::string_view text) {
    EXPECT_EQ(found.how, how) << to_line(found);
    EXPECT_NE(to_line(found).find(text), std::string::npos) << to_line(found);
    const bool advises = how == grade::ok || !found.advice.empty();
    EXPECT_TRUE(advises) << to_line(found);
}

TEST(readiness, is_told_with_its_reasons) {
    expect(judge_readiness(answer(200, R"({"status":"ready"})")), grade::ok, "stores events");
    expect(judge_readiness(answer(200, R"({"status":"ready","warnings":["shop is silent"]})")), grade::warn,
           "shop is silent");
    expect(
        judge_readiness(answer(503, R"({"status":"not ready","reasons":["draining","the disk is full"]})")),
        grade::fail, "draining, the disk is full");
    expect(judge_readiness(answer(401, R"({"error":"unauthorized"})")), grade::fail,
           "systemctl reload shopbell");
    expect(judge_readiness(answer(200, "<html>")), grade::fail, "not Shopbell");
}

TEST(a_listener, is_the_daemon_s_or_somebody_else_s) {
    expect(judge_listener("127.0.0.1:8080", answer(404, R"({"error":"not found"})")), grade::ok,
           "listen 127.0.0.1:8080: the daemon answers");
    expect(judge_listener("127.0.0.1:8080", answer(200, "<html>")), grade::fail, "another program");
    expect(judge_listener("127.0.0.1:8080", failure{errc::timeout, "no answer"}), grade::fail,
           "shopbell.socket");
    expect(judge_listener("unix:/x", failure{errc::forbidden, "connect to unix:/x: Permission denied"}),
           grade::warn, "the group of what is in front");
    expect(judge_listener("127.0.0.1:8080", failure{errc::unreachable, "connect to x: refused"}), grade::fail,
           "connect to x: refused");
    expect(judge_listener("127.0.0.1:8443",
                          failure{errc::untrusted, "TLS handshake with x: it shows another certificate"}),
           grade::fail, "systemctl reload shopbell");
}

TEST(a_listener, on_any_port_cannot_be_looked_at) {
    http::server_settings server;
    server.listen = {*http::listen_address::parse("127.0.0.1:0")};
    const auto found = examine_listeners(server);
    ASSERT_EQ(found.size(), 1U);
    expect(found[0], grade::warn, "fixed port");
}

TEST(the_admin_interface, that_every_account_can_reach_is_worth_a_warning) {
    admin_settings admin;
    EXPECT_TRUE(judge_admin(admin).empty()) << "it is off";
    admin.listen = http::listen_address::parse("127.0.0.1:9180");
    const auto found = judge_admin(admin);
    ASSERT_EQ(found.size(), 1U);
    expect(found[0], grade::warn, "every account of this machine can ask on 127.0.0.1:9180");
    admin.token.emplace_back("t");
    EXPECT_TRUE(judge_admin(admin).empty());
    admin.token.clear();
    admin.listen = http::listen_address::parse("unix:/run/shopbell/admin.sock");
    EXPECT_TRUE(judge_admin(admin).empty());
}

TEST(the_daemon, that_nobody_can_ask_is_worth_a_warning) {
    expect(examine_daemon({}), grade::warn, "[admin] listen");
}

TEST(the_daemon, that_does_not_run_comes_with_the_command_that_starts_it) {
    admin_settings admin;
    admin.listen = http::listen_address::parse("unix:/nowhere/admin.sock");
    expect(examine_daemon(admin), grade::fail, "systemctl start shopbell");
}

struct backlog_row {
    const char* name;
    std::string_view sink;  ///< members besides the name
    std::string_view line;  ///< empty: nothing to say
};

class a_backlog : public testing::TestWithParam<backlog_row> {};

TEST_P(a_backlog, is_worth_a_word_with_the_command_where_somebody_must_act) {
    const auto document =
        json::document::parse(R"({"name":"crm",)" + std::string(GetParam().sink) + "}").value();
    const auto found = judge_backlog(document.root());
    ASSERT_EQ(found.has_value(), !GetParam().line.empty());
    const auto line = found ? to_line(*found) : std::string();
    EXPECT_TRUE(line.starts_with(GetParam().line)) << line;
}

INSTANTIATE_TEST_SUITE_P(
    sinks, a_backlog,
    testing::Values(
        backlog_row{"none", R"("state":"running","lag":{"events":0,"seconds":0},"dead":0)", ""},
        backlog_row{"short", R"("state":"running","lag":{"events":9,"seconds":300},"dead":0)", ""},
        backlog_row{
            "long",
            R"("state":"running","lag":{"events":1,"seconds":301},"dead":0,"last_error":"answered 500")",
            "warn backlog crm: 1 event waits, the oldest for 5 min (last error: answered 500); "},
        backlog_row{
            "dead", R"("state":"running","lag":{"events":0,"seconds":0},"dead":2)",
            "warn backlog crm: 2 dead letters; look at them (shopbell dead list --sink crm), mend the cause, "
            "then: shopbell dead retry --sink crm"},
        backlog_row{
            "paused", R"("state":"paused","lag":{"events":3,"seconds":7},"dead":0)",
            "warn backlog crm: is paused; 3 events wait, the oldest for 7 s; shopbell sinks resume crm"},
        backlog_row{"down",
                    R"("state":"probing","lag":{"events":3,"seconds":7},"dead":0,"last_error":"refused")",
                    "warn backlog crm: is down; 3 events wait, the oldest for 7 s (last error: refused); "},
        backlog_row{"left", R"("state":"not configured","lag":{"events":3,"seconds":7},"dead":0)",
                    "warn backlog crm: is no longer configured, and 3 events wait"},
        backlog_row{"of_a_stopped_daemon", R"("state":"stopped","lag":{"events":3,"seconds":7000},"dead":0)",
                    ""}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell
