#include <shopbell/inbox/retention_clock.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

using namespace std::chrono_literals;

constexpr time_point start = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
constexpr retention_clock::steady::time_point begun{};

TEST(retention_clock, is_trusted_while_both_clocks_agree) {
    retention_clock clock({start - 1h, start}, start, begun);
    for (auto passed = 0s; passed < 48h; passed += 10s)
        ASSERT_TRUE(clock.is_trusted(start + passed, begun + passed));
}

TEST(retention_clock, distrusts_a_leap_forward_for_an_hour) {
    retention_clock clock({start}, start, begun);
    EXPECT_FALSE(clock.is_trusted(start + 365 * 24h + 10s, begun + 10s));
    EXPECT_FALSE(clock.is_trusted(start + 365 * 24h + 59min, begun + 59min));
    EXPECT_TRUE(clock.is_trusted(start + 365 * 24h + 61min, begun + 61min));
}

TEST(retention_clock, distrusts_each_leap_anew_and_none_backward) {
    retention_clock clock({start}, start, begun);
    EXPECT_TRUE(clock.is_trusted(start - 24h, begun + 10s));
    EXPECT_FALSE(clock.is_trusted(start + 20s, begun + 20s)) << "forward again";
    EXPECT_FALSE(clock.is_trusted(start + 1h, begun + 1h));
    EXPECT_FALSE(clock.is_trusted(start + 48h, begun + 1h + 1s));
    EXPECT_FALSE(clock.is_trusted(start + 49h, begun + 2h));
    EXPECT_TRUE(clock.is_trusted(start + 49h + 2s, begun + 2h + 2s));
}

TEST(retention_clock, waits_an_hour_after_a_start_that_may_be_behind_a_leap) {
    const struct {
        const char* name;
        std::vector<time_point> latest;
        bool trusted;
    } rows[] = {{"nothing stored", {}, true},
                {"just stopped", {start - 2h, start - 1min}, true},
                {"nothing for two days", {start - 48h}, false},
                {"a leap among the latest", {start - 48h, start - 1min, start}, false},
                {"accepted in the future", {start - 1h, start + 24h * 365, start}, true},
                {"the latest in the future", {start - 1h, start + 24h * 365}, true}};
    for (const auto& [name, latest, trusted] : rows) {
        retention_clock clock(latest, start, begun);
        EXPECT_EQ(clock.is_trusted(start, begun), trusted) << name;
        EXPECT_TRUE(clock.is_trusted(start + 61min, begun + 61min)) << name;
    }
}

}  // namespace

}  // namespace shopbell::test
