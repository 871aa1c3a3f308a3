#include <shopbell/delivery/retry_policy.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

using namespace std::chrono_literals;

const retry_policy policy{1s, 60s, 1h};
constexpr std::chrono::milliseconds never{-1};

std::chrono::milliseconds wait_after(attempt_record record, const outcome& latest, double chance) {
    const auto next = next_step(record, latest, policy, chance);
    const auto* again = std::get_if<step_retry>(&next);
    return again ? again->wait : never;
}

TEST(retry_policy, a_delivery_is_done) {
    EXPECT_TRUE(std::holds_alternative<step_delivered>(next_step({1, 0s}, delivered{}, policy, 0.5)));
}

TEST(retry_policy, a_rejection_is_dead_at_once_with_its_reason) {
    const auto next = next_step({1, 0s}, reject{"410 gone"}, policy, 0.5);
    EXPECT_EQ(std::get<step_dead>(next).why, "410 gone");
}

TEST(retry_policy, waits_double_up_to_the_bound) {
    const struct {
        unsigned attempts;
        std::chrono::milliseconds bound;
    } rows[] = {{1, 1s}, {2, 2s}, {3, 4s}, {6, 32s}, {7, 60s}, {8, 60s}, {64, 60s}, {4'000'000'000U, 60s}};
    for (const auto& [attempts, bound] : rows) {
        EXPECT_EQ(wait_after({attempts, 0s}, retry{"503"}, 0.0), 0s) << attempts;
        EXPECT_EQ(wait_after({attempts, 0s}, retry{"503"}, 0.5), bound / 2) << attempts;
    }
}

TEST(retry_policy, keeps_the_wait_that_the_receiver_asked_for_up_to_an_hour_or_the_bound) {
    const struct {
        std::chrono::milliseconds asked;
        double chance;
        std::chrono::milliseconds wait;
    } rows[] = {{3s, 0.0, 3s},       {0s, 0.5, 500ms}, {100ms, 0.5, 500ms},
                {10min, 0.5, 10min}, {1h, 0.0, 1h},    {2h, 0.0, 1h}};
    for (const auto& row : rows)
        EXPECT_EQ(wait_after({1, 0s}, retry{"503", row.asked}, row.chance), row.wait) << row.asked.count();
}

TEST(retry_policy, keeps_a_longer_wait_where_our_own_are_as_long) {
    auto patient = policy;
    patient.max = 3h;
    EXPECT_EQ(asked_wait(2h, patient), 2h);
    EXPECT_EQ(asked_wait(4h, patient), 3h);
    EXPECT_EQ(asked_wait(std::nullopt, patient), 0s);
}

TEST(retry_policy, gives_up_when_the_time_is_over_and_says_so) {
    EXPECT_NE(wait_after({9, 1h - 1ms}, retry{"503"}, 0.0), never);
    const auto next = next_step({9, 1h}, retry{"503 from the CRM"}, policy, 0.0);
    EXPECT_EQ(std::get<step_dead>(next).why, "given up after 9 attempts; the last: 503 from the CRM");
}

}  // namespace

}  // namespace shopbell::test
