#include <shopbell/delivery/waiting_list.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr moment present{1'000'000s};
constexpr time_point wall{7'000'000s};
const breaker sound;

waiting_delivery waiting(sequence number, std::string subject = "", std::chrono::seconds due = 0s) {
    waiting_delivery one;
    one.stored.number = number;
    one.stored.subject = std::move(subject);
    one.first = present;
    one.due = present + due;
    return one;
}

/// One that failed in these stretches of the sink's failing.
waiting_delivery failed(sequence number, std::uint64_t latest, const breaker& at) {
    auto one = waiting(number);
    one.tried.latest = latest;
    (void)at.note_failure(one.tried);
    return one;
}

using numbers = std::vector<sequence>;

TEST(waiting_list, gives_what_is_due_oldest_first) {
    waiting_list list;
    for (const auto number : {3, 1, 2})
        list.add(waiting(number));
    list.add(waiting(4, "", 10s));
    EXPECT_EQ(list.take_due(present, 2, {}, sound, {}), (numbers{1, 2}));
    EXPECT_EQ(list.take_due(present, 2, {}, sound, {}), numbers{3});
    EXPECT_EQ(list.take_due(present, 2, {}, sound, {}), numbers{});
    EXPECT_EQ(list.take_due(present + 10s, 2, {}, sound, {}), numbers{4});
}

TEST(waiting_list, gives_one_of_a_subject_at_a_time) {
    waiting_list list;
    list.add(waiting(1, "order/a"));
    list.add(waiting(2, "order/a"));
    list.add(waiting(3, "order/b"));
    EXPECT_EQ(list.take_due(present, 1, {}, sound, {}), numbers{1});
    EXPECT_EQ(list.take_due(present, 1, {}, sound, {}), numbers{3});
    EXPECT_EQ(list.take_due(present, 1, {}, sound, {}), numbers{});
    EXPECT_EQ(list.complete(1).stored.number, 1);
    EXPECT_EQ(list.take_due(present, 1, {}, sound, {}), numbers{2});
}

TEST(waiting_list, gives_several_of_a_subject_together_in_order) {
    waiting_list list;
    list.add(waiting(1, "order/a"));
    list.add(waiting(2, "order/a"));
    EXPECT_EQ(list.take_due(present, 8, {}, sound, {}), (numbers{1, 2}));
}

TEST(waiting_list, one_that_is_not_due_holds_back_its_subject_only) {
    waiting_list list;
    list.add(waiting(1, "order/a", 10s));
    list.add(waiting(2, "order/a"));
    list.add(waiting(3, "order/b"));
    EXPECT_EQ(list.take_due(present, 8, {}, sound, {}), numbers{3});
    EXPECT_EQ(list.next_due({}, sound, {}), present + 10s);
}

TEST(waiting_list, leaves_busy_subjects_alone) {
    waiting_list list;
    list.add(waiting(1, "order/a"));
    list.add(waiting(2));
    EXPECT_EQ(list.take_due(present, 8, {"order/a"}, sound, {}), numbers{2});
    EXPECT_EQ(list.next_due({"order/a"}, sound, {}), std::nullopt);
    EXPECT_EQ(list.next_due({}, sound, {}), present);
}

TEST(waiting_list, what_is_asked_for_again_is_due_and_no_older_than_the_question) {
    waiting_list list;
    list.add(waiting(1));
    EXPECT_EQ(list.take_due(present, 1, {}, sound, {}), numbers{1});
    EXPECT_EQ(list.make_due(1, wall, present - 1s), nullptr);  // is in flight already
    list.reschedule(1, present + 5s);
    EXPECT_EQ(list.next_due({}, sound, {}), present + 5s);
    const auto* const due = list.make_due(1, wall, present + 1s);
    ASSERT_NE(due, nullptr);
    EXPECT_EQ(due->next_attempt, wall);
    EXPECT_EQ(due->first_attempt, wall);
    EXPECT_EQ(list.next_due({}, sound, {}), present + 1s);
}

TEST(waiting_list, expires_what_was_tried_for_too_long_and_is_not_in_flight) {
    waiting_list list;
    for (const auto number : {1, 2, 3})
        list.add(failed(number, 1, sound));
    list.add(waiting(4));  // never tried
    auto younger = failed(5, 1, sound);
    younger.first = present + 1h;
    list.add(younger);
    EXPECT_EQ(list.take_due(present, 1, {}, sound, {}), numbers{1});
    EXPECT_EQ(list.next_expiry(1h, sound), present + 1h);
    EXPECT_TRUE(list.take_expired(present + 1h - 1ms, 1h, sound).empty());
    const auto expired = list.take_expired(present + 1h, 1h, sound);
    ASSERT_EQ(expired.size(), 2U);
    EXPECT_EQ(expired[0].stored.number, 2);
    EXPECT_TRUE(list.contains(1));
    EXPECT_EQ(list.next_expiry(1h, sound), present + 2h);

    // The sink worked since: each of them is to be tried once more before it is given up.
    auto worked = sound;
    worked.succeed();
    EXPECT_TRUE(list.take_expired(present + 9h, 1h, worked).empty());
    EXPECT_EQ(list.next_expiry(1h, worked), std::nullopt);
}

TEST(waiting_list, probes_with_what_was_never_tried_and_then_with_what_was_tried_longest_ago) {
    waiting_list list;
    list.add(failed(1, 9, sound));
    list.add(failed(2, 7, sound));
    list.add(failed(3, 8, sound));
    list.add(waiting(4));
    list.add(waiting(5, "", 10s));  // not due
    const waiting_list::choice any;
    EXPECT_EQ(list.take_probe(present, {}, sound, any), numbers{4});
    EXPECT_EQ(list.take_probe(present, {}, sound, any), numbers{2});
    EXPECT_EQ(list.take_probe(present, {}, sound, any), numbers{3});
    EXPECT_EQ(list.take_probe(present, {}, sound, any), numbers{1});
    EXPECT_EQ(list.take_probe(present, {}, sound, any), numbers{});
}

TEST(waiting_list, gives_only_what_is_wanted) {
    auto later = sound;
    later.succeed();
    waiting_list list;
    list.add(waiting(1));
    list.add(failed(2, 1, later));
    auto suspect = failed(3, 2, sound);
    (void)later.note_failure(suspect.tried);
    list.add(suspect);
    const waiting_list::choice untried{true, false, true};
    const waiting_list::choice tried{false, true, true};
    const waiting_list::choice innocent{true, true, false};
    EXPECT_EQ(waiting_list(list).take_due(present, 9, {}, later, untried), numbers{1});
    EXPECT_EQ(waiting_list(list).take_due(present, 9, {}, later, tried), (numbers{2, 3}));
    EXPECT_EQ(waiting_list(list).take_due(present, 9, {}, later, innocent), (numbers{1, 2}));
    EXPECT_EQ(list.suspects_in_flight(), 0U);
    EXPECT_EQ(list.take_due(present, 9, {}, later, {}), (numbers{1, 2, 3}));
    EXPECT_EQ(list.suspects_in_flight(), 1U);
}

TEST(waiting_list, one_that_goes_alone_is_in_no_batch) {
    waiting_list list;
    for (const auto number : {1, 2, 3}) {
        auto delivery = waiting(number);
        delivery.alone = number == 2;
        list.add(std::move(delivery));
    }
    EXPECT_EQ(list.take_due(present, 9, {}, sound, {}), (numbers{1, 3}));
    EXPECT_EQ(list.take_due(present, 9, {}, sound, {}), numbers{2});
}

TEST(waiting_list, a_wall_clock_that_was_set_lengthens_no_wait_and_ages_nothing) {
    const struct {
        const char* name;
        time_point next_attempt;
        time_point first_attempt;
        std::chrono::milliseconds wait;
        std::chrono::milliseconds age;
    } rows[] = {
        {"as it was left", wall + 5s, wall - 10min, 5s, 10min},
        {"due long ago", wall - 9h, wall - 10min, 0s, 10min},
        {"the clock went back an hour", wall + 1h, wall + 50min, 60s, 0s},
        {"never tried", time_point(), time_point(), 0s, 1h},
        {"the clock went ahead a year", wall - 365 * 24h, wall - 365 * 24h, 0s, 1h},
    };
    for (const auto& row : rows) {
        pending_delivery stored;
        stored.next_attempt = row.next_attempt;
        stored.first_attempt = row.first_attempt;
        const auto one = resume_waiting(stored, wall, present, {1s, 60s, 1h});
        EXPECT_EQ(one.due - present, row.wait) << row.name;
        EXPECT_EQ(present - one.first, row.age) << row.name;
    }
}

TEST(waiting_list, counts_those_that_wait_behind_no_other) {
    waiting_list list;
    list.add(waiting(1, "order/a"));
    list.add(waiting(2, "order/a"));
    list.add(waiting(2, "order/a"));
    list.add(waiting(3, "order/b"));
    list.add(waiting(4));
    list.add(waiting(5));
    EXPECT_EQ(list.size(), 5U);
    EXPECT_EQ(list.heads(), 4U);
    (void)list.complete(1);
    EXPECT_EQ(list.heads(), 4U);
    EXPECT_TRUE(list.remove(2));
    EXPECT_TRUE(list.remove(5));
    EXPECT_EQ(list.heads(), 2U);
}

TEST(waiting_list, removes_only_what_is_not_in_flight) {
    waiting_list list;
    list.add(waiting(1));
    list.add(waiting(2));
    EXPECT_EQ(list.take_due(present, 1, {}, sound, {}), numbers{1});
    EXPECT_FALSE(list.remove(1));
    EXPECT_TRUE(list.remove(2));
    EXPECT_FALSE(list.remove(2));
}

}  // namespace
}  // namespace shopbell::test
