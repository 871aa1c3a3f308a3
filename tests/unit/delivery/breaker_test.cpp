#include <shopbell/delivery/breaker.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr moment start{1'000'000s};
const retry_policy up_to_a_minute{1s, 60s, 1h};

/// One attempt and what it was made with.
enum class attempt : unsigned char {
    works,
    fails_new,      ///< with an event not tried since the sink last worked
    fails_again,    ///< with one that was
    fails_suspect,  ///< with one that is at fault itself
};

void record(breaker& at, attempt what, moment now, std::chrono::milliseconds asked = 0ms,
            double chance = 0.5) {
    if (what == attempt::works)
        return at.succeed();
    const bool suspect = what == attempt::fails_suspect;
    at.fail({!suspect, what == attempt::fails_new, asked}, now, up_to_a_minute, chance);
}

breaker after(const std::vector<attempt>& attempts) {
    breaker made;
    for (const auto one : attempts)
        record(made, one, start);
    return made;
}

/// How long after `start` something may be tried; nothing: not before an attempt has ended.
using delay = std::optional<std::chrono::milliseconds>;
delay since_start(const std::optional<moment>& at) {
    return at ? delay(std::max<std::chrono::milliseconds>(*at - start, 0ms)) : std::nullopt;
}

TEST(breaker, opens_after_a_run_of_failures_and_doubts_new_events_after_a_run_of_these) {
    using enum attempt;
    const attempt_count idle{0, 0, 8};
    const struct {
        const char* name;
        std::vector<attempt> attempts;
        bool is_open;
        delay untried;
        delay tried;
    } rows[] = {
        {"nothing happened", {}, false, 0ms, 0ms},
        {"one less than the run", std::vector(4, fails_new), false, 0ms, 0ms},
        {"five new ones", std::vector(5, fails_new), true, 500ms, 500ms},
        {"one event again and again",
         {fails_new, fails_again, fails_again, fails_again, fails_again},
         true,
         0ms,
         500ms},
        {"four events in turn",
         {fails_new, fails_new, fails_new, fails_new, fails_again, fails_again, fails_again},
         true,
         0ms,
         500ms},
        {"events that are at fault themselves", std::vector(20, fails_suspect), false, 0ms, 0ms},
        {"a success in between",
         {fails_new, fails_new, works, fails_new, fails_new, fails_new},
         false,
         0ms,
         0ms},
        {"a success at last",
         {fails_new, fails_new, fails_new, fails_new, fails_new, fails_new, works},
         false,
         0ms,
         0ms},
    };
    for (const auto& row : rows) {
        const auto made = after(row.attempts);
        EXPECT_EQ(made.is_open(), row.is_open) << row.name;
        EXPECT_EQ(since_start(made.may_start(idle).untried), row.untried) << row.name;
        EXPECT_EQ(since_start(made.may_start(idle).tried), row.tried) << row.name;
    }
}

TEST(breaker, lets_one_attempt_at_a_time_and_new_events_pass_while_only_others_fail) {
    const auto closed = after({});
    const auto only_old_ones = after(std::vector(5, attempt::fails_again));
    const auto all = after(std::vector(5, attempt::fails_new));
    const struct {
        const char* name;
        const breaker& of;
        attempt_count now;
        delay untried;
        delay tried;
    } rows[] = {
        {"closed, with room", closed, {7, 7, 8}, 0ms, 0ms},
        {"closed, and full", closed, {8, 0, 8}, std::nullopt, std::nullopt},
        {"old ones fail, one is tried", only_old_ones, {3, 1, 8}, 0ms, std::nullopt},
        {"old ones fail, new ones are under way", only_old_ones, {3, 0, 8}, 0ms, 500ms},
        {"all fail, one is tried", all, {1, 0, 8}, std::nullopt, std::nullopt},
        {"all fail, nothing is tried", all, {0, 0, 8}, 500ms, 500ms},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(since_start(row.of.may_start(row.now).untried), row.untried) << row.name;
        EXPECT_EQ(since_start(row.of.may_start(row.now).tried), row.tried) << row.name;
    }
}

TEST(breaker, waits_longer_for_old_events_than_for_new_ones) {
    auto made = after(std::vector(5, attempt::fails_new));
    moment at = start;
    const std::chrono::milliseconds tried[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s};
    const std::chrono::milliseconds untried[] = {1s, 2s, 4s, 8s, 10s, 10s, 10s};
    for (std::size_t i = 0; i < std::size(tried); ++i) {
        at += 1h;
        record(made, attempt::fails_new, at);
        const auto times = made.may_start({});
        EXPECT_EQ(*times.tried - at, tried[i]) << i;
        EXPECT_EQ(*times.untried - at, untried[i]) << i;
        EXPECT_EQ(made.next_probe() - at, untried[i]) << i;
    }
}

TEST(breaker, what_was_under_way_already_lengthens_no_wait) {
    EXPECT_EQ(since_start(after(std::vector(40, attempt::fails_new)).may_start({}).tried), 500ms);
}

TEST(breaker, probes_no_sooner_than_the_receiver_asked_for_up_to_an_hour) {
    const std::chrono::milliseconds asked[] = {20s, 2h};
    const std::chrono::milliseconds waits[] = {20s, 1h};
    for (std::size_t i = 0; i < std::size(asked); ++i) {
        auto made = after(std::vector(4, attempt::fails_new));
        record(made, attempt::fails_new, start, asked[i]);
        EXPECT_EQ(since_start(made.may_start({}).tried), waits[i]);
        EXPECT_EQ(since_start(made.may_start({}).untried), waits[i]);
    }
}

TEST(breaker, an_event_that_fails_before_and_after_others_went_is_suspect) {
    breaker health;
    trial one;
    EXPECT_TRUE(health.is_untried(one));
    EXPECT_TRUE(health.note_failure(one));
    EXPECT_FALSE(health.note_failure(one));
    EXPECT_FALSE(health.is_untried(one));
    EXPECT_FALSE(one.is_suspect());
    health.succeed();
    EXPECT_TRUE(health.is_untried(one));
    EXPECT_TRUE(health.note_failure(one));
    EXPECT_TRUE(one.is_suspect());
}

}  // namespace
}  // namespace shopbell::test
