#include "support/daemon.hpp"
#include "support/inbox_file.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

namespace shopbell::test {
namespace {

using steady = std::chrono::steady_clock;

/// Few by default: SHOPBELL_STORED_EVENTS=2000000 is the real run, and prints what is asked of it.
long long stored_events() {
    const char* const wanted = std::getenv("SHOPBELL_STORED_EVENTS");
#ifdef SHOPBELL_SANITIZED  // where making them takes most of the time
    constexpr long long few = 2'000;
#else
    constexpr long long few = 20'000;
#endif
    return wanted == nullptr ? few : std::atoll(wanted);
}

long long milliseconds(steady::duration took) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
}

long long memory_kib(::pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:"))
            return std::stoll(line.substr(6));
    }
    return 0;
}

/// Events of about a kilobyte each, delivered to every sink, with identities as a store's would be: mostly
/// ascending, then random.
void fill(const shop& place, long long count) {
    inbox_file inbox(place.inbox());
    const auto n = std::to_string(count);
    inbox.execute(
        "PRAGMA synchronous=OFF; BEGIN;"
        "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < " +
        n +
        ")"
        " INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store, headers,"
        " identity, body) SELECT 1000 + n, printf('%08x-%04x-7000-8000-%012x', 26000000 + n / 65536,"
        " n % 65536, n), 1703936000000 + n, 'jumpseller', 'jumpseller', 'jumpseller.order.paid',"
        " 'order/' || n, 'mystore', 'Content-Type: application/json',"
        " cast(printf('%08d', n) AS blob) || randomblob(16),"
        " cast('{\"order\":{\"id\":' || n || ',\"note\":\"' || hex(randomblob(450)) || '\"}}' AS blob)"
        " FROM counted;"
        "UPDATE sinks SET position = (SELECT max(number) FROM events); COMMIT;");
}

struct answer_times {
    std::vector<steady::duration> all;

    [[nodiscard]] long long microseconds(double share) {
        std::sort(all.begin(), all.end());
        const auto at = static_cast<std::size_t>(share * static_cast<double>(all.size() - 1));
        return std::chrono::duration_cast<std::chrono::microseconds>(all[at]).count();
    }
};

/// What stores wait for, eight at a time.
void post(std::uint16_t port, std::atomic<long long>& next, answer_times& into) {
    constexpr int clients = 8;
    constexpr int requests = 250;
    std::vector<answer_times> times(clients);
    std::vector<std::thread> stores;
    for (auto& mine : times) {
        stores.emplace_back([&] {
            raw_client client(port);
            for (int i = 0; i < requests; ++i) {
                const auto bytes =
                    jumpseller_request("order_paid", jumpseller_order(++next, "paid", std::string(800, 'x')))
                        .bytes();
                const auto start = steady::now();
                EXPECT_EQ(client.ask(bytes).status, 200U);
                mine.all.push_back(steady::now() - start);
            }
        });
    }
    for (auto& one : stores)
        one.join();
    for (const auto& mine : times)
        into.all.insert(into.all.end(), mine.all.begin(), mine.all.end());
}

TEST(an_inbox_with_many_events, starts_and_answers_like_an_empty_one) {
    const auto count = stored_events();
    const shop_settings settings{.operated = true, .inbox = "min_free = \"1MiB\"\nretain = \"36000d\""};
    shop empty, full;
    empty.write_config(settings);
    full.write_config(settings);
    for (const auto* const place : {&empty, &full}) {
        daemon first(place->config());  // makes the file
        EXPECT_EQ(first.stop().code, 0);
    }
    fill(full, count);

    std::atomic<long long> next = 10'000'000;
    answer_times with_none, with_many;
    long long start_none = 0, start_many = 0, memory_none = 0, memory_many = 0;
    for (int round = 0; round < 3; ++round) {
        for (const bool is_full : {false, true}) {
            const auto begun = steady::now();
            daemon running(is_full ? full.config() : empty.config());
            (is_full ? start_many : start_none) += milliseconds(steady::now() - begun);
            post(running.port(), next, is_full ? with_many : with_none);
            (is_full ? memory_many : memory_none) = memory_kib(running.id());
            EXPECT_EQ(running.stop().code, 0);
        }
    }
    std::cout << "stored=" << count << " start_ms empty=" << start_none / 3 << " full=" << start_many / 3
              << "\nmemory_kib empty=" << memory_none << " full=" << memory_many
              << "\nanswer_us p50 empty=" << with_none.microseconds(0.5)
              << " full=" << with_many.microseconds(0.5) << ", p99 empty=" << with_none.microseconds(0.99)
              << " full=" << with_many.microseconds(0.99) << '\n';
    const auto begun = steady::now();
    EXPECT_EQ(full.ask({"events", "--limit", "20"}).size(), 20U);
    EXPECT_EQ(full.ask({"events", "--until", "2023-12-30T11:33:21Z", "--limit", "5"}).size(), 5U);
    std::cout << "two lists of a stopped daemon's inbox: " << milliseconds(steady::now() - begun) << " ms\n";
    EXPECT_LT(memory_many, memory_none + 64LL * 1024) << "the backlog is on disk";
}

}  // namespace
}  // namespace shopbell::test
