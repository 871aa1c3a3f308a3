#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

// What an operator may do while a sink is down: no command of theirs makes delivery stand still.

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

TEST(a_replay_while_a_sink_is_down, stops_neither_other_sinks_nor_commands_nor_the_end) {
    const reserved_port port;
    const std::string url = "http://127.0.0.1:" + std::to_string(port.number()) + "/";
    const http_peer other;
    const shop place({.operated = true,
                      .sinks = "[[sink]]\nname = \"target\"\ntype = \"forward\"\nurl = \"" + url +
                               "\"\nretry = { initial = \"1s\", max = \"1s\" }\n"
                               "[[route]]\nevents = [\"**\"]\nsinks = [\"target\"]\n" +
                               forward_sink("other", other.url())});
    daemon running(place.config());
    std::vector<std::string> ids;
    for (const auto* status : {"pending_payment", "paid", "paid"}) {
        const auto body = jumpseller_order(1026, status, std::to_string(ids.size()));
        ids.push_back(running.send(jumpseller_request("order_updated", body)).id);
    }
    (void)running.wait_for_log({"\"delivery failed\"", "\"sink\":\"target\""});

    // The later of two of one subject, all of the last hour, and all of them twice.
    EXPECT_EQ(place.ask({"replay", ids.back(), "--sink", "target"}).at(0)["deliveries"], 1);
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(place.ask({"replay", "--since", "1h", "--sink", "target"}).at(0)["deliveries"], 3);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(place.ask({"sinks"}).size(), 2U);
    EXPECT_EQ(running.send(usaepay_request("after")).status, 200U);
    EXPECT_EQ(other.wait_for(4).size(), 4U);
    (void)place.ask({"sinks", "pause", "target"});
    (void)place.ask({"sinks", "resume", "target"});
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));

    const http_peer target({}, port.number());
    std::vector<std::string> of_the_order;
    for (const auto& one : target.wait_for(4)) {
        const auto event = nlohmann::json::parse(one.body);
        if (event["subject"] == "order/1026")
            of_the_order.push_back(event["id"]);
    }
    EXPECT_EQ(of_the_order, ids);
    EXPECT_EQ(running.stop().code, 0);
}

/// Answers 500 to what is poisoned, 200 to the rest.
[[nodiscard]] std::string picky_program(const shop& place) {
    const auto path = place.file("picky.sh");
    std::ofstream(path) << "#!/bin/sh\nif grep -q poison; then exit 1; fi\n"
                        << "echo \"$SHOPBELL_EVENT_ID\" >> '" << place.file("got") << "'\n";
    fs::permissions(path, fs::perms::owner_all);
    return path;
}

std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);)
        all.push_back(line);
    return all;
}

TEST(orders_that_a_target_never_takes, delay_no_other_and_die_alone) {
    shop place;
    place.write_config(
        {.operated = true,
         .sinks = "[[sink]]\nname = \"picky\"\ntype = \"exec\"\ncommand = [\"" + picky_program(place) +
                  "\"]\nretry = { initial = \"20ms\", max = \"10s\", give_up_after = \"3s\" }\n"
                  "[[route]]\nevents = [\"**\"]\nsinks = [\"picky\"]\n"});
    daemon running(place.config());
    constexpr int poisoned = 6;
    std::set<std::string> doomed;
    for (int i = 0; i < poisoned; ++i) {
        const auto body = jumpseller_order(i, "paid", "poison");
        doomed.insert(running.send(jumpseller_request("order_paid", body)).id);
    }
    (void)running.wait_for_log({"fails again and again", "\"sink\":\"picky\""});
    std::vector<std::string> healthy;
    for (int i = 100; i < 120; ++i)
        healthy.push_back(running.send(jumpseller_request("order_paid", jumpseller_order(i, "paid"))).id);
    EXPECT_TRUE(eventually([&] { return lines_of(place.file("got")).size() == healthy.size(); }));
    EXPECT_TRUE(eventually(
        [&] {
            return place.ask({"dead", "list"}).size() == doomed.size();
        },
        std::chrono::seconds(60)));
    for (const auto& one : place.ask({"dead", "list"}))
        EXPECT_TRUE(doomed.contains(one["id"].get<std::string>()));
    EXPECT_EQ(running.stop().code, 0);
}

TEST(an_edit_of_the_routes, that_takes_waiting_events_away_is_seen) {
    shop place;
    const auto sinks = [&](const std::string& type) {
        return "[[sink]]\nname = \"disk\"\ntype = \"file\"\npath = \"" + place.events() +
               "\"\n[[route]]\nevents = [\"" + type + "\"]\nsinks = [\"disk\"]\n";
    };
    place.write_config({.operated = true, .sinks = sinks("**")});
    daemon running(place.config());
    (void)place.ask({"sinks", "pause", "disk"});
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i)
        ids.push_back(running.send(usaepay_request("e" + std::to_string(i))).id);

    place.write_config({.operated = true, .sinks = sinks("jumpseller.**")});
    const auto checked = run_shopbell(place.config(), {"check"});
    EXPECT_EQ(checked.status.code, 0);
    EXPECT_NE(checked.output.find("5 accepted events are no longer routed to sink disk"), std::string::npos)
        << checked.output << checked.errors;

    running.signal(SIGHUP);
    const auto told = running.wait_for_log({"no longer routed", "\"sink\":\"disk\""});
    EXPECT_EQ(told["events"], 5);
    const auto state_at_disk = [&](const std::string& id) {
        const auto deliveries = place.ask({"show", id}).at(0)["deliveries"];
        return deliveries.empty() ? std::string() : deliveries.at(0)["state"].get<std::string>();
    };
    EXPECT_TRUE(eventually([&] { return state_at_disk(ids[0]) == "no longer routed"; }));
    (void)place.ask({"sinks", "resume", "disk"});
    const auto later = running.send(jumpseller_request("order_paid", jumpseller_order(7))).id;
    EXPECT_EQ(wait_for_events(place.events(), 1).at(0)["id"], later);
    EXPECT_EQ(state_at_disk(ids[4]), "no longer routed");

    EXPECT_EQ(place.ask({"replay", ids[4], "--sink", "disk"}).at(0)["deliveries"], 1);
    EXPECT_EQ(wait_for_events(place.events(), 2).at(1)["id"], ids[4]);
    EXPECT_TRUE(eventually([&] { return state_at_disk(ids[4]) == "delivered"; }));
    EXPECT_EQ(running.stop().code, 0);
}

TEST(a_sink_that_is_let_go_of_during_an_attempt, does_not_come_back) {
    shop place;
    const auto program = place.file("slow.sh");
    std::ofstream(program) << "#!/bin/sh\ntouch '" << place.file("begun") << "'\nuntil [ -e '"
                           << place.file("go") << "' ]; do sleep 0.05; done\nexit 1\n";
    fs::permissions(program, fs::perms::owner_all);
    place.write_config({.operated = true,
                        .sinks = place.file_and_log() +
                                 "[[sink]]\nname = \"slow\"\ntype = \"exec\"\ncommand = [\"" + program +
                                 "\"]\n[[route]]\nevents = [\"**\"]\nsinks = [\"slow\"]\n"});
    daemon running(place.config());
    EXPECT_EQ(running.send(usaepay_request("e")).status, 200U);
    EXPECT_TRUE(eventually([&] { return fs::exists(place.file("begun")); }));

    place.write_config({.operated = true, .sinks = place.file_and_log()});
    running.signal(SIGHUP);
    (void)running.wait_for_log({"\"reloaded\""});
    (void)place.ask({"sinks", "forget", "slow"});
    std::ofstream(place.file("go")) << "on";
    (void)running.wait_for_log({"\"delivery failed\"", "\"sink\":\"slow\""});
    EXPECT_EQ(running.stop().code, 0);
    for (const auto& one : place.ask({"sinks"}))
        EXPECT_NE(one["name"], "slow");
}

#ifndef SHOPBELL_SANITIZED
TEST(an_order_too_large_for_the_memory, dies_alone_and_never_ends_the_process) {
    shop place;
    place.write_config({.server = "max_body = \"64MiB\"",
                        .operated = true,
                        .inbox = "min_free = \"0\"",
                        .sinks = "[[sink]]\nname = \"disk\"\ntype = \"file\"\npath = \"" + place.events() +
                                 "\"\nretry = { initial = \"50ms\", max = \"100ms\", "
                                 "give_up_after = \"500ms\" }\n"
                                 "[[route]]\nevents = [\"**\"]\nsinks = [\"disk\"]\n"});
    daemon running(place.config());
    (void)place.ask({"sinks", "pause", "disk"});
    const std::string large(24U * 1024 * 1024, 'x');
    const auto big = running.send(jumpseller_request("order_paid", jumpseller_order(1, "paid", large)));
    ASSERT_EQ(big.status, 200U);
    std::vector<std::string> small;
    for (int i = 2; i < 6; ++i)
        small.push_back(running.send(jumpseller_request("order_paid", jumpseller_order(i))).id);
    running.limit_memory(70U * 1024 * 1024);
    (void)place.ask({"sinks", "resume", "disk"});
    std::vector<std::string> got;
    for (const auto& one : wait_for_events(place.events(), small.size()))
        got.push_back(one["id"]);
    EXPECT_EQ(got, small);
    EXPECT_TRUE(eventually([&] { return place.ask({"dead", "list"}).size() == 1; }));
    const auto dead = place.ask({"dead", "list"}).at(0);
    EXPECT_EQ(dead["id"], big.id);
    EXPECT_NE(dead["error"].get<std::string>().find("internal error"), std::string::npos) << dead;
    EXPECT_EQ(running.stop().code, 0);
}
#endif

}  // namespace
}  // namespace shopbell::test
