#include "inbox_fixture.hpp"

namespace shopbell::test {

namespace {

class progress_test : public engine_test {};

pending_delivery waiting(sequence number, unsigned attempts) {
    pending_delivery one;
    one.number = number;
    one.subject = "order/1";
    one.attempts = attempts;
    one.first_attempt = time_point{std::chrono::milliseconds{1000}};
    one.next_attempt = time_point{std::chrono::milliseconds{2000}};
    one.last_error = "503";
    return one;
}

TEST_P(progress_test, a_new_sink_starts_at_the_present_and_stays_there) {
    open();
    ASSERT_TRUE(put(make("before")));
    EXPECT_EQ(open_sink("file").position, 1);
    ASSERT_TRUE(put(make("after")));
    reopen();
    EXPECT_EQ(open_sink("file").position, 1);
    EXPECT_EQ(after(1).size(), 1U);
}

TEST_P(progress_test, positions_and_pending_deliveries_survive) {
    open();
    put_many(7);
    settlement results;
    results.sink = "crm";
    results.position = 7;
    results.pending = {waiting(3, 1), waiting(5, 2)};
    ASSERT_TRUE(settle(results));

    reopen();
    const auto progress = open_sink("crm");
    EXPECT_EQ(progress.position, 7);
    ASSERT_EQ(progress.pending.size(), 2U);
    EXPECT_EQ(progress.pending[0].number, 3);
    EXPECT_EQ(progress.pending[1].attempts, 2U);
    EXPECT_EQ(progress.pending[1].subject, "order/1");
    EXPECT_EQ(progress.pending[1].next_attempt, time_point{std::chrono::milliseconds{2000}});
    EXPECT_EQ(progress.pending[1].last_error, "503");
}

TEST_P(progress_test, a_position_never_moves_back) {
    open();
    settlement results;
    results.sink = "crm";
    for (const sequence position : {5, 3}) {
        results.position = position;
        ASSERT_TRUE(settle(results));
    }
    EXPECT_EQ(open_sink("crm").position, 5);
}

TEST_P(progress_test, delivered_and_dead_ones_wait_no_longer) {
    open();
    put_many(3);
    settlement results;
    results.sink = "crm";
    results.pending = {waiting(1, 1), waiting(2, 1), waiting(3, 1)};
    ASSERT_TRUE(settle(results));
    settlement later;
    later.sink = "crm";
    later.delivered = {1};
    later.dead = {{2, 4, time_point{}, "410 gone"}};
    ASSERT_TRUE(settle(later));
    const auto progress = open_sink("crm");
    ASSERT_EQ(progress.pending.size(), 1U);
    EXPECT_EQ(progress.pending[0].number, 3);
}

TEST_P(progress_test, keeps_nothing_of_an_event_that_is_gone) {
    open();
    settlement results;
    results.sink = "crm";
    results.pending = {waiting(5, 1)};
    results.dead = {{6, 1, time_point{}, "410 gone"}};
    results.history = {attempt(5, history_entry::kind::failed)};
    ASSERT_TRUE(settle(results));
    put_many(6);
    EXPECT_TRUE(open_sink("crm").pending.empty());
    EXPECT_EQ(apply(dead_letter_decision{"crm", {}, dead_letter_decision::kind::drop}).value(), 0U);
}

TEST_P(progress_test, sinks_do_not_see_each_other) {
    open();
    settlement results;
    results.sink = "crm";
    results.position = 4;
    put_many(1);
    results.pending = {waiting(1, 1)};
    ASSERT_TRUE(settle(results));
    const auto other = open_sink("file");
    EXPECT_EQ(other.position, 1);
    EXPECT_TRUE(other.pending.empty());
}

TEST_P(progress_test, reads_on_in_bounded_steps) {
    open();
    for (int i = 0; i < 10; ++i)
        ASSERT_TRUE(put(make(std::to_string(i), std::string(1000, 'x'))));
    EXPECT_EQ(after(0, 3).size(), 3U);
    EXPECT_EQ(after(0, 100, 2500).size(), 3U);  // the third body exceeds the bound and is the last
    EXPECT_EQ(after(0, 100, 1).size(), 1U);
    EXPECT_EQ(after(9).size(), 1U);
    EXPECT_TRUE(after(10).empty());
}

TEST_P(progress_test, reads_one_event_or_none) {
    open();
    const auto stored = put(make("one")).value();
    const auto found = run(context_, inbox_->read(1)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, stored.id);
    EXPECT_FALSE(run(context_, inbox_->read(2)).value());
}

INSTANTIATE_TEST_SUITE_P(engine, progress_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
