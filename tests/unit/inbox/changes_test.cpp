#include "inbox_fixture.hpp"

#include <shopbell/inbox/archive.hpp>

#include <numeric>

namespace shopbell::test {

namespace {

using decision = dead_letter_decision::kind;

class changes_test : public engine_test {
protected:
    std::vector<sink_record> records() {
        const auto reader = read_stored();
        return run(context_, reader->sinks()).value();
    }
    sink_record record(const std::string& sink) {
        for (auto& one : records()) {
            if (one.name == sink)
                return std::move(one);
        }
        return {};
    }
    static std::vector<sequence> up_to(sequence last) {
        std::vector<sequence> numbers(static_cast<std::size_t>(last));
        std::iota(numbers.begin(), numbers.end(), 1);
        return numbers;
    }
};

using file_changes_test = inbox_test;

TEST_P(changes_test, a_replayed_event_is_queued_once_however_often_it_is_named) {
    open();
    put_many(3);
    deliver_up_to("crm", 3);
    EXPECT_EQ(apply(replay_request{"crm", {3, 1, 3}}).value(), 2U);
    const auto again = queued("crm");
    ASSERT_EQ(again.size(), 2U);
    EXPECT_EQ(again[0].number, 1);
    EXPECT_EQ(again[0].subject, "order/1");
    EXPECT_EQ(again[0].attempts, 0U);
    EXPECT_EQ(again[0].next_attempt, time_point{});
    EXPECT_EQ(again[1].number, 3);
    EXPECT_EQ(open_sink("crm").position, 3);
}

TEST_P(changes_test, replaying_what_is_not_there_does_nothing) {
    open();
    put_many(1);
    deliver_up_to("crm", 1);
    EXPECT_EQ(apply(replay_request{"crm", {7}}).value(), 0U);
    EXPECT_EQ(apply(replay_request{"crm", {}}).value(), 0U);
    EXPECT_EQ(apply(replay_request{"nobody", {1}}).value(), 0U);
    EXPECT_TRUE(queued("crm").empty());
    EXPECT_TRUE(queued("nobody").empty());
    EXPECT_EQ(records().size(), 1U);
}

TEST_P(changes_test, what_is_queued_survives_a_restart) {
    open();
    put_many(2);
    deliver_up_to("crm", 2);
    ASSERT_EQ(apply(replay_request{"crm", {2}}).value(), 1U);
    reopen();
    EXPECT_EQ(queued_numbers("crm"), std::vector<sequence>{2});
    EXPECT_TRUE(open_sink("crm").pending.empty());
}

TEST_P(changes_test, a_replay_takes_over_what_waits_or_died) {
    open();
    put_many(2);
    deliver_up_to("crm", 2, {1});
    settlement results;
    results.sink = "crm";
    pending_delivery waiting;
    waiting.number = 2;
    waiting.attempts = 7;
    waiting.last_error = "503";
    results.pending = {waiting};
    ASSERT_TRUE(settle(results));
    EXPECT_EQ(apply(replay_request{"crm", {1, 2}}).value(), 2U);
    const auto again = queued("crm");
    ASSERT_EQ(again.size(), 2U);
    EXPECT_EQ(again[0].last_error, "410 gone");
    EXPECT_EQ(again[1].last_error, "503");
    EXPECT_EQ(again[1].attempts, 0U);
    EXPECT_TRUE(open_sink("crm").pending.empty());
    EXPECT_EQ(record("crm").dead, 0U);
}

TEST_P(changes_test, what_is_queued_is_read_in_parts) {
    open();
    put_many(9);
    deliver_up_to("crm", 9);
    ASSERT_EQ(apply(replay_request{"crm", up_to(9)}).value(), 9U);
    EXPECT_EQ(queued("crm", 0, 4).back().number, 4);
    EXPECT_EQ(queued("crm", 4, 4).size(), 4U);
    EXPECT_EQ(queued("crm", 4, 4).front().number, 5);
    EXPECT_TRUE(queued("crm", 9).empty());
}

TEST_P(changes_test, an_attempt_settles_what_was_queued) {
    open();
    put_many(4);
    deliver_up_to("crm", 4);
    ASSERT_EQ(apply(replay_request{"crm", up_to(4)}).value(), 4U);
    settlement results;
    results.sink = "crm";
    results.delivered = {1};
    results.dead = {{2, 1, time_point{}, "410"}};
    pending_delivery waiting;
    waiting.number = 3;
    waiting.attempts = 1;
    results.pending = {waiting};
    ASSERT_TRUE(settle(results));
    EXPECT_EQ(queued_numbers("crm"), std::vector<sequence>{4});
    EXPECT_EQ(open_sink("crm").pending.size(), 1U);
    EXPECT_EQ(record("crm").dead, 1U);
}

TEST_P(changes_test, dead_letters_are_retried_or_dropped_by_number) {
    open();
    put_many(4);
    deliver_up_to("crm", 4, {1, 2, 3});
    EXPECT_EQ(apply(dead_letter_decision{"crm", {1, 4, 99}, decision::retry}).value(), 1U);
    EXPECT_EQ(apply(dead_letter_decision{"crm", {2}, decision::drop}).value(), 1U);
    EXPECT_EQ(apply(dead_letter_decision{"crm", {1, 2}, decision::drop}).value(), 0U);
    EXPECT_EQ(queued_numbers("crm"), std::vector<sequence>{1});
    EXPECT_EQ(record("crm").dead, 1U);
}

TEST_P(changes_test, all_of_1200_dead_letters_are_retried_or_dropped) {
    open();
    put_many(1200);
    for (const auto* sink : {"crm", "mail"})
        deliver_up_to(sink, 1200, up_to(1200));
    EXPECT_EQ(apply(dead_letter_decision{"crm", {}, decision::retry}).value(), 1200U);
    EXPECT_EQ(queued_numbers("crm"), up_to(1200));
    EXPECT_EQ(record("crm").dead, 0U);
    EXPECT_EQ(record("mail").dead, 1200U);
    EXPECT_EQ(apply(dead_letter_decision{"mail", {}, decision::drop}).value(), 1200U);
    EXPECT_EQ(record("mail").dead, 0U);
    EXPECT_TRUE(queued("mail").empty());
}

TEST_P(changes_test, events_are_stored_between_the_steps_of_a_long_change) {
    open();
    put_many(3000);
    deliver_up_to("crm", 3000, up_to(3000));
    std::vector<std::string> ended;
    auto retried = [&](std::exception_ptr, result<std::size_t> answer) {
        EXPECT_EQ(answer.value(), 3000U);
        ended.push_back("retry");
    };
    auto stored = [&](std::exception_ptr, result<receipt> answer) {
        EXPECT_TRUE(answer);
        ended.push_back("put");
    };
    boost::asio::co_spawn(context_, inbox_->apply(dead_letter_decision{"crm", {}, decision::retry}),
                          std::move(retried));
    boost::asio::co_spawn(context_, inbox_->put(make("meanwhile")), std::move(stored));
    context_.restart();
    context_.run();
    EXPECT_EQ(ended.size(), 2U);
    if (is_in_file()) {  // another has a thread for each
        EXPECT_EQ(ended, (std::vector<std::string>{"put", "retry"}));
    }
}

TEST_P(changes_test, a_long_change_ends_before_the_inbox_closes) {
    open();
    put_many(2000);
    deliver_up_to("crm", 2000);
    std::size_t replayed = 0;
    auto done = [&](std::exception_ptr, result<std::size_t> answer) { replayed = answer.value(); };
    boost::asio::co_spawn(context_, inbox_->apply(replay_request{"crm", up_to(2000)}), std::move(done));
    context_.restart();
    context_.poll();
    close();
    context_.run();
    EXPECT_EQ(replayed, 2000U);
    open();
    EXPECT_EQ(queued("crm").size(), 2000U);
}

TEST_P(changes_test, a_pause_survives_a_restart_and_is_of_one_sink) {
    open();
    deliver_up_to("crm", 0);
    deliver_up_to("file", 0);
    EXPECT_EQ(apply(pause_request{"crm", true}).value(), 1U);
    EXPECT_EQ(apply(pause_request{"nobody", true}).value(), 0U);
    reopen();
    EXPECT_TRUE(open_sink("crm").paused);
    EXPECT_FALSE(open_sink("file").paused);
    deliver_up_to("crm", 5);
    EXPECT_TRUE(open_sink("crm").paused);
    EXPECT_EQ(apply(pause_request{"crm", false}).value(), 1U);
    EXPECT_FALSE(open_sink("crm").paused);
}

TEST_P(changes_test, a_removed_sink_leaves_nothing_and_begins_at_the_present_again) {
    open();
    put_many(1200);
    settlement results;
    results.sink = "old";
    results.position = 1100;
    for (sequence number = 1; number <= 1100; ++number) {
        results.dead.push_back({number, 1, time_point{}, "410"});
        results.history.push_back(attempt(number, history_entry::kind::dead));
    }
    ASSERT_TRUE(settle(results));
    results.sink = "kept";
    ASSERT_TRUE(settle(results));
    EXPECT_EQ(apply(sink_removal{"old"}).value(), 1U);
    EXPECT_EQ(apply(sink_removal{"old"}).value(), 0U);
    EXPECT_EQ(record("old").name, "");
    EXPECT_EQ(record("kept").dead, 1100U);

    EXPECT_EQ(open_sink("old").position, 1200);
    EXPECT_EQ(record("old").dead, 0U);
    const auto reader = read_stored();
    for (const sequence number : {1, 600, 1100}) {
        const auto at = run(context_, reader->deliveries(number)).value();
        ASSERT_EQ(at.size(), 2U);
        EXPECT_EQ(at[0].history.size(), 1U) << "kept, " << number;
        EXPECT_TRUE(at[1].history.empty()) << "old, " << number;
    }
}

TEST_P(changes_test, what_an_attempt_brings_after_its_sink_was_let_go_of_is_passed_over) {
    open();
    put_many(3);
    deliver_up_to("old", 1);
    deliver_up_to("crm", 3);
    ASSERT_EQ(apply(sink_removal{"old"}).value(), 1U);
    settlement late;
    late.sink = "old";
    late.position = 3;
    late.dead = {{2, 1, time_point{}, "410"}};
    pending_delivery waiting;
    waiting.number = 3;
    waiting.attempts = 1;
    late.pending = {waiting};
    late.history = {attempt(3, history_entry::kind::failed)};
    EXPECT_TRUE(run(context_, inbox_->settle(late)));
    EXPECT_EQ(apply(replay_request{"old", {1, 2, 3}}).value(), 0U);

    const auto reader = read_stored();
    const auto left = run(context_, reader->sinks()).value();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].name, "crm");
    // Nothing of it waits for a sink of that name that comes later.
    const auto fresh = open_sink("old");
    EXPECT_EQ(fresh.position, 3);
    EXPECT_TRUE(fresh.pending.empty());
    for (const auto& one : run(context_, reader->deliveries(3)).value())
        EXPECT_TRUE(one.history.empty()) << one.sink;
}

TEST_F(file_changes_test, numbers_are_never_lent_again_after_removals) {
    open();
    put_many(5);
    deliver_up_to("crm", 9);
    ASSERT_EQ(apply(sink_removal{"crm"}).value(), 1U);
    reopen();
    ASSERT_TRUE(put(make("ten")));
    EXPECT_EQ(after(5).at(0).number, 10);
    ASSERT_EQ(apply(erasure{{5, 10}}).value(), 2U);
    ASSERT_TRUE(put(make("eleven")));
    reopen();
    EXPECT_EQ(after(4).at(0).number, 11);
    ASSERT_EQ(apply(erasure{{11}}).value(), 1U);
    reopen();
    ASSERT_TRUE(put(make("twelve")));
    EXPECT_EQ(after(4).at(0).number, 12);
}

TEST_F(file_changes_test, is_refused_like_an_event_while_nothing_can_be_committed) {
    open();
    put_many(1);
    deliver_up_to("crm", 1);
    std::filesystem::rename(path(), path() + ".away");
    const auto refused = apply(replay_request{"crm", {1}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    std::filesystem::rename(path() + ".away", path());
    EXPECT_EQ(apply(replay_request{"crm", {1}}).value(), 1U);
}

INSTANTIATE_TEST_SUITE_P(engine, changes_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
