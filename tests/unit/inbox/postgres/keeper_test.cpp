#include "../src/inbox/postgres/keeper.hpp"
#include "../src/inbox/postgres/reader.hpp"
#include "rows_fixture.hpp"
#include "support/eventually.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace shopbell::test {
namespace {

using clock = std::chrono::steady_clock;

/// What of a daemon delivers: it takes sinks and reads for them.
class delivering_daemon {
public:
    using opener = std::function<pg::answer<pg::connection>()>;

    explicit delivering_daemon(const opener& open, const postgres_settings& chosen, std::string owner)
        : keeper_({.open = open, .is_late = [](const std::string&) {}}, std::move(owner), chosen, server_,
                  ids_, log::null()),
          reader_({.open = [open](const std::string&) { return open(); },
                   .lost = [this] { keeper_.end_era(); },
                   .arrived = [this] { ++arrivals; },
                   .is_waited_for = [] { return true; }},
                  server_, ids_) {
        telling_ = keeper_.on_sink_change([this](const std::string& sink) {
            const std::lock_guard guard(mutex_);
            ++told_[sink];
        });
    }

    sink_progress open(const std::string& sink) { return try_open(sink).value(); }
    result<sink_progress> try_open(const std::string& sink) { return run(context_, keeper_.open_sink(sink)); }
    result<void> settle(settlement results) { return run(context_, keeper_.settle(std::move(results))); }
    std::vector<stored_event> read_after(sequence position) {
        return run(context_, reader_.read_after(position, 100, 1'000'000)).value();
    }
    void close(const std::string& sink) { keeper_.close_sink(sink); }
    bool may_begin(const std::string& sink) const { return clock::now() < keeper_.held_until(sink); }
    std::optional<std::string> trouble() const { return keeper_.trouble(); }
    bool has_unplaced_sinks() const { return keeper_.has_unplaced_sinks(); }

    int told(const std::string& sink) const {
        const std::lock_guard guard(mutex_);
        const auto found = told_.find(sink);
        return found == told_.end() ? 0 : found->second;
    }
    /// Opens the sink whenever it is told to, as the delivery does, until it holds it, or does not.
    bool holds_in_the_end(const std::string& sink, bool held = true) {
        int seen = told(sink);
        bool holds = open(sink).held;
        return holds == held || eventually([&] {
                   if (std::exchange(seen, told(sink)) != told(sink))
                       holds = open(sink).held;
                   return holds == held;
               });
    }

    std::atomic<int> arrivals = 0;

private:
    boost::asio::io_context context_{1};
    pg::agreed_server server_;
    pg::read_ids ids_;
    mutable std::mutex mutex_;  // guards the next one
    std::map<std::string, int> told_;
    pg::keeper keeper_;
    pg::reader reader_;
    subscription telling_;
};

class keeper_test : public postgres_rows_test {
protected:
    static postgres_settings settings() {
        postgres_settings chosen;
        chosen.standby = standby_demand::none;
        return chosen;
    }
    static pg::answer<pg::connection> open_connection() {
        pg::server at;
        at.host = "127.0.0.1";
        at.port = server_->port();
        at.database = "shop";
        at.user = "shop";
        return pg::connection::open(at, soon());
    }
    std::unique_ptr<delivering_daemon> start(const postgres_settings& chosen,
                                             std::string owner = make_uuid()) {
        return std::make_unique<delivering_daemon>(&keeper_test::open_connection, chosen, std::move(owner));
    }
    std::unique_ptr<delivering_daemon> start() { return start(settings()); }

    static void end_connections() {
        (void)server_->ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'shop'");
    }
    std::string ask(const std::string& sql) const {
        return server_->ask("SET search_path = shopbell; " + sql);
    }
};

TEST_F(keeper_test, opens_a_sink_and_holds_it_for_as_long_as_it_lives) {
    put(3);
    const auto daemon = start();
    EXPECT_FALSE(daemon->may_begin("crm"));
    const auto begun = clock::now();
    const auto opened = daemon->open("crm");
    EXPECT_TRUE(opened.held);
    EXPECT_EQ(opened.position, 3);
    EXPECT_TRUE(daemon->may_begin("crm"));
    // Beyond the first term.
    EXPECT_TRUE(eventually([&] { return clock::now() > begun + pg::lease_term; }));
    EXPECT_TRUE(daemon->may_begin("crm"));
    EXPECT_EQ(daemon->told("crm"), 0);
    settlement results;
    results.sink = "crm";
    results.position = 3;
    EXPECT_TRUE(daemon->settle(results));
}

TEST_F(keeper_test, stores_progress_under_its_lease_only) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    put(2);
    EXPECT_EQ(daemon->read_after(0).size(), 2U);
    ASSERT_TRUE(daemon->settle(to(1)));
    EXPECT_EQ(look().progress.position, 1);
    (void)ask("UPDATE leases SET owner = gen_random_uuid(), term = term + 1 WHERE name = 'sink crm'");
    const auto refused = daemon->settle(to(2));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_EQ(look().progress.position, 1);
    EXPECT_FALSE(daemon->may_begin("crm"));
    EXPECT_GE(daemon->told("crm"), 1);
    EXPECT_FALSE(daemon->open("crm").held);
    EXPECT_FALSE(daemon->settle(to(2)));
}

TEST_F(keeper_test, notices_a_lease_that_is_lost_without_settling) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    (void)ask("UPDATE leases SET owner = gen_random_uuid(), term = term + 1 WHERE name = 'sink crm'");
    EXPECT_TRUE(eventually([&] { return daemon->told("crm") > 0 && !daemon->may_begin("crm"); }));
}

TEST_F(keeper_test, passes_over_the_progress_of_a_sink_that_a_person_let_go_of) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    put(1);
    ASSERT_TRUE(pg::apply(*database_, sink_removal{"crm"}, 20s));
    EXPECT_TRUE(daemon->settle(to(1)));
    EXPECT_EQ(count("sinks"), 0);
    auto unknown = to(1);
    unknown.sink = "never seen";
    EXPECT_TRUE(daemon->settle(unknown));
}

TEST_F(keeper_test, takes_a_sink_over_at_once_when_its_holder_leaves) {
    auto first = start();
    ASSERT_TRUE(first->open("crm").held);
    const auto second = start();
    EXPECT_FALSE(second->open("crm").held);
    EXPECT_FALSE(second->may_begin("crm"));
    const auto told = second->told("crm");
    const auto left = clock::now();
    first.reset();
    EXPECT_TRUE(eventually([&] { return second->told("crm") > told; }));
    EXPECT_TRUE(second->open("crm").held);
    EXPECT_LT(clock::now() - left, pg::lease_term / 2);
}

TEST_F(keeper_test, takes_a_sink_over_within_six_seconds_of_its_holders_death) {
    // A daemon that is killed renews nothing from then on.
    ASSERT_TRUE(pg::place_sink(*database_, "crm", soon()));
    auto theirs = leases_of(*database_, other_);
    ASSERT_TRUE(theirs.claim(pg::lease_of_daemon(other_), pg::lease_term, soon()).value());
    const auto former = theirs.claim("sink crm", pg::lease_term, soon()).value().value();
    const auto died = clock::now();
    const auto daemon = start();
    EXPECT_FALSE(daemon->open("crm").held);
    EXPECT_TRUE(daemon->holds_in_the_end("crm"));
    EXPECT_LT(clock::now() - died, 6s);
    EXPECT_GT(clock::now() - died, pg::lease_term - 100ms);
    const auto refused = pg::settle(*database_, to(0), {former, other_, {}}, soon());
    ASSERT_FALSE(refused);
    EXPECT_TRUE(pg::is_outdated(refused.error()));
}

TEST_F(keeper_test, shares_the_sinks_with_a_daemon_that_comes) {
    const std::vector<std::string> sinks = {"a", "b", "c", "d"};
    const auto first = start();
    for (const auto& sink : sinks)
        EXPECT_TRUE(first->open(sink).held);
    const auto second = start();
    std::map<std::string, int> seen;
    std::map<std::string, std::string> held_by;
    const auto serve = [&](delivering_daemon& daemon, const std::string& name, const std::string& sink) {
        const auto told = daemon.told(sink);
        if (std::exchange(seen[name + sink], told + 1) == told + 1)
            return;
        if (daemon.open(sink).held)
            held_by[sink] = name;
    };
    EXPECT_TRUE(eventually([&] {
        for (const auto& sink : sinks) {
            serve(*first, "first", sink);
            serve(*second, "second", sink);
        }
        return std::ranges::count(held_by, "second", [](const auto& each) { return each.second; }) == 2;
    }));
    EXPECT_EQ(std::ranges::count(held_by, "first", [](const auto& each) { return each.second; }), 2);
    EXPECT_EQ(ask("SELECT count(DISTINCT owner) || ' ' || count(*) FROM leases WHERE name LIKE 'sink %'"),
              "2 4");
}

TEST_F(keeper_test, takes_what_nobody_else_wants) {
    const auto first = start();
    ASSERT_TRUE(first->open("a").held);
    const auto second = start();  // which has no sink of that name
    ASSERT_FALSE(second->open("a").held);
    EXPECT_TRUE(first->holds_in_the_end("b"));
    EXPECT_TRUE(first->holds_in_the_end("a"));
}

TEST_F(keeper_test, lets_others_have_a_sink_that_leaves_its_configuration) {
    const auto first = start();
    const auto second = start();
    ASSERT_TRUE(first->open("crm").held);
    ASSERT_FALSE(second->open("crm").held);
    first->close("crm");
    EXPECT_TRUE(second->holds_in_the_end("crm"));
    EXPECT_FALSE(first->may_begin("crm"));
}

TEST_F(keeper_test, drops_what_was_read_once_a_connection_is_lost) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    put(1);
    ASSERT_EQ(daemon->read_after(0).size(), 1U);
    end_connections();
    EXPECT_TRUE(eventually([&] { return daemon->told("crm") > 0 && !daemon->may_begin("crm"); }));
    // What was under way can still be settled: the lease is the same, and so is the event.
    database_ = std::make_unique<pg::connection>(connect());
    EXPECT_TRUE(daemon->settle(to(1)));
    EXPECT_TRUE(daemon->open("crm").held);
    EXPECT_TRUE(daemon->may_begin("crm"));
    put(1);
    EXPECT_EQ(daemon->read_after(1).size(), 1U);
}

TEST_F(keeper_test, drops_what_was_read_once_only_the_reading_connection_is_lost) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    put(1);
    ASSERT_EQ(daemon->read_after(0).size(), 1U);
    (void)server_->ask(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'shop'"
        " AND query LIKE '%max(number)%' AND pid <> pg_backend_pid()");
    EXPECT_TRUE(eventually([&] { return daemon->told("crm") > 0; }));
    EXPECT_TRUE(daemon->open("crm").held);
    EXPECT_EQ(daemon->read_after(0).size(), 1U);
}

TEST_F(keeper_test, settles_no_position_whose_event_is_another_since_a_failover) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    put(2);
    ASSERT_EQ(daemon->read_after(0).size(), 2U);
    (void)ask("UPDATE events SET id = gen_random_uuid() WHERE number = 2");
    EXPECT_TRUE(daemon->settle(to(1)));
    EXPECT_FALSE(daemon->settle(to(2)));
    EXPECT_EQ(look().progress.position, 1);
    EXPECT_GE(daemon->told("crm"), 1);
    ASSERT_TRUE(daemon->open("crm").held);
    EXPECT_EQ(daemon->read_after(1).size(), 1U);
    EXPECT_TRUE(daemon->settle(to(2)));
}

TEST_F(keeper_test, settles_nothing_of_what_was_read_before_a_failover_and_again_by_others) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    put(2);
    ASSERT_EQ(daemon->read_after(0).size(), 2U);
    end_connections();
    ASSERT_TRUE(eventually([&] { return daemon->told("crm") > 0; }));
    database_ = std::make_unique<pg::connection>(connect());
    (void)ask("UPDATE events SET id = gen_random_uuid() WHERE number = 2");
    // Another sink reads what is there now, while the first still settles what it read before.
    ASSERT_TRUE(daemon->open("erp").held);
    ASSERT_EQ(daemon->read_after(0).size(), 2U);
    EXPECT_FALSE(daemon->settle(to(2)));
    EXPECT_EQ(look().progress.position, 0);
}

TEST_F(keeper_test, hears_of_what_people_decide_elsewhere) {
    const auto first = start();
    const auto second = start();
    ASSERT_TRUE(first->open("crm").held);
    ASSERT_FALSE(second->open("crm").paused);
    put(1);
    ASSERT_TRUE(pg::apply(*database_, replay_request{"crm", {1}}, 20s));
    EXPECT_TRUE(eventually([&] { return first->told("crm") > 0; }));
    const auto told = second->told("crm");
    ASSERT_TRUE(pg::apply(*database_, pause_request{"crm", true}, 20s));
    EXPECT_TRUE(eventually([&] { return second->told("crm") > told; }));
    EXPECT_TRUE(second->open("crm").paused);
    EXPECT_TRUE(first->open("crm").paused);
}

TEST_F(keeper_test, notices_events_of_other_daemons) {
    const auto daemon = start();
    ASSERT_TRUE(daemon->open("crm").held);
    ASSERT_TRUE(daemon->read_after(0).empty());
    const int before = daemon->arrivals;
    put(1);
    EXPECT_TRUE(eventually([&] { return daemon->arrivals > before; }));
    EXPECT_EQ(daemon->read_after(0).size(), 1U);
}

TEST_F(keeper_test, one_of_several_daemons_removes_what_is_old) {
    auto eager = settings();
    eager.retain = 0ms;
    eager.sweep_every = 0ms;
    auto first = start(eager);
    const auto second = start(eager);
    ASSERT_TRUE(first->open("crm").held);
    put(3);
    ASSERT_TRUE(first->settle(to(2)));
    EXPECT_TRUE(eventually([&] { return count("events") == 1; }));
    EXPECT_EQ(ask("SELECT count(*) FROM leases WHERE name = 'retention'"), "1");
    first.reset();
    ASSERT_TRUE(second->holds_in_the_end("crm"));
    ASSERT_TRUE(second->settle(to(3)));
    EXPECT_TRUE(eventually([&] { return count("events") == 0; }));
}

TEST_F(keeper_test, removes_the_oldest_to_keep_to_a_size) {
    put(2);
    ASSERT_TRUE(pg::place_sink(*database_, "crm", soon()));
    (void)ask(
        "UPDATE events SET body = (SELECT string_agg(sha256((n::text)::bytea), ''::bytea) FROM"
        " generate_series(1, 50000) n) WHERE number = 1");
    auto bounded = settings();
    bounded.max_size = 1'000'000;
    bounded.sweep_every = 0ms;
    const auto daemon = start(bounded);
    ASSERT_TRUE(daemon->open("crm").held);
    EXPECT_TRUE(eventually([&] { return count("events") == 1; }));
    EXPECT_EQ(ask("SELECT number FROM events"), "2");
}

TEST_F(keeper_test, without_a_server_says_why_and_places_the_sinks_when_it_comes) {
    std::atomic<bool> reachable = false;
    const auto open = [&reachable]() -> pg::answer<pg::connection> {
        if (reachable)
            return open_connection();
        return pg::error{errc::unavailable, "", "no server answers"};
    };
    put(2);
    delivering_daemon daemon(open, settings(), daemon_);
    EXPECT_FALSE(daemon.open("crm").held);
    EXPECT_EQ(daemon.trouble(), "no server answers");
    EXPECT_TRUE(daemon.has_unplaced_sinks());
    const auto told = daemon.told("crm");
    reachable = true;
    EXPECT_TRUE(eventually([&] { return daemon.told("crm") > told; }));
    EXPECT_FALSE(daemon.has_unplaced_sinks());
    put(1);
    const auto opened = daemon.open("crm");
    EXPECT_TRUE(opened.held);
    EXPECT_EQ(opened.position, 2);
    EXPECT_TRUE(eventually([&] { return !daemon.trouble(); }));
    // Later on it says so.
    reachable = false;
    end_connections();
    EXPECT_TRUE(eventually([&] { return !daemon.try_open("crm"); }));
    EXPECT_FALSE(daemon.has_unplaced_sinks());
    reachable = true;
    EXPECT_TRUE(eventually([&] { return static_cast<bool>(daemon.try_open("crm")); }));
}

}  // namespace
}  // namespace shopbell::test
