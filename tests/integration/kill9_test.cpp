#include "support/daemon.hpp"
#include "support/inbox_file.hpp"
#include "support/random_seed.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <system_error>
#include <thread>

namespace shopbell::test {
namespace {

constexpr std::size_t clients = 8;

/// What a store was told it may forget.
struct acknowledged {
    std::string id;
    std::string body;
};

int kill_rounds() {
    const char* const wanted = std::getenv("SHOPBELL_KILL_ROUNDS");
    return wanted == nullptr ? 6 : std::atoi(wanted);
}

/// Stores that keep posting until the daemon is gone.
class order_senders {
public:
    order_senders(std::uint16_t port, std::atomic<long long>& next_order)
        : next_order_(next_order), told_(clients) {
        for (auto& told : told_)
            threads_.emplace_back([this, port, &told] { post(port, told); });
    }

    void wait_for_one() const {
        while (count_ == 0)
            count_.wait(0);
    }

    /// Waits until all have noticed that the daemon is gone.
    void collect(std::vector<acknowledged>& into) {
        for (auto& one : threads_)
            one.join();
        for (auto& told : told_)
            into.insert(into.end(), told.begin(), told.end());
    }

private:
    void post(std::uint16_t port, std::vector<acknowledged>& told) {
        try {
            raw_client client(port);
            for (;;) {
                auto body = jumpseller_order(++next_order_, "paid", std::string(700, 'x'));
                const auto answer = read_receipt(client.ask(jumpseller_request("order_paid", body).bytes()));
                if (answer.status != 200 || answer.id.empty())
                    break;
                told.push_back({answer.id, std::move(body)});
                ++count_;
                count_.notify_all();
            }
        } catch (const std::system_error&) {
            // Killed before it could accept.
        }
        ++count_;
        count_.notify_all();
    }

    std::atomic<long long>& next_order_;
    std::vector<std::vector<acknowledged>> told_;
    std::atomic<std::size_t> count_ = 0;
    std::vector<std::thread> threads_;
};

TEST(kill_9_under_load, loses_nothing_that_was_acknowledged) {
    const shop place;
    std::minstd_rand random(random_seed());
    std::atomic<long long> next_order = 0;
    std::vector<acknowledged> promised;

    for (int round = 0; round < kill_rounds(); ++round) {
        daemon running(place.config());
        order_senders all(running.port(), next_order);
        all.wait_for_one();
        const std::chrono::milliseconds life(std::uniform_int_distribution<int>(100, 600)(random));
        EXPECT_FALSE(running.ends_within(life)) << running.written();
        running.kill();
        all.collect(promised);
    }
    ASSERT_FALSE(promised.empty());

    daemon last(place.config());
    const auto end = last.send(usaepay_request("the-last"));
    wait_for_text(place.events(), end.id);
    EXPECT_EQ(last.stop().code, 0);

    std::map<std::string, std::string> lines;
    const auto events = read_events(place.events());
    std::ifstream file(place.events());
    std::string line;
    for (const auto& one : events) {
        std::getline(file, line);
        const auto [known, is_new] = lines.emplace(one["id"].get<std::string>(), line);
        EXPECT_TRUE(is_new || known->second == line) << one["id"] << " came as two different events";
    }
    std::size_t lost = 0;
    for (const auto& one : promised) {
        const auto found = lines.find(one.id);
        if (found == lines.end()) {
            ++lost;
            continue;
        }
        EXPECT_NE(found->second.find("\"payload\":" + one.body), std::string::npos) << found->second;
    }
    std::cout << "rounds=" << kill_rounds() << " acknowledged=" << promised.size()
              << " lines=" << events.size() << " repeats=" << events.size() - lines.size() << " lost=" << lost
              << '\n';
    EXPECT_EQ(lost, 0U);
    EXPECT_EQ(check_integrity(place.inbox()), "ok");
}

}  // namespace
}  // namespace shopbell::test
