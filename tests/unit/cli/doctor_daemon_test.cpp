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
    expect(judge_readiness(answer(200, R"({"status":"ready","warnings":["shop is silent"]})")), grade::ok,
           "stores events");
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

struct need_row {
    const char* name;
    std::string_view item;
    std::string_view line;  ///< empty: another check tells it
};

class a_need : public testing::TestWithParam<need_row> {};

TEST_P(a_need, comes_with_the_command_by_its_code) {
    const auto document = json::document::parse(GetParam().item).value();
    const auto found = judge_attention(document.root());
    ASSERT_EQ(found.has_value(), !GetParam().line.empty());
    const auto line = found ? to_line(*found) : std::string();
    EXPECT_TRUE(line.starts_with(GetParam().line)) << line;
}

INSTANTIATE_TEST_SUITE_P(
    kinds, a_need,
    testing::Values(
        need_row{"dead", R"({"kind":"dead","sink":"crm","text":"2 dead letters"})",
                 "warn backlog crm: 2 dead letters; look at them (shopbell dead list --sink crm), mend the "
                 "cause, then: shopbell dead retry --sink crm"},
        need_row{"paused", R"({"kind":"paused","sink":"crm","text":"is paused; 3 events wait"})",
                 "warn backlog crm: is paused; 3 events wait; shopbell sinks resume crm"},
        need_row{"behind", R"({"kind":"behind","sink":"crm","text":"is down"})",
                 "warn backlog crm: is down; mend what its last error says"},
        need_row{"left", R"({"kind":"not_configured","sink":"crm","text":"is no longer configured"})",
                 "warn backlog crm: is no longer configured; configure it again, or let go of them: "
                 "shopbell sinks forget crm"},
        need_row{"failing", R"({"kind":"failing","endpoint":"shop","text":"endpoint shop fails"})",
                 "warn stores: endpoint shop fails; shopbell rejections says why"},
        need_row{"codes", R"({"kind":"codes_low","endpoint":"fonts","text":"endpoint fonts: 2 are left"})",
                 "warn codes: endpoint fonts: 2 are left; shopbell codes add fonts PRODUCT"},
        need_row{"not_ready", R"({"kind":"not_ready","text":"draining"})", ""},
        need_row{"certificate", R"({"kind":"certificate","text":"it ends"})", ""},
        need_row{"of_a_newer_daemon", R"({"kind":"new","sink":"crm","text":"is upside down"})",
                 "warn attention crm: is upside down"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell
