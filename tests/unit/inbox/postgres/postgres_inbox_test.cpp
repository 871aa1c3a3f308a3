#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/run.hpp"

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/postgres/postgres_inbox.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Several daemons share an inbox, and its server may fail.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

/// An inbox as one daemon has it, with calls that wait for their answer.
class daemons_inbox {
public:
    explicit daemons_inbox(const postgres_settings& chosen)
        : inbox_(open_postgres_inbox(chosen, log::null()).value()),
          arriving_(inbox_->on_arrival([this] { ++arrivals; })),
          changing_(inbox_->on_sink_change([this](const std::string&) { ++changes; })) {}

    result<receipt> put(const std::string& identity) {
        arrival delivery;
        delivery.endpoint = "shop";
        delivery.provider = "jumpseller";
        delivery.type = "jumpseller.order.paid";
        delivery.subject = "order/1";
        delivery.identity = identity;
        delivery.body = "{}";
        return run(context_, inbox_->put(std::move(delivery)));
    }
    result<sink_progress> open(const std::string& sink) { return run(context_, inbox_->open_sink(sink)); }
    bool holds(const std::string& sink) {
        const auto opened = open(sink);
        return opened && opened->held;
    }
    bool may_begin(const std::string& sink) const {
        return std::chrono::steady_clock::now() < inbox_->held_until(sink);
    }
    result<void> settle(const std::string& sink, sequence position) {
        settlement results;
        results.sink = sink;
        results.position = position;
        return run(context_, inbox_->settle(std::move(results)));
    }
    result<std::size_t> apply(change decision) { return run(context_, inbox_->apply(std::move(decision))); }
    result<std::vector<stored_event>> read_after(sequence position) {
        return run(context_, inbox_->read_after(position, 1000, 1'000'000));
    }
    std::vector<pending_delivery> queued(const std::string& sink) {
        return run(context_, inbox_->read_queued(sink, 0, 100)).value();
    }
    std::optional<std::string> trouble() const { return inbox_->trouble(); }

    std::atomic<int> arrivals = 0, changes = 0;

private:
    boost::asio::io_context context_{1};
    std::unique_ptr<inbox> inbox_;
    subscription arriving_, changing_;
};

class postgres_inbox_test : public ::testing::Test {
protected:
    void SetUp() override {
        if (!postgres_server::is_installed())
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
        server_.emplace();
    }

    [[nodiscard]] postgres_settings settings() const {
        postgres_settings chosen;
        chosen.hosts = {"127.0.0.1"};
        chosen.port = server_->port();
        chosen.database = "shop";
        chosen.user = "shop";
        chosen.standby = standby_demand::none;
        return chosen;
    }

    std::optional<postgres_server> server_;
};

TEST_F(postgres_inbox_test, what_one_daemon_accepts_another_delivers) {
    daemons_inbox receiving(settings()), delivering(settings());
    ASSERT_TRUE(delivering.holds("crm"));
    const int before = delivering.arrivals;
    const auto stored = receiving.put("one").value();
    EXPECT_FALSE(stored.duplicate);
    EXPECT_TRUE(eventually([&] { return delivering.arrivals > before; }));
    const auto events = delivering.read_after(0).value();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].id, stored.id);
    EXPECT_FALSE(receiving.settle("crm", 1));
    EXPECT_TRUE(delivering.settle("crm", 1));
    const auto repeated = delivering.put("one").value();
    EXPECT_TRUE(repeated.duplicate);
    EXPECT_EQ(repeated.id, stored.id);
}

TEST_F(postgres_inbox_test, what_people_decide_at_one_daemon_another_sees) {
    daemons_inbox asked(settings()), delivering(settings());
    ASSERT_TRUE(delivering.holds("crm"));
    ASSERT_FALSE(asked.holds("crm"));
    ASSERT_TRUE(asked.put("one"));
    ASSERT_TRUE(delivering.settle("crm", 1));
    int before = delivering.changes;
    ASSERT_EQ(asked.apply(replay_request{"crm", {1}}).value(), 1U);
    EXPECT_TRUE(eventually([&] { return delivering.changes > before; }));
    EXPECT_TRUE(delivering.holds("crm"));
    EXPECT_EQ(delivering.queued("crm").size(), 1U);
    before = delivering.changes;
    ASSERT_EQ(asked.apply(pause_request{"crm", true}).value(), 1U);
    EXPECT_TRUE(eventually([&] { return delivering.changes > before; }));
    EXPECT_TRUE(delivering.open("crm")->paused);
}

TEST_F(postgres_inbox_test, a_daemon_that_leaves_gives_its_sinks_and_their_place_to_another) {
    std::optional<daemons_inbox> first(settings());
    daemons_inbox second(settings());
    ASSERT_TRUE(first->holds("crm"));
    ASSERT_FALSE(second.holds("crm"));
    for (const auto* identity : {"one", "two", "three"})
        ASSERT_TRUE(first->put(identity));
    ASSERT_EQ(first->read_after(0)->size(), 3U);
    ASSERT_TRUE(first->settle("crm", 2));
    const auto left = std::chrono::steady_clock::now();
    first.reset();
    EXPECT_TRUE(eventually([&] { return second.holds("crm"); }));
    EXPECT_LT(std::chrono::steady_clock::now() - left, 3s);
    EXPECT_EQ(second.open("crm")->position, 2);
    EXPECT_EQ(second.read_after(2)->size(), 1U);
}

TEST_F(postgres_inbox_test, behind_a_failover_a_sink_goes_on_where_it_was_and_skips_nothing) {
    postgres_server standby(postgres_server::standby_of{*server_});
    (void)server_->ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    (void)server_->ask("SELECT pg_reload_conf()");
    ASSERT_TRUE(eventually([&] {
        return server_->ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1";
    }));
    auto chosen = settings();
    chosen.hosts = {"127.0.0.1", "127.0.0.2"};
    chosen.standby = standby_demand::provider;
    chosen.patience = 60s;
    daemons_inbox store(chosen);
    ASSERT_TRUE(eventually([&] { return store.holds("crm"); }));
    std::vector<std::string> accepted;
    for (int i = 0; i < 30; ++i)
        accepted.push_back(store.put(std::to_string(i)).value().id);
    const auto window = store.read_after(0).value();
    ASSERT_EQ(window.size(), 30U);
    ASSERT_TRUE(store.settle("crm", 10));
    const int before = store.changes;
    server_->kill();
    standby.promote();
    for (int i = 30; i < 40; ++i)
        accepted.push_back(store.put(std::to_string(i)).value().id);
    EXPECT_TRUE(eventually([&] { return store.changes > before; }));
    EXPECT_TRUE(eventually([&] { return store.holds("crm"); }));
    EXPECT_TRUE(store.may_begin("crm"));
    const auto position = store.open("crm")->position;
    EXPECT_EQ(position, 10);
    std::vector<std::string> delivered(accepted.begin(), accepted.begin() + 10);
    const auto rest = store.read_after(position).value();
    for (const auto& event : rest)
        delivered.push_back(event.id);
    EXPECT_EQ(delivered, accepted);
    ASSERT_FALSE(rest.empty());
    EXPECT_TRUE(store.settle("crm", rest.back().number));
}

TEST_F(postgres_inbox_test, what_is_stored_before_its_sinks_have_a_place_is_refused) {
    auto nowhere = settings();
    nowhere.port = 1;
    nowhere.patience = 300ms;
    daemons_inbox store(nowhere);
    EXPECT_FALSE(store.holds("crm"));
    const auto refused = store.put("one");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_TRUE(store.trouble());
}

}  // namespace
}  // namespace shopbell::test
