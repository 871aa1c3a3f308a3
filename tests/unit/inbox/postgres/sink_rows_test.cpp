#include "rows_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace shopbell::test {
namespace {

TEST_F(postgres_rows_test, of_several_daemons_that_find_no_inbox_one_makes_it) {
    (void)server_->ask("SET client_min_messages = error; DROP SCHEMA shopbell CASCADE");
    std::vector<std::string> found(4);
    {
        std::vector<std::jthread> daemons;
        for (auto& name : found)
            daemons.emplace_back([&name] {
                auto database = connect();
                name = pg::prepare_schema(database, soon()).value();
            });
    }
    EXPECT_EQ(found.front().size(), 36U);
    EXPECT_EQ(std::ranges::count(found, found.front()), 4);
}

TEST_F(postgres_rows_test, an_inbox_of_a_newer_version_is_refused) {
    (void)server_->ask("UPDATE shopbell.meta SET value = '99' WHERE key = 'schema'");
    const auto refused = pg::prepare_schema(*database_, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::corrupt);
}

TEST_F(postgres_rows_test, events_are_read_whole_in_their_order) {
    const auto ids = put(3);
    const auto events = pg::read_after(*database_, 1, 10, 1'000'000, soon()).value();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].number, 2);
    EXPECT_EQ(events[0].id, ids[1]);
    EXPECT_EQ(events[0].endpoint, "shop");
    EXPECT_EQ(events[0].subject, "order/1");
    EXPECT_EQ(value_of(events[0].fields, "x-sent"), "yes");
    EXPECT_EQ(events[0].body, "body of " + ids[1]);
    EXPECT_EQ(events[1].number, 3);
    EXPECT_EQ(pg::read_newest(*database_, soon()).value(), 3);
    EXPECT_EQ(pg::read_event(*database_, 3, soon()).value()->id, ids[2]);
    EXPECT_FALSE(pg::read_event(*database_, 4, soon()).value());
    EXPECT_EQ(pg::read_head_after(*database_, 0, soon()).value()->body, "");
}

TEST_F(postgres_rows_test, a_reading_ends_where_its_bytes_do_and_always_has_one_event) {
    put(5);
    EXPECT_EQ(pg::read_after(*database_, 0, 2, 1'000'000, soon()).value().size(), 2U);
    EXPECT_EQ(pg::read_after(*database_, 0, 10, 1, soon()).value().size(), 1U);
    EXPECT_EQ(pg::read_after(*database_, 0, 10, 60, soon()).value().size(), 2U);  // each has 44
}

TEST_F(postgres_rows_test, three_writers_and_a_cursor_that_skips_nothing) {
    constexpr std::size_t groups = 60, rows = 4;
    std::atomic<int> writing = 3;
    std::vector<std::jthread> writers;
    for (int i = 0; i < 3; ++i)
        writers.emplace_back([&writing] {
            auto own = connect();
            for (std::size_t group = 0; group < groups; ++group)
                put(own, rows);
            --writing;
        });
    std::size_t seen = 0;
    for (sequence position = 0;;) {
        const bool last = writing == 0;
        const auto events = pg::read_after(*database_, position, 1000, 100'000'000, soon()).value();
        seen += events.size();
        if (!events.empty())
            position = events.back().number;
        if (last && events.empty())
            break;
    }
    EXPECT_EQ(seen, 3 * groups * rows);
}

TEST_F(postgres_rows_test, a_new_sink_begins_at_the_present_and_keeps_its_place) {
    put(3);
    ASSERT_TRUE(pg::place_sink(*database_, "crm", soon()));
    EXPECT_EQ(look().progress.position, 3);
    put(2);
    ASSERT_TRUE(pg::place_sink(*database_, "crm", soon()));
    EXPECT_EQ(look().progress.position, 3);
    EXPECT_FALSE(pg::read_progress(*database_, "other", soon()).value());
}

TEST_F(postgres_rows_test, one_daemon_at_a_time_holds_a_lease) {
    auto mine = leases_of(*database_, daemon_);
    auto others = leases_of(*database_, other_);
    EXPECT_EQ(mine.claim("sink crm", 1h, soon()).value()->term, 1);
    EXPECT_FALSE(others.claim("sink crm", 1h, soon()).value());
    EXPECT_EQ(others.look({"sink crm", "sink new"}, soon()).value().free,
              std::vector<std::string>{"sink new"});
    EXPECT_EQ(mine.claim("sink crm", 1h, soon()).value()->term, 2);  // its own: another term
}

TEST_F(postgres_rows_test, a_lease_that_is_released_or_over_is_free_at_once_for_others) {
    auto mine = leases_of(*database_, daemon_);
    auto others = leases_of(*database_, other_);
    const auto held = mine.claim("sink crm", 1h, soon()).value().value();
    ASSERT_TRUE(mine.release({held}, soon()));
    EXPECT_EQ(others.look({"sink crm"}, soon()).value().free, std::vector<std::string>{"sink crm"});
    const auto theirs = others.claim("sink crm", 0ms, soon()).value().value();  // over as it begins
    EXPECT_EQ(theirs.term, 2);
    EXPECT_EQ(mine.claim("sink crm", 1h, soon()).value()->term, 3);
    ASSERT_TRUE(others.release({theirs}, soon()));  // not theirs any more
    EXPECT_FALSE(others.claim("sink crm", 1h, soon()).value());
}

TEST_F(postgres_rows_test, a_renewal_tells_what_is_lost_and_what_others_have_decided) {
    const auto crm = hold("crm").held;
    const auto erp = hold("erp").held;
    auto mine = leases_of(*database_, daemon_);
    EXPECT_TRUE(mine.renew({crm, erp}, 0ms, soon()).value().lost.empty());
    ASSERT_TRUE(leases_of(*database_, other_).claim(erp.name, 1h, soon()).value());
    ASSERT_TRUE(pg::apply(*database_, pause_request{"crm", true}, 20s));
    const auto renewed = mine.renew({crm, erp}, 1h, soon()).value();
    EXPECT_EQ(renewed.lost, std::vector<std::string>{"sink erp"});
    ASSERT_EQ(renewed.sinks.size(), 2U);
    EXPECT_EQ(renewed.sinks[0].name, "crm");
    EXPECT_TRUE(renewed.sinks[0].paused);
    EXPECT_EQ(renewed.sinks[0].changed, 1);
    EXPECT_EQ(renewed.sinks[1].changed, 0);
}

TEST_F(postgres_rows_test, a_look_counts_the_daemons_that_live_and_tells_what_was_decided) {
    const auto crm = hold("crm").held;
    auto mine = leases_of(*database_, daemon_);
    auto others = leases_of(*database_, other_);
    ASSERT_TRUE(mine.claim(pg::lease_of_daemon(daemon_), 1h, soon()).value());
    const auto theirs = others.claim(pg::lease_of_daemon(other_), 1h, soon()).value().value();
    ASSERT_TRUE(mine.claim(pg::lease_of_daemon(make_uuid()), 0ms, soon()).value());  // its term is over
    ASSERT_TRUE(pg::apply(*database_, pause_request{"crm", true}, 20s));
    const auto seen = others.look({crm.name}, soon()).value();
    EXPECT_EQ(seen.live_daemons, 2U);
    ASSERT_EQ(seen.sinks.size(), 1U);
    EXPECT_TRUE(seen.sinks[0].paused);
    EXPECT_EQ(seen.sinks[0].changed, 1);
    ASSERT_TRUE(others.release({theirs}, soon()));
    EXPECT_EQ(mine.look({}, soon()).value().live_daemons, 1U);
}

TEST_F(postgres_rows_test, without_a_standby_that_is_demanded_nothing_is_held) {
    pg::lease_rows strict(*database_, daemon_, pg::durability::standby);
    const auto refused = strict.claim("sink crm", 1h, soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
}

TEST_F(postgres_rows_test, progress_and_what_failed_come_back_as_they_were_settled) {
    const auto held = hold();
    put(4);
    auto results = to(3);
    results.pending = {pending(2), pending(3)};
    results.dead = {{1, 7, time_point{1'796'000'000'500ms}, "410"}};
    history_entry entry;
    entry.number = 2;
    entry.what = history_entry::kind::failed;
    entry.at = time_point{1'796'000'000'000ms};
    entry.took = 12ms;
    entry.error = "503";
    entry.status = 503;
    entry.response = std::string("busy\0\xff", 6);
    results.history = {entry};
    const auto stored = pg::settle(*database_, results, held, soon());
    ASSERT_TRUE(stored) << stored.error().reason;
    const auto opened = look().progress;
    EXPECT_EQ(opened.position, 3);
    ASSERT_EQ(opened.pending.size(), 2U);
    EXPECT_EQ(opened.pending[0].number, 2);
    EXPECT_EQ(opened.pending[0].subject, "order/1");
    EXPECT_EQ(opened.pending[0].attempts, 1U);
    EXPECT_EQ(opened.pending[0].first_attempt, time_point{1'796'000'000'000ms});
    EXPECT_EQ(opened.pending[0].next_attempt, time_point{1'796'000'005'000ms});
    EXPECT_EQ(opened.pending[0].last_error, "503");
    EXPECT_EQ(count("deliveries WHERE state = 1"), 1);
    EXPECT_EQ(count("history WHERE number = 2 AND what = 1 AND took = 12 AND status = 503 AND "
                    "octet_length(response) = 6"),
              1);

    results = to(2);  // never back
    results.delivered = {2, 2};
    ASSERT_TRUE(pg::settle(*database_, results, held, soon()));
    EXPECT_EQ(look().progress.position, 3);
    EXPECT_EQ(look().progress.pending.size(), 1U);
}

TEST_F(postgres_rows_test, a_former_holder_settles_nothing) {
    const auto former = hold();
    put(2);
    auto results = to(2);
    results.pending = {pending(1)};
    auto others = connect();
    ASSERT_TRUE(leases_of(others, daemon_).release({former.held}, soon()));
    const auto theirs = leases_of(others, other_).claim("sink crm", 1h, soon()).value().value();
    const auto refused = pg::settle(*database_, results, former, soon());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(pg::is_outdated(refused.error())) << refused.error().reason;
    EXPECT_EQ(look().progress.position, 0);
    EXPECT_EQ(count("deliveries"), 0);
    EXPECT_TRUE(pg::settle(others, results, {theirs, other_, {}}, soon()));
    EXPECT_EQ(look().progress.position, 2);
}

TEST_F(postgres_rows_test, the_same_daemons_former_term_settles_nothing_either) {
    const auto former = hold();
    const auto current = hold();
    put(1);
    EXPECT_FALSE(pg::settle(*database_, to(1), former, soon()));
    EXPECT_TRUE(pg::settle(*database_, to(1), current, soon()));
}

TEST_F(postgres_rows_test, a_position_whose_event_became_another_moves_nothing) {
    auto held = hold();
    const auto ids = put(2);
    held.event_at_position = make_uuid();  // what a server that is gone had under that number
    auto results = to(2);
    results.pending = {pending(1)};
    const auto refused = pg::settle(*database_, results, held, soon());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(pg::is_outdated(refused.error()));
    EXPECT_EQ(look().progress.position, 0);
    EXPECT_EQ(count("deliveries"), 0);
    held.event_at_position = ids[1];
    EXPECT_TRUE(pg::settle(*database_, results, held, soon()));
    EXPECT_EQ(look().progress.position, 2);
}

TEST_F(postgres_rows_test, of_a_sink_that_was_let_go_nothing_is_stored_and_nothing_fails) {
    const auto held = hold();
    put(1);
    (void)server_->ask("DELETE FROM shopbell.sinks");
    auto results = to(1);
    results.pending = {pending(1)};
    const auto passed = pg::settle(*database_, results, held, soon());
    EXPECT_TRUE(passed) << passed.error().reason;
    EXPECT_EQ(count("deliveries"), 0);
}

TEST_F(postgres_rows_test, what_tells_of_an_event_that_is_gone_is_not_stored) {
    const auto held = hold();
    put(2);
    ASSERT_EQ(pg::apply(*database_, erasure{{1}}, 20s).value(), 1U);
    auto results = to(2);
    results.pending = {pending(1), pending(2)};
    history_entry entry;
    entry.number = 1;
    results.history = {entry};
    ASSERT_TRUE(pg::settle(*database_, results, held, soon()));
    EXPECT_EQ(count("deliveries"), 1);
    EXPECT_EQ(count("history"), 0);
}

TEST_F(postgres_rows_test, of_one_delivery_the_latest_responses_and_a_thousand_entries_are_kept) {
    const auto held = hold();
    put(2);
    auto results = to(0);
    history_entry entry;
    entry.number = 1;
    entry.what = history_entry::kind::failed;
    entry.response = "busy";
    results.history.assign(600, entry);
    entry.number = 2;
    results.history.push_back(entry);
    for (int i = 0; i < 2; ++i)
        ASSERT_TRUE(pg::settle(*database_, results, held, soon()));
    EXPECT_EQ(count("history WHERE number = 1"), 1000);
    EXPECT_EQ(count("history WHERE number = 1 AND response <> ''"), 20);
    EXPECT_EQ(count("history WHERE number = 2 AND response <> ''"), 2);
}

struct fold_case {
    const char* name;
    std::vector<sequence> pending, dead, delivered;
    std::vector<std::pair<sequence, int>> kept;  ///< number and state
    std::vector<sequence> gone;
};
class postgres_fold_test : public ::testing::TestWithParam<fold_case> {};

TEST_P(postgres_fold_test, keeps_of_each_event_its_last_word) {
    settlement results;
    unsigned attempts = 0;
    for (const auto number : GetParam().pending) {
        pending_delivery delivery;
        delivery.number = number;
        delivery.attempts = ++attempts;
        results.pending.push_back(delivery);
    }
    for (const auto number : GetParam().dead)
        results.dead.push_back({number, 9, {}, "410"});
    results.delivered = GetParam().delivered;
    const auto folded = pg::fold(results);
    std::vector<std::pair<sequence, int>> kept;
    for (const auto& row : folded.kept)
        kept.emplace_back(row.number, row.state);
    EXPECT_EQ(kept, GetParam().kept);
    EXPECT_EQ(folded.delivered, GetParam().gone);
    if (GetParam().pending.size() == 2 && !folded.kept.empty() && folded.kept[0].state == 0) {
        EXPECT_EQ(folded.kept[0].attempts, 2);  // the later one
    }
}

INSTANTIATE_TEST_SUITE_P(words, postgres_fold_test,
                         ::testing::Values(fold_case{"each_alone", {1}, {2}, {3}, {{1, 0}, {2, 1}}, {3}},
                                           fold_case{"failed_twice", {1, 1}, {}, {}, {{1, 0}}, {}},
                                           fold_case{"failed_then_dead", {1}, {1}, {}, {{1, 1}}, {}},
                                           fold_case{"failed_then_delivered", {1}, {}, {1}, {}, {1}},
                                           fold_case{"dead_then_delivered", {}, {1}, {1}, {}, {1}},
                                           fold_case{"delivered_twice", {}, {}, {1, 1}, {}, {1}}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace shopbell::test
