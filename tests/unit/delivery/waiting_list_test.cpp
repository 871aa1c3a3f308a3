#include <shopbell/delivery/waiting_list.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr time_point start{1'000'000s};

pending_delivery waiting(sequence number, std::string subject = "", std::chrono::seconds due = 0s) {
    pending_delivery one;
    one.number = number;
    one.subject = std::move(subject);
    one.first_attempt = start;
    one.next_attempt = start + due;
    return one;
}

using numbers = std::vector<sequence>;

TEST(waiting_list, gives_what_is_due_oldest_first) {
    waiting_list list;
    for (const auto number : {3, 1, 2})
        list.add(waiting(number));
    list.add(waiting(4, "", 10s));
    EXPECT_EQ(list.take_due(start, 2, {}), (numbers{1, 2}));
    EXPECT_EQ(list.take_due(start, 2, {}), numbers{3});
    EXPECT_EQ(list.take_due(start, 2, {}), numbers{});
    EXPECT_EQ(list.take_due(start + 10s, 2, {}), numbers{4});
}

TEST(waiting_list, gives_one_of_a_subject_at_a_time) {
    waiting_list list;
    list.add(waiting(1, "order/a"));
    list.add(waiting(2, "order/a"));
    list.add(waiting(3, "order/b"));
    EXPECT_EQ(list.take_due(start, 1, {}), numbers{1});
    EXPECT_EQ(list.take_due(start, 1, {}), numbers{3});
    EXPECT_EQ(list.take_due(start, 1, {}), numbers{});
    EXPECT_EQ(list.land(1).number, 1);
    EXPECT_EQ(list.take_due(start, 1, {}), numbers{2});
}

TEST(waiting_list, gives_several_of_a_subject_together_in_order) {
    waiting_list list;
    list.add(waiting(1, "order/a"));
    list.add(waiting(2, "order/a"));
    EXPECT_EQ(list.take_due(start, 8, {}), (numbers{1, 2}));
}

TEST(waiting_list, one_that_is_not_due_holds_back_its_subject_only) {
    waiting_list list;
    list.add(waiting(1, "order/a", 10s));
    list.add(waiting(2, "order/a"));
    list.add(waiting(3, "order/b"));
    EXPECT_EQ(list.take_due(start, 8, {}), numbers{3});
    EXPECT_EQ(list.next_due({}), start + 10s);
}

TEST(waiting_list, leaves_busy_subjects_alone) {
    waiting_list list;
    list.add(waiting(1, "order/a"));
    list.add(waiting(2));
    EXPECT_EQ(list.take_due(start, 8, {"order/a"}), numbers{2});
    EXPECT_EQ(list.next_due({"order/a"}), std::nullopt);
    EXPECT_EQ(list.next_due({}), start);
}

TEST(waiting_list, what_is_asked_for_again_is_due_and_no_older_than_the_question) {
    waiting_list list;
    list.add(waiting(1));
    EXPECT_EQ(list.take_due(start, 1, {}), numbers{1});
    EXPECT_EQ(list.ask_again(1, start - 1s), nullptr);  // is in flight already
    list.postpone(1, start + 5s);
    EXPECT_EQ(list.next_due({}), start + 5s);
    const auto* const due = list.ask_again(1, start + 1s);
    ASSERT_NE(due, nullptr);
    EXPECT_EQ(due->next_attempt, start + 1s);
    EXPECT_EQ(due->first_attempt, start + 1s);
    EXPECT_EQ(list.next_due({}), start + 1s);
}

TEST(waiting_list, expires_what_waited_too_long_and_is_not_in_flight) {
    waiting_list list;
    list.add(waiting(1));
    list.add(waiting(2));
    auto younger = waiting(3);
    younger.first_attempt = start + 1h;
    list.add(younger);
    EXPECT_EQ(list.take_due(start, 1, {}), numbers{1});
    EXPECT_EQ(list.next_expiry(1h), start + 1h);
    EXPECT_TRUE(list.take_expired(start + 1h - 1ms, 1h).empty());
    const auto expired = list.take_expired(start + 1h, 1h);
    ASSERT_EQ(expired.size(), 1U);
    EXPECT_EQ(expired[0].number, 2);
    EXPECT_TRUE(list.contains(1));
    EXPECT_EQ(list.next_expiry(1h), start + 2h);
}

TEST(waiting_list, removes_only_what_is_not_in_flight) {
    waiting_list list;
    list.add(waiting(1));
    list.add(waiting(2));
    EXPECT_EQ(list.take_due(start, 1, {}), numbers{1});
    EXPECT_FALSE(list.remove(1));
    EXPECT_TRUE(list.remove(2));
    EXPECT_FALSE(list.remove(2));
}

}  // namespace
}  // namespace shopbell::test
