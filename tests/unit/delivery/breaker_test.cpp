#include <shopbell/delivery/breaker.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1'000'000s};
const retry_policy policy{1s, 60s, 1h};

breaker after(const std::vector<outcome>& outcomes, double chance = 0.5) {
    breaker made;
    for (const auto& one : outcomes)
        made.record(one, start, policy, chance);
    return made;
}

std::vector<outcome> failures(std::size_t count) {
    return std::vector<outcome>(count, outcome(retry{"503"}));
}

TEST(breaker, opens_after_a_run_of_failures_only) {
    const struct {
        const char* name;
        std::vector<outcome> outcomes;
        bool is_open;
    } rows[] = {
        {"nothing happened", {}, false},
        {"one less than the run", failures(breaker::threshold - 1), false},
        {"the run", failures(breaker::threshold), true},
        {"a success in between",
         {retry{"1"}, retry{"2"}, delivered{}, retry{"3"}, retry{"4"}, retry{"5"}},
         false},
        {"a refusal is an answer: the sink works",
         {retry{"1"}, retry{"2"}, retry{"3"}, retry{"4"}, reject{"422"}, retry{"5"}},
         false},
    };
    for (const auto& row : rows)
        EXPECT_EQ(after(row.outcomes).is_open(), row.is_open) << row.name;
}

TEST(breaker, probes_on_the_clock_of_the_back_off) {
    const struct {
        std::size_t failures;
        std::chrono::milliseconds wait;
    } rows[] = {{5, 500ms}, {6, 1s}, {7, 2s}, {10, 16s}, {40, 30s}};
    for (const auto& row : rows)
        EXPECT_EQ(after(failures(row.failures)).next_probe(), start + row.wait) << row.failures;
}

TEST(breaker, probes_no_sooner_than_the_receiver_asked_for_up_to_an_hour) {
    auto asked = failures(4);
    asked.emplace_back(retry{"429", 20s});
    EXPECT_EQ(after(asked).next_probe(), start + 20s);
    asked.back() = retry{"429", 2h};
    EXPECT_EQ(after(asked).next_probe(), start + 1h);
}

TEST(breaker, closes_with_the_first_success) {
    auto outcomes = failures(20);
    outcomes.emplace_back(delivered{});
    EXPECT_FALSE(after(outcomes).is_open());
}

}  // namespace
}  // namespace shopbell::test
