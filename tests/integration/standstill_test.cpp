#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <chrono>

// What an operator may do while a sink is down: no command of theirs makes delivery stand still.

namespace shopbell::test {
namespace {

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

}  // namespace
}  // namespace shopbell::test
