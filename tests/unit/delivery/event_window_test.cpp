#include <shopbell/delivery/event_window.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

using numbers = std::vector<sequence>;

std::shared_ptr<const event> about(const std::string& subject) {
    auto made = std::make_shared<event>();
    made->subject = subject;
    made->document = "0123456789";
    return made;
}

class event_window_test : public ::testing::Test {
protected:
    void push(sequence number, const std::string& subject) {
        auto content = about(subject);
        const std::string_view view = content->subject;
        window.push(number, std::move(content), view);
    }
    numbers take(std::size_t most, const busy_subjects& busy = {}) {
        numbers taken;
        const auto events = window.take(most, busy, taken);
        EXPECT_EQ(events.size(), taken.size());
        return taken;
    }
    event_window window;
};

TEST_F(event_window_test, gives_a_free_subject_at_a_time_oldest_first) {
    push(1, "order/a");
    push(2, "order/a");
    push(3, "order/b");
    push(4, "");
    push(5, "");
    EXPECT_EQ(take(1), numbers{1});
    EXPECT_EQ(take(1), numbers{3});
    EXPECT_EQ(take(1), numbers{4});
    EXPECT_EQ(take(1), numbers{5});
    EXPECT_EQ(take(1), numbers{});
    window.release(1);
    EXPECT_EQ(take(1), numbers{2});
}

TEST_F(event_window_test, gives_a_batch_of_one_subject_in_order) {
    push(1, "order/a");
    push(2, "order/a");
    EXPECT_EQ(take(8), (numbers{1, 2}));
}

TEST_F(event_window_test, leaves_busy_subjects_alone) {
    push(1, "order/a");
    push(2, "order/b");
    EXPECT_EQ(take(8, {"order/a"}), numbers{2});
}

TEST_F(event_window_test, moves_over_what_is_done_and_never_beyond_what_is_not) {
    push(1, "");
    window.push(2, nullptr, "");
    push(3, "");
    push(7, "");
    EXPECT_EQ(window.advance(0), 0);
    EXPECT_EQ(window.bytes(), 30U);
    window.release(3);
    EXPECT_EQ(window.advance(0), 0);
    window.release(1);
    EXPECT_EQ(window.advance(0), 3);
    EXPECT_EQ(window.bytes(), 10U);
    EXPECT_TRUE(window.contains(7));
    EXPECT_FALSE(window.contains(3));
}

TEST_F(event_window_test, tells_which_of_a_subject_wait) {
    push(1, "order/a");
    push(2, "order/b");
    push(3, "order/a");
    EXPECT_EQ(take(1), numbers{1});
    const auto waiting = window.waiting({"order/a"});
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].number, 3);
    EXPECT_EQ(window.subject_of(2), "order/b");
    EXPECT_TRUE(window.has_free({}));
    EXPECT_FALSE(window.has_free({"order/a", "order/b"}));
}

TEST_F(event_window_test, removes_only_what_is_not_in_flight) {
    push(1, "");
    push(2, "");
    EXPECT_EQ(take(1), numbers{1});
    EXPECT_FALSE(window.remove(1));
    EXPECT_TRUE(window.remove(2));
    EXPECT_FALSE(window.remove(9));
}

}  // namespace
}  // namespace shopbell::test
