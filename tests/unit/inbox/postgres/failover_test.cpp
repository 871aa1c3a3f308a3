#include "writer_fixture.hpp"

#include <atomic>
#include <set>
#include <thread>

// The failure table of the design: a primary with a synchronous standby, which the test starts.

namespace shopbell::test {
namespace {

class failover_test : public put_rows_fixture, public writer_calls {
protected:
    using writer_calls::put;

    static void SetUpTestSuite() {}
    static void TearDownTestSuite() {}
    void SetUp() override {
        if (!postgres_server::is_installed())
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
        primary_.emplace();
        standby_.emplace(postgres_server::standby_of{*primary_});
        wait_for_standby("standby");
    }
    void TearDown() override { close(); }

    /// Commits of the primary wait for it from now on.
    void wait_for_standby(const std::string& names) const {
        (void)primary_->ask("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
        (void)primary_->ask("SELECT pg_reload_conf()");
        if (!names.empty()) {
            EXPECT_TRUE(eventually([&] {
                return primary_->ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") ==
                       "1";
            }));
        }
        EXPECT_TRUE(eventually([&] { return primary_->ask("SHOW synchronous_standby_names") == names; }));
    }

    [[nodiscard]] postgres_settings settings() const {
        auto chosen = writer_calls::settings(*primary_);
        chosen.hosts = {"127.0.0.1", "127.0.0.2"};
        chosen.standby = standby_demand::required;
        chosen.patience = 800ms;
        return chosen;
    }
    /// With a first event, so that tables and statements are there.
    void open(const postgres_settings& chosen) {
        writer_calls::open(chosen);
        ASSERT_TRUE(eventually([&] { return put(make("first")).has_value(); }));
    }

    void wait_until_a_commit_waits() const {
        EXPECT_TRUE(eventually([&] {
            return primary_->ask("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'") ==
                   "t";
        }));
    }
    static std::string count_events(const postgres_server& at) {
        return at.ask("SELECT count(*) FROM shopbell.events");
    }
    static void expect_unavailable(const result<receipt>& answer) {
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, errc::unavailable);
    }

    std::optional<postgres_server> primary_, standby_;
};

TEST_F(failover_test, without_its_standby_nothing_is_acknowledged_and_later_all_is_stored) {
    open(settings());
    const auto known = put(make("known")).value();
    standby_->freeze();
    expect_unavailable(put(make("new")));
    // Of a repeat neither: only the primary might have its first.
    expect_unavailable(put(make("known")));
    EXPECT_TRUE(eventually([&] { return writer_->trouble().has_value(); }));
    EXPECT_NE(writer_->trouble()->find("has not confirmed a commit"), std::string::npos);
    standby_->thaw();
    EXPECT_TRUE(eventually([&] { return !writer_->trouble(); }));
    EXPECT_TRUE(put(make("new")).value().duplicate);
    EXPECT_EQ(put(make("known")).value().id, known.id);
    EXPECT_EQ(count_events(*primary_), "3");
}

TEST_F(failover_test, a_killed_standby_stops_accepting_until_it_is_back) {
    open(settings());
    standby_->kill();
    expect_unavailable(put(make("one")));
    expect_unavailable(put(make("first")));
    standby_->start();
    EXPECT_TRUE(eventually([&] { return put(make("one")).has_value(); }));
    EXPECT_TRUE(put(make("one")).value().duplicate);
    EXPECT_EQ(count_events(*primary_), "2");
    EXPECT_TRUE(eventually([&] { return count_events(*standby_) == "2"; }));
}

TEST_F(failover_test, whoever_still_waits_is_answered_when_the_standby_is_back) {
    auto patient = settings();
    patient.patience = 60s;
    open(patient);
    standby_->freeze();
    put_answer answer;
    begin(make("one"), answer);
    EXPECT_TRUE(eventually([&] { return writer_->trouble().has_value(); }));
    standby_->thaw();
    finish();
    ASSERT_TRUE(answer && answer->has_value());
    EXPECT_FALSE((*answer)->duplicate);
    EXPECT_EQ(count_events(*primary_), "2");
}

TEST_F(failover_test, a_cancelled_wait_is_no_answer) {
    auto patient = settings();
    patient.patience = 60s;
    open(patient);
    standby_->freeze();
    put_answer answer;
    begin(make("one"), answer);
    wait_until_a_commit_waits();
    (void)primary_->ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    EXPECT_TRUE(eventually([&] { return count_events(*primary_) == "2"; }));
    wait_until_a_commit_waits();  // of the same put, sent again
    go_on();
    EXPECT_FALSE(answer);
    standby_->thaw();
    finish();
    ASSERT_TRUE(answer && answer->has_value());
    EXPECT_FALSE((*answer)->duplicate);
}

TEST_F(failover_test, a_terminated_connection_is_no_answer) {
    auto patient = settings();
    patient.patience = 60s;
    open(patient);
    standby_->freeze();
    put_answer answer;
    begin(make("one"), answer);
    wait_until_a_commit_waits();
    (void)primary_->ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    wait_until_a_commit_waits();
    go_on();
    EXPECT_FALSE(answer);
    standby_->thaw();
    finish();
    ASSERT_TRUE(answer && answer->has_value());
    EXPECT_FALSE((*answer)->duplicate);
    EXPECT_EQ(count_events(*primary_), "2");
}

/// After a crash the primary shows what no standby has.
TEST_F(failover_test, what_a_crashed_primary_shows_is_no_answer_until_the_standby_has_it) {
    open(settings());
    standby_->freeze();
    expect_unavailable(put(make("one")));
    primary_->crash();
    primary_->start();
    EXPECT_EQ(count_events(*primary_), "2");
    expect_unavailable(put(make("one")));
    standby_->thaw();
    EXPECT_TRUE(eventually([&] { return put(make("one")).has_value(); }));
    EXPECT_TRUE(put(make("one")).value().duplicate);
    EXPECT_TRUE(eventually([&] { return count_events(*standby_) == "2"; }));
}

TEST_F(failover_test, a_server_that_no_longer_waits_for_a_standby_is_not_believed) {
    open(settings());
    standby_->freeze();
    put_answer answer;
    begin(make("one"), answer);
    wait_until_a_commit_waits();
    wait_for_standby("");
    finish();
    ASSERT_TRUE(answer);
    expect_unavailable(*answer);
    expect_unavailable(put(make("two")));
    standby_->thaw();
    wait_for_standby("standby");
    EXPECT_TRUE(eventually([&] { return put(make("two")).has_value(); }));
    EXPECT_TRUE(put(make("one")).value().duplicate);
    EXPECT_EQ(count_events(*primary_), "3");
}

/// Cut from its standby, which became the primary: no commit ends there, and the other one is found.
TEST_F(failover_test, beside_an_old_primary_that_lives_the_new_one_is_found) {
    auto chosen = settings();
    chosen.standby = standby_demand::provider;
    chosen.patience = 60s;
    open(chosen);
    standby_->promote();
    const auto stored = put(make("one"));
    ASSERT_TRUE(stored) << stored.error().reason;
    EXPECT_FALSE(stored->duplicate);
    EXPECT_TRUE(eventually([&] { return count_events(*standby_) == "2"; }));
    EXPECT_TRUE(put(make("first")).value().duplicate);
}

/// What several stores send one after the other, each its own, and what they are told.
class failover_under_load_test : public failover_test {
protected:
    void sell() {
        constexpr std::size_t stores = 8;
        told_.resize(stores);
        for (std::size_t store = 0; store < stores; ++store)
            threads_.emplace_back([this, store] {
                boost::asio::io_context own{1};
                for (int i = 0; selling_; ++i) {
                    const auto name = std::to_string(store) + " " + std::to_string(i);
                    const auto answer = run(own, writer_->put(make(name)), 60s);
                    ASSERT_TRUE(answer) << answer.error().reason;
                    EXPECT_FALSE(answer->duplicate);
                    told_[store].insert(answer->id);
                    ++acknowledged_;
                }
            });
    }
    void wait_for_more(std::size_t count) const {
        const auto enough = acknowledged_ + count;
        EXPECT_TRUE(eventually([&] { return acknowledged_ >= enough; }, 40s));
    }
    void expect_all_on(const postgres_server& server) {
        selling_ = false;
        for (auto& each : threads_)
            each.join();
        const auto stored = server.ask("SELECT id FROM shopbell.events");
        for (const auto& ids : told_) {
            for (const auto& id : ids)
                EXPECT_NE(stored.find(id), std::string::npos);
        }
        EXPECT_EQ(count_events(server), std::to_string(acknowledged_ + 1));
    }

    std::atomic<std::size_t> acknowledged_ = 0;
    std::atomic<bool> selling_ = true;
    std::vector<std::set<std::string>> told_;
    std::vector<std::thread> threads_;
};

TEST_F(failover_under_load_test, a_killed_primary_takes_nothing_with_it_that_was_acknowledged) {
    auto chosen = settings();
    chosen.standby = standby_demand::provider;
    chosen.patience = 60s;
    open(chosen);
    sell();
    wait_for_more(200);
    primary_->kill();
    standby_->promote();
    wait_for_more(200);
    expect_all_on(*standby_);
}

/// With a third server the demand for a standby holds before and after.
TEST_F(failover_under_load_test, of_three_servers_any_one_may_die) {
    postgres_server third(postgres_server::standby_of{*primary_, 2});
    const std::string names = "ANY 1 (standby, standby2)";
    wait_for_standby("");
    (void)primary_->ask("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
    (void)primary_->ask("SELECT pg_reload_conf()");
    auto chosen = settings();
    chosen.hosts.emplace_back("127.0.0.3");
    chosen.patience = 60s;
    open(chosen);
    sell();
    wait_for_more(200);
    primary_->kill();

    const auto received = "SELECT pg_last_wal_receive_lsn() - '0/0'::pg_lsn";
    const bool third_has_more = std::stoll(third.ask(received)) > std::stoll(standby_->ask(received));
    auto& next = third_has_more ? third : *standby_;
    const auto& other = third_has_more ? *standby_ : third;
    next.promote();
    (void)next.ask("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
    (void)next.ask("SELECT pg_reload_conf()");
    other.follow(next);
    wait_for_more(200);
    expect_all_on(next);
}

TEST_F(failover_test, a_daemon_that_starts_before_its_servers_waits_for_them) {
    const auto chosen = settings();
    open(chosen);
    close();
    primary_->crash();
    writer_calls::open(chosen);
    EXPECT_TRUE(eventually([&] { return writer_->trouble().has_value(); }));
    EXPECT_NE(writer_->trouble()->find("PostgreSQL on 127.0.0.1"), std::string::npos) << *writer_->trouble();
    EXPECT_NE(writer_->trouble()->find("PostgreSQL on 127.0.0.2"), std::string::npos) << *writer_->trouble();
    expect_unavailable(put(make("one")));
    primary_->start();
    EXPECT_TRUE(eventually([&] { return !writer_->trouble(); }));
    EXPECT_TRUE(put(make("one")).value().duplicate);
}

}  // namespace
}  // namespace shopbell::test
