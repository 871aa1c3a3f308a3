#include <shopbell/delivery/retry_policy.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

using namespace std::chrono_literals;

constexpr time_point start{1'000'000s};
const retry_policy policy{1s, 60s, 1h};

time_point retry_time(attempt_record record, const outcome& latest, time_point now, double chance) {
    const auto next = next_step(record, latest, now, policy, chance);
    const auto* again = std::get_if<step_retry>(&next);
    return again ? again->at : time_point{};
}

TEST(retry_policy, a_delivery_is_done) {
    EXPECT_TRUE(
        std::holds_alternative<step_delivered>(next_step({1, start}, delivered{}, start, policy, 0.5)));
}

TEST(retry_policy, a_rejection_is_dead_at_once_with_its_reason) {
    const auto next = next_step({1, start}, reject{"410 gone"}, start, policy, 0.5);
    EXPECT_EQ(std::get<step_dead>(next).why, "410 gone");
}

TEST(retry_policy, waits_double_up_to_the_bound) {
    const struct {
        unsigned attempts;
        std::chrono::milliseconds bound;
    } rows[] = {{1, 1s}, {2, 2s}, {3, 4s}, {6, 32s}, {7, 60s}, {8, 60s}, {64, 60s}, {4'000'000'000U, 60s}};
    for (const auto& [attempts, bound] : rows) {
        EXPECT_EQ(retry_time({attempts, start}, retry{"503"}, start, 0.0), start) << attempts;
        EXPECT_EQ(retry_time({attempts, start}, retry{"503"}, start, 0.5), start + bound / 2) << attempts;
    }
}

TEST(retry_policy, keeps_the_wait_that_the_receiver_asked_for_up_to_an_hour_or_the_bound) {
    const struct {
        std::chrono::milliseconds asked;
        double chance;
        std::chrono::milliseconds wait;
    } rows[] = {{3s, 0.0, 3s},       {0s, 0.5, 500ms}, {100ms, 0.5, 500ms},
                {10min, 0.5, 10min}, {1h, 0.0, 1h},    {2h, 0.0, 1h}};
    for (const auto& [asked, chance, wait] : rows)
        EXPECT_EQ(retry_time({1, start}, retry{"503", asked}, start, chance), start + wait) << asked.count();
}

TEST(retry_policy, keeps_a_longer_wait_where_our_own_are_as_long) {
    auto patient = policy;
    patient.max = 3h;
    EXPECT_EQ(asked_wait(2h, patient), 2h);
    EXPECT_EQ(asked_wait(4h, patient), 3h);
    EXPECT_EQ(asked_wait(std::nullopt, patient), 0s);
}

TEST(retry_policy, gives_up_when_the_time_is_over_and_says_so) {
    EXPECT_NE(retry_time({9, start}, retry{"503"}, start + 1h - 1ms, 0.0), time_point{});
    const auto next = next_step({9, start}, retry{"503 from the CRM"}, start + 1h, policy, 0.0);
    EXPECT_EQ(std::get<step_dead>(next).why, "given up after 9 attempts; the last: 503 from the CRM");
}

TEST(retry_policy, a_clock_that_steps_back_does_not_give_up) {
    EXPECT_NE(retry_time({9, start}, retry{"503"}, start - 24h, 0.0), time_point{});
}

}  // namespace

}  // namespace shopbell::test
