#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/postgres_server.hpp"
#include "support/raw_client.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

// The real binary with its inbox on PostgreSQL, alone and with others.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

/// [inbox] on the server of the test, in the place of a path.
std::string postgres_keys(const postgres_server& server, const std::string& hosts = "\"127.0.0.1\"",
                          const std::string& standby = "none") {
    return "engine = \"postgres\"\n[inbox.postgres]\nhosts = " + hosts +
           "\nport = " + std::to_string(server.port()) +
           "\ndatabase = \"shop\"\nuser = \"shop\"\npassword = \"of no use\"\npatience = \"30s\"\nstandby = "
           "\"" +
           standby + "\"\n";
}

std::string file_sink(const std::string& name, const std::string& path) {
    return "[[sink]]\nname = \"" + name + "\"\ntype = \"file\"\npath = \"" + path +
           "\"\n[[route]]\nevents = [\"**\"]\nsinks = [\"" + name + "\"]\n";
}

/// Stores that keep sending until they are stopped or get no answer.
class selling_stores {
public:
    explicit selling_stores(std::uint16_t port) : told_(8) {
        for (std::size_t store = 0; store < told_.size(); ++store)
            threads_.emplace_back([this, port, store] { sell(port, store); });
    }
    ~selling_stores() { (void)wait(); }
    selling_stores(const selling_stores&) = delete;
    selling_stores& operator=(const selling_stores&) = delete;

    std::size_t acknowledged() const { return count_; }
    void stop() { selling_ = false; }
    /// The ids of what was acknowledged, once all have ended.
    std::set<std::string> wait() {
        for (auto& each : threads_) {
            if (each.joinable())
                each.join();
        }
        std::set<std::string> all;
        for (const auto& ids : told_)
            all.insert(ids.begin(), ids.end());
        return all;
    }

private:
    void sell(std::uint16_t port, std::size_t store) {
        try {
            raw_client client(port);
            for (int i = 0; selling_; ++i) {
                const auto request = usaepay_request("s" + std::to_string(store) + "-" + std::to_string(i));
                const auto answer = read_receipt(client.ask(request.bytes()));
                if (answer.status != 200)
                    break;
                told_[store].insert(answer.id);
                ++count_;
            }
        } catch (const std::system_error&) {
            // Killed before it could accept.
        }
    }

    std::vector<std::set<std::string>> told_;
    std::atomic<std::size_t> count_ = 0;
    std::atomic<bool> selling_ = true;
    std::vector<std::thread> threads_;
};

class a_cluster : public ::testing::Test {
protected:
    void SetUp() override {
        if (!postgres_server::is_installed())
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
        server_.emplace();
    }

    /// A daemon's configuration whose sinks write into the files of the test.
    [[nodiscard]] shop_settings settings(const std::vector<std::string>& sinks) const {
        shop_settings chosen;
        chosen.operated = true;
        chosen.inbox_engine = postgres_keys(*server_);
        for (const auto& name : sinks)
            chosen.sinks += file_sink(name, file_of(name));
        return chosen;
    }
    [[nodiscard]] std::string file_of(const std::string& sink) const { return folder_.file(sink + ".jsonl"); }

    /// Its daemon, which keeps what is not in the inbox beside the configuration.
    static command serve_at(const shop& place) {
        auto how = serve(place.config());
        how.environment.push_back("STATE_DIRECTORY=" + place.file("."));
        return how;
    }
    static std::string machine_name() {
        std::array<char, 256> name{};
        EXPECT_EQ(::gethostname(name.data(), name.size() - 1), 0);
        return name.data();
    }
    static std::string state_of(const shop& place, const std::string& sink) {
        for (const auto& each : place.ask({"sinks"})) {
            if (each["name"] == sink)
                return each["state"];
        }
        return "";
    }
    static std::set<std::string> ids_in(const std::string& path) {
        std::set<std::string> ids;
        for (const auto& event : read_events(path))
            ids.insert(event["id"].get<std::string>());
        return ids;
    }

    std::optional<postgres_server> server_;
    temp_dir folder_;
};

TEST_F(a_cluster, of_one_daemon_takes_every_store_and_delivers_also_after_a_restart) {
    const shop place(settings({"events"}));
    std::vector<std::string> ids;
    {
        daemon running(serve_at(place));
        for (const auto& request : {jumpseller_request("order_paid", jumpseller_order(1)),
                                    ejunkie_request("TXN1"), usaepay_request("e1")}) {
            const auto first = running.send(request);
            ASSERT_EQ(first.status, 200U) << first.outcome;
            EXPECT_EQ(first.outcome, "accepted");
            const auto again = running.send(request);
            EXPECT_EQ(again.outcome, "duplicate");
            EXPECT_EQ(again.id, first.id);
            ids.push_back(first.id);
        }
        EXPECT_EQ(wait_for_events(file_of("events"), 3).size(), 3U);
        EXPECT_EQ(place.ask({"events"}).size(), 3U);
        EXPECT_EQ(running.stop().code, 0);
    }
    daemon again(serve_at(place));
    EXPECT_EQ(again.send(usaepay_request("e1")).id, ids.back());
    EXPECT_EQ(again.send(usaepay_request("e2")).outcome, "accepted");
    EXPECT_EQ(wait_for_events(file_of("events"), 4).size(), 4U);
    EXPECT_EQ(again.stop().code, 0);
}

TEST_F(a_cluster, loses_nothing_that_was_acknowledged_when_a_daemon_is_killed_under_load) {
    const shop first(settings({"events"})), second(settings({"events"}));
    daemon surviving(serve_at(second));
    daemon dying(serve_at(first));
    selling_stores stores(dying.port());
    constexpr std::size_t enough = 60;
    EXPECT_TRUE(eventually([&] { return stores.acknowledged() >= enough; }));
    dying.kill();
    const auto promised = stores.wait();
    ASSERT_GE(promised.size(), enough);
    EXPECT_TRUE(eventually([&] { return std::ranges::includes(ids_in(file_of("events")), promised); }));
    EXPECT_EQ(surviving.stop().code, 0);
}

TEST_F(a_cluster, loses_nothing_that_was_acknowledged_when_the_primary_is_killed_under_load) {
    postgres_server standby(postgres_server::standby_of{*server_});
    (void)server_->ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    (void)server_->ask("SELECT pg_reload_conf()");
    ASSERT_TRUE(eventually([&] {
        return server_->ask("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1";
    }));
    auto chosen = settings({"events"});
    // The promoted one has no standby of its own, which the test does not start.
    chosen.inbox_engine = postgres_keys(*server_, "[\"127.0.0.1\", \"127.0.0.2\"]", "provider");
    const shop place(chosen);
    daemon running(serve_at(place));
    selling_stores stores(running.port());
    constexpr std::size_t enough = 60;
    EXPECT_TRUE(eventually([&] { return stores.acknowledged() >= enough; }));
    server_->kill();
    standby.promote();
    const auto before = stores.acknowledged();
    EXPECT_TRUE(eventually([&] { return stores.acknowledged() >= before + enough; }));
    stores.stop();
    const auto promised = stores.wait();
    EXPECT_TRUE(eventually([&] { return std::ranges::includes(ids_in(file_of("events")), promised); }));
    EXPECT_EQ(running.stop().code, 0);
}

TEST_F(a_cluster, of_two_daemons_shares_the_sinks_and_takes_over_those_of_one_that_is_killed) {
    const std::vector<std::string> sinks = {"a", "b"};
    const shop first(settings(sinks)), second(settings(sinks));
    daemon one(serve_at(first));
    const auto running_at = [&](const shop& place) {
        return std::ranges::count_if(sinks,
                                     [&](const auto& sink) { return state_of(place, sink) == "running"; });
    };
    EXPECT_TRUE(eventually([&] { return running_at(first) == 2; }));
    daemon other(serve_at(second));
    EXPECT_TRUE(eventually([&] { return running_at(first) == 1 && running_at(second) == 1; }));

    // Either takes what a store sends, and each sink gets it from whoever holds it.
    const auto sent = one.send(usaepay_request("e1")).id;
    for (const auto& sink : sinks)
        wait_for_text(file_of(sink), sent);
    one.kill();
    const auto died = std::chrono::steady_clock::now();
    const auto after = other.send(usaepay_request("e2")).id;
    for (const auto& sink : sinks)
        wait_for_text(file_of(sink), after);
    EXPECT_LT(std::chrono::steady_clock::now() - died, 6s + 2s);  // and the time to start a delivery
    EXPECT_EQ(running_at(second), 2);
    EXPECT_EQ(other.stop().code, 0);
}

TEST_F(a_cluster, hands_the_sinks_of_a_daemon_that_stops_over_at_once) {
    const shop first(settings({"events"})), second(settings({"events"}));
    std::optional<daemon> one(serve_at(first));
    EXPECT_TRUE(eventually([&] { return state_of(first, "events") == "running"; }));
    daemon other(serve_at(second));
    EXPECT_TRUE(eventually([&] { return state_of(second, "events") == "standby"; }));
    for (const auto* const asked : {&first, &second})
        EXPECT_EQ(asked->ask({"sinks"}).at(0)["held_by"], machine_name());
    EXPECT_EQ(one->stop().code, 0);
    const auto stopped = std::chrono::steady_clock::now();
    EXPECT_TRUE(eventually([&] { return state_of(second, "events") == "running"; }));
    EXPECT_LT(std::chrono::steady_clock::now() - stopped, 4s);
    EXPECT_EQ(other.stop().code, 0);
}

TEST_F(a_cluster, starts_without_its_server_and_says_so) {
    server_->crash();
    const shop place(
        settings({"events"}));  // its patience is long: what no sink has a place for is refused at once
    daemon running(serve_at(place));
    const auto refused = running.send(usaepay_request("e1"));
    EXPECT_EQ(refused.status, 503U);
    server_->start();
    EXPECT_TRUE(eventually([&] { return running.send(usaepay_request("e1")).status == 200; }));
    EXPECT_EQ(wait_for_events(file_of("events"), 1).size(), 1U);
    EXPECT_EQ(running.stop().code, 0);
}

}  // namespace
}  // namespace shopbell::test
