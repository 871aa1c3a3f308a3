#include "support/daemon.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

namespace shopbell::test {
namespace {

/// Of what a log tells about one status: lines of requests, and how many it says it left out.
struct told {
    std::size_t lines = 0;
    std::size_t suppressed = 0;
};

told of_status(const std::string& log, unsigned status) {
    told all;
    std::istringstream text(log);
    for (std::string line; std::getline(text, line);) {
        const auto parsed = nlohmann::json::parse(line, nullptr, false);
        if (parsed.value("status", 0U) != status)
            continue;
        all.suppressed += parsed.value("suppressed", std::size_t{0});
        all.lines += parsed.value("message", "") == "request" ? 1U : 0U;
    }
    return all;
}

TEST(a_flood_of_unauthorized_requests, fills_no_disk_and_hides_no_event) {
    constexpr std::size_t forged_count = 5'000;
    constexpr std::size_t burst = 100;
    const shop place;
    daemon running(place.config());
    const auto before = std::chrono::steady_clock::now();
    std::string id;
    {
        raw_client stranger(running.port());
        const auto forged = jumpseller_request("order_paid", jumpseller_order(1), "wrong").bytes();
        for (std::size_t i = 0; i < forged_count; ++i) {
            ASSERT_EQ(stranger.ask(forged).status, 401U);
            if (i == forged_count / 2)
                id = running.send(jumpseller_request("order_paid", jumpseller_order(2))).id;
        }
    }
    EXPECT_EQ(running.send({.path = "/wp-login.php", .fields = {}, .body = {}}).status, 404U);
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - before);
    EXPECT_EQ(running.stop().code, 0);

    const auto log = running.written();
    const auto refused = of_status(log, 401);
    EXPECT_GE(refused.lines, burst);
    EXPECT_LE(refused.lines, burst + static_cast<std::size_t>(seconds.count()));
    EXPECT_EQ(refused.lines + refused.suppressed, forged_count) << "each is there or counted";
    EXPECT_EQ(of_status(log, 404).lines, 1U) << "one kind takes no line from another";
    EXPECT_EQ(of_status(log, 200).lines, 1U);
    EXPECT_NE(log.find("\"event_id\":\"" + id + '"'), log.npos);
}

}  // namespace
}  // namespace shopbell::test
