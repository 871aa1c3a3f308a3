#include "support/random_seed.hpp"

#include <shopbell/delivery/token_bucket.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr moment start{1'000'000s};

TEST(a_rate, is_a_number_of_deliveries_a_second_minute_or_hour) {
    EXPECT_EQ(parse_rate("10/s"), (delivery_rate{10, 1s}));
    EXPECT_EQ(parse_rate("1/m"), (delivery_rate{1, 1min}));
    EXPECT_EQ(parse_rate("1000000/h"), (delivery_rate{1'000'000, 1h}));
    for (const auto* const text : {"10/s", "1/m", "1000000/h"})
        EXPECT_EQ(to_text(parse_rate(text).value()), text);
    EXPECT_DOUBLE_EQ(per_second({90, 1min}), 1.5);
}

TEST(a_rate, is_nothing_else) {
    for (const auto* const text :
         {"", "10", "/s", "0/s", "-1/s", "+1/s", "1.5/s", "10/d", "10/ms", "10 /s", "10/ s", " 10/s", "10/s ",
          "10/S", "10/sec", "1000001/s", "99999999999999999999/s"})
        EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(a_token_bucket, begins_empty_and_says_when_the_first_token_is_there) {
    token_bucket bucket({10, 1s}, start);
    bucket.refill(start);
    EXPECT_EQ(bucket.tokens(), 0U);
    EXPECT_EQ(bucket.next_token(), start + 100ms);
    bucket.refill(start + 99ms);
    EXPECT_EQ(bucket.tokens(), 0U);
    EXPECT_EQ(bucket.next_token(), start + 100ms);
    bucket.refill(start + 100ms);
    EXPECT_EQ(bucket.tokens(), 1U);
    EXPECT_EQ(bucket.next_token(), start + 100ms);
    bucket.take(1);
    EXPECT_EQ(bucket.next_token(), start + 200ms);
}

TEST(a_token_bucket, gathers_a_tenth_and_no_more) {
    for (const auto& [count, burst] :
         {std::pair(1, 1U), std::pair(19, 1U), std::pair(20, 2U), std::pair(1000, 100U)}) {
        token_bucket bucket({count, 1h}, start);
        bucket.refill(start + 24h * 365);
        EXPECT_EQ(bucket.tokens(), burst) << count;
        bucket.take(burst);
        bucket.refill(start + 24h * 365);
        EXPECT_EQ(bucket.tokens(), 0U) << count;
    }
}

TEST(a_token_bucket, takes_a_clock_that_stands_for_one_that_stands) {
    token_bucket bucket({1, 1s}, start);
    bucket.refill(start - 1h);
    bucket.refill(start + 1s);
    EXPECT_EQ(bucket.tokens(), 1U);
}

TEST(a_token_bucket, goes_on_at_another_rate_with_what_it_has) {
    token_bucket slow({100, 1h}, start);
    slow.refill(start + 1h);
    ASSERT_EQ(slow.tokens(), 10U);
    EXPECT_EQ(token_bucket({1'000'000, 1s}, slow).tokens(), 10U);
    EXPECT_EQ(token_bucket({50, 1s}, slow).tokens(), 5U);
    // Half a token stays half a token: who reloads every minute does not begin anew every minute.
    token_bucket half({1, 1h}, start);
    half.refill(start + 30min);
    EXPECT_EQ(token_bucket({1, 1min}, half).next_token(), start + 30min + 30s);
}

/// Takes what it can, in small and large steps, and looks at every span of the period.
void expect_never_more(const delivery_rate& rate, std::minstd_rand& random) {
    token_bucket bucket(rate, start);
    std::deque<moment> latest;
    auto at = start;
    for (int i = 0; i < 5'000; ++i) {
        const auto lengths = random() % 4;
        const auto wait = lengths == 0   ? 0ms
                          : lengths == 1 ? rate.period / 3
                                         : std::max<std::chrono::milliseconds>(bucket.next_token() - at, 0ms);
        at += wait;
        bucket.refill(at);
        while (!latest.empty() && latest.front() <= at - rate.period)
            latest.pop_front();
        for (auto wanted = random() % (bucket.tokens() + 1); wanted > 0; --wanted) {
            bucket.take(1);
            latest.push_back(at);
        }
        ASSERT_LE(latest.size(), static_cast<std::size_t>(rate.count)) << to_text(rate);
    }
}

TEST(a_token_bucket, lets_no_span_of_the_period_see_more_than_the_count) {
    const auto seed = random_seed();
    std::minstd_rand random(seed);
    for (const auto count : {1, 2, 3, 7, 10, 19, 20, 21, 99, 100, 1000}) {
        for (const auto period :
             {std::chrono::milliseconds(1s), std::chrono::milliseconds(1min), std::chrono::milliseconds(1h)})
            expect_never_more({count, period}, random);
    }
}

TEST(a_token_bucket, holds_nothing_back_for_long) {
    for (const auto count : {1, 10, 100, 1000}) {
        token_bucket bucket({count, 1min}, start);
        auto at = start;
        int taken = 0;
        while (at <= start + 10min) {
            at = std::max(bucket.next_token(), at);
            bucket.refill(at);
            bucket.take(1);
            ++taken;
        }
        EXPECT_GE(taken, 9 * count) << count;
    }
}

}  // namespace
}  // namespace shopbell::test
