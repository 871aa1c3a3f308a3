#include "../src/admin/recent_events.hpp"

#include "../src/admin/operations.hpp"
#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class recent_events_test : public api_test {
protected:
    std::vector<event_brief> read(sequence after, sequence up_to) {
        return run(context_, recent_.read(*state_, after, up_to)).value();
    }

    const std::shared_ptr<api_state> state_ = std::make_shared<api_state>(services());
    recent_events recent_;
};

TEST_F(recent_events_test, have_each_event_once_however_many_streams_tell_of_it) {
    const auto first = put(1);
    const auto second = put(2);
    const auto one_stream = read(0, 2);
    ASSERT_EQ(one_stream.size(), 2U);
    EXPECT_EQ(one_stream[0].summary.id, first);
    const auto other_stream = read(1, 2);
    ASSERT_EQ(other_stream.size(), 1U);
    EXPECT_EQ(other_stream[0].summary.id, second);
    EXPECT_EQ(other_stream[0].content, one_stream[1].content) << "not read and parsed again";
    EXPECT_TRUE(read(2, 5).empty()) << "numbers that there are not";
}

TEST_F(recent_events_test, keep_few_of_them) {
    for (int i = 0; i < 2; ++i)
        put(i);
    const auto kept = read(0, 1).at(0).content;
    (void)read(1, static_cast<sequence>(recent_events::most) + 1);
    EXPECT_EQ(kept.use_count(), 1) << "the oldest goes first";
}

TEST_F(recent_events_test, know_where_an_event_stands) {
    const auto id = put(1);
    (void)read(0, 1);
    const auto lately = run(context_, recent_.deliveries(*state_, 1)).value();
    EXPECT_EQ(lately.at(1).what, delivery_state::kind::ahead);
    settle("disk", {id});
    recent_events others;
    const auto asked = run(context_, others.deliveries(*state_, 1)).value();
    EXPECT_EQ(asked.at(1).what, delivery_state::kind::dead);
}

}  // namespace
}  // namespace shopbell::test
