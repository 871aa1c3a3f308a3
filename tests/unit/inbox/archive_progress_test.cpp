#include "archive_fixture.hpp"

#include <utility>

namespace shopbell::test {

namespace {

class archive_progress_test : public engine_archive_test {
protected:
    std::vector<sink_record> sinks() { return run(context_, archive_->sinks()).value(); }
    std::vector<delivery_state> deliveries(sequence number) {
        return run(context_, archive_->deliveries(number)).value();
    }
    archive::dead_page dead(std::string sink = {}, std::optional<archive::dead_cursor> cursor = {},
                            std::size_t limit = 100) {
        return run(context_, archive_->dead_letters(std::move(sink), std::move(cursor), limit)).value();
    }
    void keep_pending(const std::string& sink, sequence number) {
        settlement results;
        results.sink = sink;
        pending_delivery one;
        one.number = number;
        one.attempts = 2;
        one.next_attempt = time_point{std::chrono::milliseconds{9000}};
        one.last_error = "503";
        results.pending = {one};
        results.history = {attempt(number, history_entry::kind::failed)};
        ASSERT_TRUE(settle(results));
    }
};

TEST_P(archive_progress_test, says_where_an_event_stands_at_every_sink) {
    open();
    put_many(3);
    deliver_up_to("a-ahead", 1);
    deliver_up_to("b-dead", 3, {2});
    deliver_up_to("c-passed", 2);
    deliver_up_to("d-pending", 3);
    keep_pending("d-pending", 2);
    deliver_up_to("e-queued", 3);
    ASSERT_EQ(apply(replay_request{"e-queued", {2}}).value(), 1U);
    open_archive();

    using enum delivery_state::kind;
    const auto found = deliveries(2);
    const std::pair<const char*, delivery_state::kind> expected[] = {{"a-ahead", ahead},
                                                                     {"b-dead", dead},
                                                                     {"c-passed", passed},
                                                                     {"d-pending", pending},
                                                                     {"e-queued", queued}};
    ASSERT_EQ(found.size(), std::size(expected));
    for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].sink, expected[i].first);
        EXPECT_EQ(found[i].what, expected[i].second) << found[i].sink;
    }
    EXPECT_EQ(found[1].attempts, 3U);
    EXPECT_EQ(found[1].last_error, "410 gone");
    EXPECT_FALSE(found[1].next_attempt);
    EXPECT_EQ(found[3].attempts, 2U);
    EXPECT_EQ(found[3].last_error, "503");
    EXPECT_EQ(found[3].next_attempt, time_point{std::chrono::milliseconds{9000}});
    EXPECT_TRUE(found[2].history.empty());
    EXPECT_EQ(found[3].history.size(), 1U);
    EXPECT_EQ(found[4].history.size(), 1U);
}

TEST_P(archive_progress_test, dead_letters_come_sink_by_sink_and_pages_join) {
    open();
    put_many(5);
    deliver_up_to("crm", 5, {1, 3, 5});
    deliver_up_to("file", 5);
    deliver_up_to("mail", 5, {2, 3});
    open_archive();

    using place = std::pair<std::string, sequence>;
    const std::vector<place> all = {{"crm", 1}, {"crm", 3}, {"crm", 5}, {"mail", 2}, {"mail", 3}};
    for (std::size_t limit = 1; limit <= 6; ++limit) {
        std::vector<place> seen;
        std::optional<archive::dead_cursor> cursor;
        do {
            const auto part = dead("", cursor, limit);
            EXPECT_LE(part.items.size(), limit);
            for (const auto& one : part.items)
                seen.emplace_back(one.sink, one.about.number);
            cursor = part.next;
        } while (cursor);
        EXPECT_EQ(seen, all) << limit;
    }
    const auto first = dead("mail", {}, 1);
    ASSERT_EQ(first.items.size(), 1U);
    EXPECT_EQ(first.items[0].about.number, 2);
    EXPECT_EQ(first.items[0].about.subject, "order/1");
    EXPECT_EQ(first.items[0].about.state, event_state::dead);
    EXPECT_EQ(first.items[0].attempts, 3U);
    EXPECT_EQ(first.items[0].died_at, time_point{std::chrono::milliseconds{5000}});
    EXPECT_EQ(first.items[0].last_error, "410 gone");
    EXPECT_EQ(dead("mail", first.next, 1).items.at(0).about.number, 3);
    EXPECT_FALSE(dead("mail", first.next, 1).next);
    EXPECT_TRUE(dead("file").items.empty());
    EXPECT_TRUE(dead("nobody").items.empty());
}

TEST_P(archive_progress_test, a_sinks_lag_is_what_it_has_not_had) {
    open();
    put_many(10);
    deliver_up_to("behind", 7);
    deliver_up_to("done", 10);
    deliver_up_to("troubled", 8, {1, 2});
    keep_pending("troubled", 4);
    keep_pending("troubled", 9);  // already counted: behind the position
    ASSERT_EQ(apply(replay_request{"troubled", {3}}).value(), 1U);
    ASSERT_EQ(apply(pause_request{"troubled", true}).value(), 1U);
    const auto events = after(0);
    open_archive();
    const auto found = sinks();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].name, "behind");
    EXPECT_EQ(found[0].lag, 3U);
    EXPECT_EQ(found[0].waiting_since, events[7].accepted_at);
    EXPECT_FALSE(found[0].paused);
    EXPECT_EQ(found[1].name, "done");
    EXPECT_EQ(found[1].lag, 0U);
    EXPECT_FALSE(found[1].waiting_since);
    EXPECT_EQ(found[2].name, "troubled");
    EXPECT_EQ(found[2].lag, 4U);
    EXPECT_EQ(found[2].waiting_since, events[2].accepted_at);
    EXPECT_EQ(found[2].pending, 2U);
    EXPECT_EQ(found[2].queued, 1U);
    EXPECT_EQ(found[2].dead, 2U);
    EXPECT_TRUE(found[2].paused);
}

TEST_P(archive_progress_test, tells_since_when_a_sink_is_paused) {
    open();
    (void)open_sink("crm");
    open_archive();
    const auto paused_at = [&] { return run(context_, archive_->sinks()).value().at(0).paused_at; };
    EXPECT_FALSE(paused_at());
    (void)apply(pause_request{"crm", true});
    const auto began = paused_at();
    ASSERT_TRUE(began);
    (void)apply(pause_request{"crm", true});
    reopen();
    EXPECT_EQ(paused_at(), began);
    (void)apply(pause_request{"crm", false});
    EXPECT_FALSE(paused_at());
}

TEST_P(archive_progress_test, tells_when_a_sink_had_its_last_event_also_after_a_restart) {
    open();
    (void)open_sink("crm");
    open_archive();
    const auto delivered_at = [&] { return run(context_, archive_->sinks()).value().at(0).delivered_at; };
    EXPECT_FALSE(delivered_at());
    settlement results;
    results.sink = "crm";
    results.delivered_at = now();
    ASSERT_TRUE(run(context_, inbox_->settle(results)));
    EXPECT_EQ(delivered_at(), results.delivered_at);
    settlement nothing_new;
    nothing_new.sink = "crm";
    ASSERT_TRUE(run(context_, inbox_->settle(nothing_new)));
    reopen();
    EXPECT_EQ(delivered_at(), results.delivered_at);
}

INSTANTIATE_TEST_SUITE_P(engine, archive_progress_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
