#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/inbox_file.hpp"
#include "support/shop.hpp"
#include "support/stepped_clock.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr auto year = 365 * 24h;

command serve_with(const stepped_clock& clock, const shop& place) {
    auto what = serve(place.config());
    const auto more = clock.environment();
    what.environment.insert(what.environment.end(), more.begin(), more.end());
    return what;
}

std::string stored(const shop& place) {
    return inbox_file(place.inbox()).text("SELECT count(*) FROM events");
}

TEST(a_clock_that_leaps, removes_nothing_and_forgets_no_repeat) {
    if (!stepped_clock::is_available())
        GTEST_SKIP() << "sanitizers want to be loaded first";
    const shop place;
    stepped_clock clock(place.file("clock"));
    daemon running(serve_with(clock, place));
    EXPECT_EQ(running.send(usaepay_request("e1")).outcome, "accepted");
    wait_for_events(place.events(), 1);
    clock.step_to(year);
    // Longer than it takes until the next look at what is old.
    EXPECT_FALSE(eventually([&] { return stored(place) != "1"; }, 14s));
    EXPECT_EQ(running.send(usaepay_request("e1")).outcome, "duplicate");

    // Nor where the daemon was down when it leapt.
    EXPECT_EQ(running.stop().code, 0);
    daemon again(serve_with(clock, place));
    EXPECT_FALSE(eventually([&] { return stored(place) != "1"; }, 12s));
    EXPECT_EQ(again.send(usaepay_request("e1")).outcome, "duplicate");
}

TEST(an_event_dated_in_the_future, does_not_end_retention) {
    if (!stepped_clock::is_available())
        GTEST_SKIP() << "sanitizers want to be loaded first";
    const shop place({.inbox = "min_free = \"1MiB\"\nretain = \"1s\""});
    stepped_clock clock(place.file("clock"));
    clock.step_to(year);
    daemon running(serve_with(clock, place));
    EXPECT_EQ(running.send(usaepay_request("e1")).outcome, "accepted");
    clock.step_to(0s);
    EXPECT_EQ(running.send(usaepay_request("e2")).outcome, "accepted");
    wait_for_events(place.events(), 2);
    EXPECT_TRUE(eventually([&] { return stored(place) == "0"; }, 40s)) << stored(place);
}

}  // namespace
}  // namespace shopbell::test
