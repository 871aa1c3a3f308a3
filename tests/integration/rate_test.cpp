#include "support/daemon.hpp"
#include "support/http_peer.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

// A target that may be asked only so often (`rate` of a sink).

namespace shopbell::test {
namespace {

using steady = std::chrono::steady_clock;

/// `note` tells two deliveries of one order apart.
std::string send_order(const daemon& running, long long id, std::size_t note = 0) {
    return running
        .send(jumpseller_request("order_updated", jumpseller_order(id, "paid", std::to_string(note))))
        .id;
}

TEST(a_sink_with_a_rate, is_asked_no_more_in_order_and_without_a_failed_attempt) {
    const http_peer target;
    const shop place(
        {.operated = true, .sinks = forward_sink("slow", target.url(), "rate = \"5/s\"\nconcurrency = 1\n")});
    const auto begin = steady::now();
    daemon running(place.config());
    std::vector<std::string> ids;
    for (const long long order : {1, 2, 1, 3, 1, 2, 4, 5, 6, 7})
        ids.push_back(send_order(running, order, ids.size()));

    const auto seen = target.wait_for(ids.size());
    // It begins with nothing to spend, so that each delivery takes a fifth of a second, however slow the
    // machine.
    EXPECT_GE(steady::now() - begin, std::chrono::seconds(2));
    ASSERT_EQ(seen.size(), ids.size());
    std::vector<std::string> got;
    for (const auto& request : seen)
        got.push_back(nlohmann::json::parse(request.body)["id"]);
    EXPECT_EQ(got, ids);
    const auto sink = place.ask({"sinks"}).at(0);
    EXPECT_EQ(sink["rate"], "5/s");
    EXPECT_EQ(sink["failed"], 0);
    EXPECT_EQ(running.stop().code, 0);
}

TEST(a_sink_with_a_rate, gets_the_rest_at_once_when_a_reload_takes_the_rate_away) {
    const http_peer target;
    shop place;
    place.write_config({.operated = true, .sinks = forward_sink("slow", target.url(), "rate = \"1/h\"\n")});
    daemon running(place.config());
    for (long long order = 1; order <= 20; ++order)
        (void)send_order(running, order);
    EXPECT_EQ(target.count(), 0U);
    place.write_config({.operated = true, .sinks = forward_sink("slow", target.url())});
    running.signal(SIGHUP);
    EXPECT_EQ(target.wait_for(20).size(), 20U);
    EXPECT_EQ(running.stop().code, 0);
}

TEST(a_sink_with_a_rate, is_a_number_and_a_unit) {
    const shop place({.sinks = forward_sink("slow", "http://127.0.0.1:9/", "rate = \"10/d\"\n")});
    const auto checked = run_shopbell(place.config(), {"check"});
    EXPECT_NE(checked.status.code, 0);
    EXPECT_NE(checked.errors.find("\"10/s\", \"100/m\" or \"1000/h\""), std::string::npos) << checked.errors;
}

}  // namespace
}  // namespace shopbell::test
