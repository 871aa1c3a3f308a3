#include "support/daemon.hpp"
#include "support/http_peer.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <iostream>
#include <set>
#include <thread>

// SIGHUP: the configuration as it is now, whole or not at all.

namespace shopbell::test {
namespace {

std::string endpoint_with(std::string_view tokens) {
    return "[[endpoint]]\nname = \"jumpseller\"\npath = \"/hooks/jumpseller\"\nprovider = \"jumpseller\"\n"
           "hooks_token = " +
           std::string(tokens) + "\n";
}

store_request order_signed_with(std::string_view token) {
    static std::atomic<long long> next = 0;
    return jumpseller_request("order_paid", jumpseller_order(++next), token);
}

/// SIGHUP, and the wait for its end.
void reload(const daemon& running, std::string_view outcome = "\"reloaded\"") {
    const auto from = running.log_lines();
    running.signal(SIGHUP);
    (void)running.wait_for_log({std::string(outcome)}, from);
}

TEST(a_reload, rotates_a_secret_without_refusing_anybody) {
    shop place;
    const auto configure = [&place](std::string_view tokens) {
        place.write_config({.endpoints = endpoint_with(tokens)});
    };
    configure(R"("old")");
    const daemon running(place.config());
    EXPECT_EQ(running.send(order_signed_with("old")).status, 200U);
    EXPECT_EQ(running.send(order_signed_with("new")).status, 401U);
    configure(R"(["new", "old"])");
    reload(running);
    EXPECT_EQ(running.send(order_signed_with("old")).status, 200U);
    EXPECT_EQ(running.send(order_signed_with("new")).status, 200U);
    configure(R"("new")");
    reload(running);
    EXPECT_EQ(running.send(order_signed_with("old")).status, 401U);
    EXPECT_EQ(running.send(order_signed_with("new")).status, 200U);
}

TEST(a_reload, refuses_a_bad_file_whole_and_says_what_is_wrong_with_it) {
    shop place;
    const daemon running(place.config());
    // The first two parts are good and would change much; one key of the last is not.
    place.write_config(
        {.endpoints = endpoint_with(R"("other")"),
         .sinks = place.file_and_log() + "[[sink]]\nname = \"x\"\ntype = \"file\"\npth = \"y\"\n"});
    reload(running, "reload refused");
    const auto line = running.wait_for_log({"\"configuration\"", "pth"});
    EXPECT_EQ(line["level"], "error");
    EXPECT_NE(line["problem"].get<std::string>().find(place.config() + ":"), std::string::npos);
    EXPECT_NE(line["problem"].get<std::string>().find("did you mean \"path\""), std::string::npos);
    EXPECT_EQ(running.send(usaepay_request("e1")).status, 200U) << "the old endpoints are in force";
    EXPECT_EQ(wait_for_events(place.events(), 1).size(), 1U);
}

TEST(a_reload, brings_new_sinks_and_routes_and_takes_old_ones_away) {
    const http_peer first, second;
    shop place;
    place.write_config({.operated = true, .sinks = forward_sink("first", first.url())});
    const daemon running(place.config());
    const auto before = running.send(usaepay_request("e1")).id;
    EXPECT_EQ(first.wait_for(1).size(), 1U);

    place.write_config({.operated = true, .sinks = forward_sink("second", second.url())});
    reload(running);
    const auto after = running.send(usaepay_request("e2")).id;
    const auto got = second.wait_for(1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_NE(got[0].body.find(after), std::string::npos) << "a new sink starts at the present";
    EXPECT_EQ(first.requests().size(), 1U);
    EXPECT_EQ(place.ask({"sinks"}).at(1)["state"], "not configured");

    place.write_config({.operated = true,
                        .sinks = forward_sink("first", first.url()) + forward_sink("second", second.url())});
    reload(running);
    EXPECT_NE(first.wait_for(2).at(1).body.find(after), std::string::npos) << "it goes on where it stopped";
    EXPECT_EQ(place.ask({"sinks"}).at(0)["state"], "running");
}

TEST(a_reload, names_the_keys_that_need_a_restart_and_changes_the_log_level) {
    shop place;
    const daemon running(place.config());
    place.write_config({.server = "max_body = \"2MiB\"", .log = "level = \"debug\""});
    reload(running);
    const auto line = running.wait_for_log({"needs a restart"});
    EXPECT_EQ(line["key"], "[server] max_body");
    EXPECT_EQ(running.send(usaepay_request("e1")).status, 200U);
    (void)running.wait_for_log({R"("level":"debug")", "\"delivered\""});
}

TEST(a_hundred_reloads_under_load, fail_no_request_and_lose_no_event) {
    const shop place;
    daemon running(place.config());
    std::atomic<bool> done = false;
    std::atomic<std::size_t> accepted = 0, failed = 0;
    std::vector<std::thread> stores;
    for (int i = 0; i < 4; ++i) {
        stores.emplace_back([&, i] {
            raw_client client(running.port());
            for (int n = 0; !done; ++n) {
                const auto request = usaepay_request("e" + std::to_string(i) + "-" + std::to_string(n));
                ++(client.ask(request.bytes()).status == 200 ? accepted : failed);
            }
        });
    }
    for (int i = 0; i < 100; ++i)
        reload(running);
    done = true;
    for (auto& one : stores)
        one.join();
    std::cout << "reloads=100 accepted=" << accepted << " failed=" << failed << '\n';
    EXPECT_EQ(failed, 0U);
    EXPECT_GT(accepted, 0U);
    std::set<std::string> ids;
    (void)wait_for_events(place.events(), accepted);
    for (const auto& one : read_events(place.events()))
        ids.insert(one["id"].get<std::string>());
    EXPECT_EQ(ids.size(), accepted);
    EXPECT_EQ(running.stop().code, 0);
}

}  // namespace
}  // namespace shopbell::test
