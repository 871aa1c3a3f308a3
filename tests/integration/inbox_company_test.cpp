#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/inbox_file.hpp"
#include "support/operator_line.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <system_error>
#include <thread>

// Readers that hold their snapshots, backups and the doctor's integrity check, beside a daemon that receives
// under load, is killed again and again, and recovers.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t senders = 4;
constexpr auto start_bound = 5s;

int company_rounds() {
    const char* const wanted = std::getenv("SHOPBELL_KILL_ROUNDS");
    return wanted == nullptr ? 8 : std::atoi(wanted);
}

/// What stores were told, over all lives.
class promises {
public:
    void add(const std::string& id, const std::string& note) {
        const std::lock_guard lock(mutex_);
        ids_.insert(id);
        notes_.emplace(id, note);
        --unanswered_;
    }
    void asked() { ++unanswered_; }
    void refused() { --unanswered_; }

    std::set<std::string> ids() const {
        const std::lock_guard lock(mutex_);
        return ids_;
    }
    std::string note_of(const std::string& id) const {
        const std::lock_guard lock(mutex_);
        const auto found = notes_.find(id);
        return found == notes_.end() ? std::string() : found->second;
    }
    /// Requests under way, and those whose answer never came.
    std::size_t unanswered() const { return unanswered_; }

private:
    mutable std::mutex mutex_;  // guards the two below
    std::set<std::string> ids_;
    std::map<std::string, std::string> notes_;
    std::atomic<std::size_t> unanswered_ = 0;
};

/// Posts until the daemon is gone.
void post(std::uint16_t port, std::atomic<long long>& next, promises& told) {
    try {
        raw_client client(port);
        for (;;) {
            const auto number = ++next;
            const auto note = "note " + std::to_string(number) + std::string(500, 'x');
            const auto request = jumpseller_request("order_paid", jumpseller_order(number, "paid", note));
            told.asked();
            const auto answer = read_receipt(client.ask(request.bytes()));
            if (answer.status == 200) {
                told.add(answer.id, note);
                continue;
            }
            if (answer.status != 0)
                told.refused();
            return;
        }
    } catch (const std::system_error&) {
        // Killed before it could accept.
    }
}

std::set<std::string> missing(const std::set<std::string>& wanted, const std::set<std::string>& there) {
    std::set<std::string> left;
    std::ranges::set_difference(wanted, there, std::inserter(left, left.end()));
    return left;
}

/// A thread that does one thing again and again until it is destroyed.
class meanwhile {
public:
    template <class Work>
    explicit meanwhile(Work work)
        : thread_([this, work] {
              while (!stopping_)
                  work();
          }) {}
    ~meanwhile() {
        stopping_ = true;
        thread_.join();
    }
    meanwhile(const meanwhile&) = delete;
    meanwhile& operator=(const meanwhile&) = delete;

private:
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

/// A consistent copy: it holds all that was acknowledged before it was begun, and nothing that was not sent.
void expect_complete(const std::string& copy, const std::set<std::string>& before, const promises& told) {
    EXPECT_EQ(check_integrity(copy), "ok");
    const auto there = inbox_reader(copy).texts("SELECT id FROM events");
    EXPECT_EQ(missing(before, there), std::set<std::string>()) << "not in the backup";
    const auto unanswered = told.unanswered();  // before the ids: an answer moves one from here to there
    EXPECT_LE(missing(there, told.ids()).size(), unanswered) << "in the backup, but never sent";
}

/// One life of the daemon under load, however long it takes to be killed.
void live(const shop& place, std::atomic<long long>& next, promises& told, std::chrono::milliseconds life) {
    const auto begun = steady::now();
    daemon running(place.config());
    EXPECT_LE(steady::now() - begun, start_bound) << "readers keep it from starting";
    std::vector<std::thread> stores;
    for (std::size_t i = 0; i < senders; ++i)
        stores.emplace_back([&] { post(running.port(), next, told); });
    EXPECT_FALSE(running.ends_within(life)) << running.written();
    running.kill();
    for (auto& one : stores)
        one.join();
}

TEST(an_inbox_in_company, loses_nothing_and_makes_nothing_up) {
    const auto seed = std::random_device{}();
    std::cout << "seed=" << seed << '\n';
    shop place;
    place.write_config({.operated = true});
    promises told;
    std::atomic<long long> next = 0;
    {
        daemon first(place.config());  // makes the file
        EXPECT_EQ(first.stop().code, 0);
    }

    std::size_t copies = 0, checks = 0;
    std::atomic<std::size_t> snapshots = 0;
    {
        std::minstd_rand living(seed);
        // Together they leave hardly a moment without a snapshot that somebody holds.
        const auto hold_a_snapshot = [&](int milliseconds) {
            inbox_reader one(place.inbox());
            if (!one.run("BEGIN; SELECT count(*) FROM events;"))
                return;
            ++snapshots;
            std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
            (void)one.run("COMMIT");
        };
        const meanwhile first_reader([&] { hold_a_snapshot(700); });
        const meanwhile second_reader([&] { hold_a_snapshot(450); });
        const meanwhile third_reader([&] { hold_a_snapshot(1200); });
        const meanwhile backs_up([&] {
            const auto copy = place.file("copy-" + std::to_string(copies) + ".db");
            const auto before = told.ids();
            if (run_shopbell(place.config(), {"backup", copy}).status.code != 0) {
                std::filesystem::remove(copy);
                return;
            }
            ++copies;
            expect_complete(copy, before, told);
            std::filesystem::remove(copy);
        });
        const meanwhile examines([&] {
            const auto said = run_shopbell(place.config(), {"doctor"});
            EXPECT_EQ(said.output.find("damage"), std::string::npos) << said.output;
            ++checks;
        });
        for (int round = 0; round < company_rounds(); ++round)
            live(place, next, told,
                 std::chrono::milliseconds(std::uniform_int_distribution<int>(100, 900)(living)));
    }

    daemon last(place.config());
    const operator_line admin(place.file("admin.sock"));
    EXPECT_TRUE(eventually(
        [&] {
            const auto all = admin.ask("GET", "/api/sinks").document.value("sinks", nlohmann::json::array());
            return std::ranges::all_of(all, [](const auto& one) { return one["lag"]["events"] == 0; });
        },
        60s));
    EXPECT_EQ(last.stop().code, 0);

    std::set<std::string> delivered;
    for (const auto& one : read_events(place.events())) {
        const auto id = one["id"].get<std::string>();
        delivered.insert(id);
        const auto note = told.note_of(id);
        EXPECT_TRUE(note.empty() ||
                    one["data"]["payload"]["order"]["additional_information"].get<std::string>() == note);
    }
    std::cout << "rounds=" << company_rounds() << " acknowledged=" << told.ids().size()
              << " unanswered=" << told.unanswered() << " snapshots=" << snapshots << " copies=" << copies
              << " checks=" << checks << '\n';
    EXPECT_GT(copies, 0U);
    EXPECT_EQ(missing(told.ids(), delivered), std::set<std::string>()) << "acknowledged, never delivered";
    EXPECT_LE(missing(delivered, told.ids()).size(), told.unanswered()) << "delivered, never sent";
    EXPECT_EQ(check_integrity(place.inbox()), "ok");
}

}  // namespace
}  // namespace shopbell::test
