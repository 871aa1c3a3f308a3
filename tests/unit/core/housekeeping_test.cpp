#include <shopbell/core/housekeeping.hpp>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <optional>
#include <vector>

namespace shopbell::test {
namespace {

using clock = housekeeping::clock;
const std::optional<clock::time_point> not_again;

TEST(housekeeping_test, runs_a_duty_at_once_and_again_when_somebody_wakes_it) {
    housekeeping on;
    std::atomic<int> rounds = 0;
    std::promise<void> first, second;
    housekeeping::duty counts(on, [&] {
        if (++rounds == 1)
            first.set_value();
        else
            second.set_value();
        return not_again;
    });
    first.get_future().wait();
    EXPECT_EQ(rounds, 1);
    counts.wake();
    second.get_future().wait();
    EXPECT_EQ(rounds, 2);
}

TEST(housekeeping_test, runs_a_duty_again_when_it_is_due) {
    housekeeping on;
    int rounds = 0;
    clock::time_point asked;
    std::promise<clock::time_point> done;
    const housekeeping::duty waits(on, [&]() -> std::optional<clock::time_point> {
        if (++rounds == 2) {
            done.set_value(clock::now());
            return std::nullopt;
        }
        asked = clock::now() + std::chrono::milliseconds(20);
        return asked;
    });
    EXPECT_GE(done.get_future().get(), asked);
}

TEST(housekeeping_test, lets_no_duty_keep_the_thread_from_another) {
    housekeeping on;
    const housekeeping::duty busy(on, [] { return std::optional(clock::now()); });
    std::promise<void> done;
    int rounds = 0;
    const housekeeping::duty other(on, [&]() -> std::optional<clock::time_point> {
        if (++rounds < 100)
            return clock::now();
        if (rounds == 100)
            done.set_value();
        return std::nullopt;
    });
    done.get_future().wait();
}

TEST(housekeeping_test, does_not_miss_who_wakes_it_during_a_round) {
    housekeeping on;
    std::promise<void> begun, go_on, again;
    int rounds = 0;
    housekeeping::duty works(on, [&] {
        if (++rounds == 1) {
            begun.set_value();
            go_on.get_future().wait();
        } else {
            again.set_value();
        }
        return not_again;
    });
    begun.get_future().wait();
    works.wake();
    go_on.set_value();
    again.get_future().wait();
}

TEST(housekeeping_test, runs_no_round_once_the_duty_is_gone) {
    housekeeping on;
    for (int i = 0; i < 200; ++i) {
        auto alive = std::make_unique<std::atomic<bool>>(true);
        {
            const housekeeping::duty looks(on, [state = alive.get()] {
                EXPECT_TRUE(*state);
                return std::optional(clock::now());
            });
        }
        *alive = false;
    }
}

TEST(housekeeping_test, yields_to_other_threads) {
    const auto mine = ::getpriority(PRIO_PROCESS, 0);
    housekeeping on;
    std::promise<int> nice;
    const housekeeping::duty asks(on, [&] {
        nice.set_value(::getpriority(PRIO_PROCESS, 0));
        return not_again;
    });
    EXPECT_GT(nice.get_future().get(), mine);
}

}  // namespace
}  // namespace shopbell::test
