#include "rows_fixture.hpp"

#include <future>
#include <numeric>
#include <thread>

namespace shopbell::test {
namespace {

class postgres_changes_test : public postgres_rows_test {
protected:
    /// Events 1 to `events`, of which the sink has given up the first `dead`.
    void fill(std::size_t events, std::size_t dead) {
        held_ = hold();
        put(events);
        auto results = to(static_cast<sequence>(events));
        for (std::size_t i = 1; i <= dead; ++i)
            results.dead.push_back({static_cast<sequence>(i), 3, time_point{5ms}, "410"});
        ASSERT_TRUE(pg::settle(*database_, results, held_, soon()));
    }
    std::vector<sequence> queued() {
        std::vector<sequence> numbers;
        for (const auto& each : pg::read_queued(*database_, "crm", 0, 10'000, soon()).value()) {
            EXPECT_TRUE(each.queued);
            EXPECT_EQ(each.attempts, 0U);
            numbers.push_back(each.number);
        }
        return numbers;
    }
    template <class Change>
    std::size_t apply(const Change& what) {
        const auto applied = pg::apply(*database_, what, 20s);
        EXPECT_TRUE(applied) << applied.error().reason;
        return applied ? *applied : 0;
    }

    pg::settled_by held_;
};

TEST_F(postgres_changes_test, a_replay_queues_what_is_there_and_says_so_in_the_history) {
    fill(3, 1);
    EXPECT_EQ(apply(replay_request{"crm", {1, 3, 99}}), 2U);
    EXPECT_EQ(queued(), (std::vector<sequence>{1, 3}));
    EXPECT_EQ(count("history WHERE what = 3"), 2);
    EXPECT_EQ(look().changed, 1);
    EXPECT_EQ(apply(replay_request{"unknown", {1}}), 0U);
}

TEST_F(postgres_changes_test, a_replay_of_many_takes_several_transactions_and_misses_none) {
    fill(1203, 0);
    std::vector<sequence> all(1203);
    std::iota(all.begin(), all.end(), 1);
    EXPECT_EQ(apply(replay_request{"crm", all}), 1203U);
    EXPECT_EQ(queued(), all);
    EXPECT_EQ(look().changed, 3);
    EXPECT_EQ(pg::read_queued(*database_, "crm", 1000, 5, soon()).value().front().number, 1001);
}

TEST_F(postgres_changes_test, dead_letters_are_retried_or_dropped_some_or_all) {
    fill(1100, 1100);
    EXPECT_EQ(apply(dead_letter_decision{"crm", {1, 2}, dead_letter_decision::kind::retry}), 2U);
    EXPECT_EQ(queued(), (std::vector<sequence>{1, 2}));
    EXPECT_EQ(apply(dead_letter_decision{"crm", {2, 3}, dead_letter_decision::kind::drop}), 1U);
    EXPECT_EQ(count("deliveries WHERE state = 1"), 1097);
    EXPECT_EQ(apply(dead_letter_decision{"crm", {}, dead_letter_decision::kind::drop}), 1097U);
    EXPECT_EQ(count("deliveries"), 2);
    EXPECT_EQ(count("history WHERE what = 5"), 1098);
    EXPECT_EQ(count("history WHERE what = 4"), 2);
}

TEST_F(postgres_changes_test, a_pause_is_kept_and_concerns_sinks_that_are_there) {
    fill(1, 0);
    EXPECT_EQ(apply(pause_request{"crm", true}), 1U);
    EXPECT_TRUE(look().progress.paused);
    EXPECT_EQ(count("sinks WHERE paused_at > now() - interval '1 minute'"), 1);
    EXPECT_EQ(apply(pause_request{"crm", false}), 1U);
    EXPECT_FALSE(look().progress.paused);
    EXPECT_EQ(count("sinks WHERE paused_at IS NOT NULL"), 0);
    EXPECT_EQ(apply(pause_request{"unknown", true}), 0U);
}

TEST_F(postgres_changes_test, a_sink_goes_with_everything_that_tells_of_it) {
    fill(700, 700);
    apply(dead_letter_decision{"crm", {}, dead_letter_decision::kind::retry});
    const auto kept = hold("erp");
    EXPECT_EQ(apply(sink_removal{"crm"}), 1U);
    EXPECT_EQ(count("deliveries"), 0);
    EXPECT_EQ(count("history"), 0);
    EXPECT_EQ(count("leases WHERE name = 'sink crm'"), 0);
    EXPECT_EQ(count("sinks"), 1);
    EXPECT_EQ(apply(sink_removal{"crm"}), 0U);
    EXPECT_FALSE(pg::settle(*database_, to(700), held_, soon()));  // its holder has lost it
}

TEST_F(postgres_changes_test, an_erasure_leaves_nothing_of_an_event) {
    fill(3, 2);
    apply(replay_request{"crm", {1}});
    (void)server_->ask(
        "INSERT INTO shopbell.latest SELECT 'r', 'c', id, '' FROM shopbell.events WHERE number = 1");
    (void)server_->ask("INSERT INTO shopbell.repeats VALUES (1, 4)");
    const auto before = look().changed;
    EXPECT_EQ(apply(erasure{{1, 2, 99}}), 2U);
    for (const std::string table : {"events", "deliveries", "history", "repeats"})
        EXPECT_EQ(count(table + " WHERE number < 3"), 0) << table;
    EXPECT_EQ(count("latest"), 0);
    EXPECT_EQ(count("events"), 1);
    EXPECT_EQ(look().changed, before + 1);
}

TEST_F(postgres_changes_test, retention_removes_the_oldest_that_every_sink_has_had_and_nothing_else) {
    fill(300, 1);  // the first is a dead letter
    put(2);        // ahead of the sink
    const auto retention = leases_of(*database_, daemon_).claim("retention", 1h, soon()).value().value();
    const pg::settled_by mine{retention, daemon_, {}};
    const pg::removal by_age{now() + 1h}, by_nothing{now() - 1h}, for_room{now() - 1h, true};
    EXPECT_EQ(pg::remove_old(*database_, by_nothing, mine, soon()).value().count, 0);
    EXPECT_EQ(pg::remove_old(*database_, by_age, mine, soon()).value().count, pg::removal_rows);
    EXPECT_EQ(count("events WHERE number BETWEEN 2 AND 257"), 0);
    EXPECT_EQ(pg::remove_old(*database_, for_room, mine, soon()).value().count, 300 - 1 - pg::removal_rows);
    EXPECT_EQ(pg::remove_old(*database_, for_room, mine, soon()).value().count, 0);
    EXPECT_EQ(count("events"), 3);
    EXPECT_EQ(count("events WHERE number IN (1, 301, 302)"), 3);
}

TEST_F(postgres_changes_test, only_who_holds_the_lease_removes_what_is_old) {
    fill(3, 0);
    auto mine = leases_of(*database_, daemon_);
    const auto former = mine.claim("retention", 0ms, soon()).value().value();
    ASSERT_TRUE(leases_of(*database_, other_).claim("retention", 1h, soon()).value());
    const auto refused = pg::remove_old(*database_, {now() + 1h}, {former, daemon_, {}}, soon());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(pg::is_outdated(refused.error()));
    EXPECT_EQ(count("events"), 3);
}

TEST_F(postgres_changes_test, an_erasure_and_what_is_settled_and_asked_for_meanwhile_leave_no_orphan) {
    fill(200, 0);
    std::atomic<bool> erased = false;
    const auto settler = std::async(std::launch::async, [&] {
        auto own = connect();
        while (!erased) {
            settlement results = to(200);
            for (sequence number = 1; number <= 200; ++number)
                results.pending.push_back(pending(number));
            if (!pg::settle(own, results, held_, soon()))
                return false;
        }
        return true;
    });
    const auto replayer = std::async(std::launch::async, [&] {
        auto own = connect();
        std::vector<sequence> all(200);
        std::iota(all.begin(), all.end(), 1);
        while (!erased) {
            if (!pg::apply(own, replay_request{"crm", all}, 20s))
                return false;
        }
        return true;
    });
    for (sequence number = 1; number <= 200; number += 10) {
        std::vector<sequence> some(10);
        std::iota(some.begin(), some.end(), number);
        EXPECT_EQ(apply(erasure{some}), 10U);
    }
    erased = true;
    settler.wait();
    replayer.wait();
    EXPECT_EQ(count("deliveries"), 0);
    EXPECT_EQ(count("history"), 0);
}

}  // namespace
}  // namespace shopbell::test
