#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/inbox_file.hpp"
#include "support/random_seed.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <system_error>
#include <thread>

namespace shopbell::test {
namespace {

constexpr int clients = 4;
constexpr std::size_t envelope = 400;  // bytes of an event in which its id and subject stand
constexpr long long orders = 40;

int delivery_rounds() {
    const char* const wanted = std::getenv("SHOPBELL_KILL_ROUNDS");
    return wanted == nullptr ? 4 : std::atoi(wanted);
}

/// What one sink got, in the order it came.
struct arrived {
    std::string id;
    std::string subject;
};

std::string member(std::string_view document, std::string_view name) {
    const auto key = '"' + std::string(name) + "\":\"";
    const auto start = document.find(key) + key.size();
    return std::string(document.substr(start, document.find('"', start) - start));
}

arrived read_arrival(std::string_view document) {
    return {member(document, "id"), member(document, "subject")};
}

std::vector<arrived> taken_by(const http_peer& target) {
    std::vector<arrived> all;
    for (const auto& one : target.requests()) {
        if (one.answered == 200)
            all.push_back(read_arrival(one.body));
    }
    return all;
}

std::vector<arrived> taken_by(const std::string& file) {
    std::vector<arrived> all;
    for (const auto& one : read_events(file))
        all.push_back({one["id"].get<std::string>(), one["subject"].get<std::string>()});
    return all;
}

/// Posts until the daemon is gone; returns the ids that were acknowledged.
std::vector<std::string> post(std::uint16_t port, std::atomic<long long>& next) {
    std::vector<std::string> told;
    try {
        raw_client client(port);
        for (;;) {
            const auto number = ++next;
            const auto body = jumpseller_order(number % orders, "paid", "note " + std::to_string(number));
            const auto answer = read_receipt(client.ask(jumpseller_request("order_paid", body).bytes()));
            if (answer.status != 200)
                break;
            told.push_back(answer.id);
        }
    } catch (const std::system_error&) {
        // Killed before it could accept.
    }
    return told;
}

/// A target that fails every third time, at random.
std::vector<answer> flaky_script() {
    std::minstd_rand random(1);
    std::vector<answer> script;
    for (int i = 0; i < 1'000'000; ++i)
        script.push_back({.status = random() % 3 == 0 ? 503U : 200U});
    return script;
}

std::size_t missing(const std::set<std::string>& promised, const std::vector<arrived>& got) {
    auto left = promised;
    for (const auto& one : got)
        left.erase(one.id);
    return left.size();
}

/// Events whose first arrival came after a later one of the same subject: ids ascend in the order accepted.
std::size_t out_of_order(const std::vector<arrived>& got) {
    std::set<std::string> seen;
    std::map<std::string, std::string> latest;
    std::size_t wrong = 0;
    for (const auto& one : got) {
        if (!seen.insert(one.id).second)
            continue;
        auto& last = latest[one.subject];
        if (one.id < last)
            ++wrong;
        last = std::max(last, one.id);
    }
    return wrong;
}

/// Events that some sink has still to get.
std::size_t lag(const shop& place) {
    std::size_t events = 0;
    for (const auto& one : place.ask({"sinks"}))
        events += one["lag"]["events"].get<std::size_t>();
    return events;
}

std::size_t repeats(const std::vector<arrived>& got) {
    std::set<std::string> ids;
    for (const auto& one : got)
        ids.insert(one.id);
    return got.size() - ids.size();
}

/// One life of the daemon under load, ended as `end` does it; what was acknowledged goes to `promised`.
template <class End>
void live(const shop& place, std::atomic<long long>& next, std::set<std::string>& promised, End end) {
    daemon running(place.config());
    std::vector<std::vector<std::string>> told(clients);
    std::vector<std::thread> stores;
    for (auto& mine : told)
        stores.emplace_back([&] { mine = post(running.port(), next); });
    end(running);
    for (auto& one : stores)
        one.join();
    for (const auto& mine : told)
        promised.insert(mine.begin(), mine.end());
}

TEST(kill_9_every_second, leaves_no_sink_without_an_event_or_out_of_order) {
    const http_peer steady({}, 0, envelope);
    const http_peer flaky(flaky_script(), 0, envelope);
    shop place;
    place.write_config({.operated = true,
                        .sinks = place.file_and_log() + forward_sink("steady", steady.url()) +
                                 forward_sink("flaky", flaky.url())});
    std::set<std::string> promised;
    std::atomic<long long> next = 0;
    for (int round = 0; round < delivery_rounds(); ++round) {
        live(place, next, promised, [](daemon& running) {
            EXPECT_FALSE(running.ends_within(std::chrono::seconds(1))) << running.written();
            running.kill();
        });
    }
    ASSERT_FALSE(promised.empty());

    daemon last(place.config());
    EXPECT_TRUE(eventually([&] { return lag(place) == 0; }, std::chrono::seconds(120)));
    EXPECT_EQ(last.stop().code, 0);

    const std::map<std::string, std::vector<arrived>> sinks = {
        {"file", taken_by(place.events())}, {"steady", taken_by(steady)}, {"flaky", taken_by(flaky)}};
    std::cout << "kills=" << delivery_rounds() << " acknowledged=" << promised.size() << '\n';
    for (const auto& [name, got] : sinks) {
        std::cout << "sink=" << name << " arrivals=" << got.size() << " repeats=" << repeats(got)
                  << " missing=" << missing(promised, got) << " out_of_order=" << out_of_order(got) << '\n';
        EXPECT_EQ(missing(promised, got), 0U) << name;
        EXPECT_EQ(out_of_order(got), 0U) << name;
    }
    // What was in flight or not yet recorded at a kill may come twice: a window's worth at most.
    EXPECT_LE(repeats(sinks.at("steady")), static_cast<std::size_t>(delivery_rounds()) * 64);
    EXPECT_EQ(check_integrity(place.inbox()), "ok");
}

TEST(any_signal_in_the_middle_of_a_batch, loses_nothing) {
    const http_peer flaky(flaky_script(), 0, envelope);
    shop place;
    place.write_config(
        {.operated = true, .sinks = place.file_and_log() + forward_sink("flaky", flaky.url())});
    std::set<std::string> promised;
    std::atomic<long long> next = 0;
    std::minstd_rand random(random_seed());
    std::size_t hang_ups = 0;
    for (int round = 0; round < delivery_rounds() * 2; ++round) {
        const bool is_kill = round % 2 == 0;
        const std::chrono::milliseconds pause(std::uniform_int_distribution<int>(1, 40)(random));
        live(place, next, promised, [&](daemon& running) {
            for (int i = 0; i < 5; ++i, ++hang_ups) {
                running.signal(SIGHUP);
                EXPECT_FALSE(running.ends_within(pause)) << running.written();
            }
            if (is_kill)
                running.kill();
            else
                EXPECT_EQ(running.stop().code, 0);
        });
    }
    daemon last(place.config());
    EXPECT_TRUE(eventually([&] { return lag(place) == 0; }, std::chrono::seconds(120)));
    EXPECT_EQ(last.stop().code, 0);
    std::cout << "hang_ups=" << hang_ups << " stops=" << delivery_rounds() << " kills=" << delivery_rounds()
              << " acknowledged=" << promised.size()
              << " missing_in_file=" << missing(promised, taken_by(place.events()))
              << " missing_at_target=" << missing(promised, taken_by(flaky)) << '\n';
    EXPECT_FALSE(promised.empty());
    EXPECT_EQ(missing(promised, taken_by(place.events())), 0U);
    EXPECT_EQ(missing(promised, taken_by(flaky)), 0U);
    EXPECT_EQ(out_of_order(taken_by(flaky)), 0U);
}

}  // namespace
}  // namespace shopbell::test
