#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/operator_line.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>

// What the operator reads of one event: how it came in, and what each sink made of it.

namespace shopbell::test {
namespace {

using nlohmann::json;

json delivery_to(const json& event, const std::string& sink) {
    for (const auto& delivery : event.at("deliveries")) {
        if (delivery.at("sink") == sink)
            return delivery;
    }
    return {};
}

TEST(an_event, tells_how_it_came_in_and_what_each_sink_made_of_it) {
    const http_peer good;
    const http_peer bad({{.status = 422, .body = "no such product"}});
    const shop place(
        {.operated = true, .sinks = forward_sink("good", good.url()) + forward_sink("bad", bad.url())});
    std::string id;
    {
        daemon running(place.config());
        const auto request = jumpseller_request("order_paid", jumpseller_order(1026, "paid"));
        id = running.send(request).id;
        EXPECT_EQ(running.send(request).id, id);
        const auto look = [&] { return place.ask({"show", id}).at(0); };
        EXPECT_TRUE(eventually([&] { return look().at("state") == "dead"; }));
        EXPECT_TRUE(eventually([&] { return !delivery_to(look(), "good").at("history").empty(); }));
        const auto event = look();

        const auto& received = event.at("received");
        EXPECT_EQ(received.at("client"), "127.0.0.1");
        EXPECT_EQ(received.at("verified_by"), "hooks_token");
        EXPECT_EQ(received.at("repeats"), 1);
        EXPECT_NE(running.written().find("\"request_id\":" + received.at("request_id").dump()),
                  std::string::npos);

        const auto taken = delivery_to(event, "good");
        EXPECT_FALSE(taken.contains("kept"));
        EXPECT_EQ(taken.at("history").at(0).at("what"), "delivered");
        EXPECT_EQ(taken.at("history").at(0).at("status"), 200);
        const auto refused = delivery_to(event, "bad").at("history").at(0);
        EXPECT_EQ(refused.at("what"), "dead");
        EXPECT_EQ(refused.at("status"), 422);

        const auto sinks = place.ask({"sinks"});
        EXPECT_TRUE(std::ranges::any_of(sinks, [](const auto& sink) {
            return sink.at("name") == "good" && sink.contains("last_delivered_at");
        }));
        EXPECT_EQ(running.stop().code, 0);
    }
    // When the first try was is not kept beyond the process; how the event came in is.
    daemon running(place.config());
    const auto event = place.ask({"show", id}).at(0);
    EXPECT_EQ(event.at("received").at("repeats"), 1);
    EXPECT_EQ(delivery_to(event, "good").at("kept"), false);
    EXPECT_EQ(delivery_to(event, "bad").at("history").at(0).at("status"), 422);
}

}  // namespace
}  // namespace shopbell::test
