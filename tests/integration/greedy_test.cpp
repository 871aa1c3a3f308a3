#include "support/crowd.hpp"
#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

// Slow and greedy clients, and a genuine store beside them that must not notice.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Far above what it takes (milliseconds), well below the patience of a store.
constexpr auto in_time = 5s;

/// Delivers while something else goes on.
class genuine_store {
public:
    void deliver(raw_client client) {
        const auto start = clock::now();
        const auto answer =
            read_receipt(client.ask(usaepay_request("genuine-" + std::to_string(++count_)).bytes()));
        slowest_ = std::max(slowest_, std::chrono::ceil<std::chrono::milliseconds>(clock::now() - start));
        EXPECT_EQ(answer.status, 200U) << answer.raw.head;
        EXPECT_EQ(answer.outcome, "accepted");
    }

    void expect_in_time(std::string_view meanwhile) const {
        std::cout << meanwhile << ": genuine=" << count_ << " slowest_ms=" << slowest_.count() << '\n';
        EXPECT_GT(count_, 0);
        EXPECT_LT(slowest_, in_time);
    }

private:
    int count_ = 0;
    std::chrono::milliseconds slowest_{0};
};

/// Ceiling of what a connection that has sent little may cost in memory, and room for what the daemon needs
/// for its ordinary work. Sanitizers take their own, and keep what is freed.
void expect_memory_below(const usage& before, const usage& after, std::size_t connections) {
    const auto grown = after.peak_kib - before.resident_kib;
    std::cout << "connections=" << connections << " grown_kib=" << grown << '\n';
#ifndef SHOPBELL_SANITIZED
    constexpr long long each_kib = 24, ordinary_kib = 24 * 1024;
    EXPECT_LT(grown, ordinary_kib + each_kib * static_cast<long long>(connections));
#endif
}

void expect_descriptors_back(const daemon& running, const usage& before) {
    constexpr std::size_t slack = 3;  // the daemon's own come and go
    EXPECT_TRUE(eventually([&] { return usage_of(running.id()).descriptors <= before.descriptors + slack; }))
        << usage_of(running.id()).descriptors << " instead of " << before.descriptors;
}

const std::string head = "POST /hooks/usaepay HTTP/1.1\r\nHost: a.example\r\n";

std::string many_forged() {
    std::string all;
    for (int i = 0; i < 2000; ++i)
        all += usaepay_request("forged", "wrong").bytes();
    return all;
}

struct slow_row {
    const char* name;
    std::string first;
    std::string drip;
    unsigned status = 0;  ///< 0: the end comes without an answer
    bool reads = true;
};

class slow_clients : public testing::TestWithParam<slow_row> {};

TEST_P(slow_clients, are_ended_by_the_deadline_and_delay_nobody) {
    constexpr std::size_t count = 300;
    constexpr auto deadline = 2s;
    const auto& row = GetParam();
    const shop place({.server = "header_timeout = \"2s\"\nbody_timeout = \"2s\"\nidle_timeout = \"1h\""});
    daemon running(place.config());
    genuine_store store;
    store.deliver(raw_client(running.port()));
    (void)wait_for_events(place.events(), 1);
    const auto before = usage_of(running.id());

    crowd slow(running.port(), count, {row.first, row.reads});
    const auto start = clock::now();
    while (slow.open_after(50ms) > 0) {
        ASSERT_LT(clock::now() - start, deadline + 20s) << "they keep their connections by dripping";
        slow.send(row.drip);
        store.deliver(raw_client(running.port()));
    }
    store.expect_in_time(row.name);
    if (row.status != 0) {
        EXPECT_EQ(slow.answered(row.status), count);
    }
    expect_memory_below(before, usage_of(running.id()), count);
    expect_descriptors_back(running, before);
    EXPECT_EQ(running.stop().code, 0);
}

const slow_row slow_rows[] = {
    {"silent", "", ""},
    {"slow_header", head, "X-A: b\r\n", 408},
    {"slow_header_bytes", head + "X-Slow: ", "a", 408},
    {"slow_body", head + "Content-Length: 100000\r\n\r\n", "x", 408},
    {"slow_chunks", head + "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 408},
    {"slow_read", many_forged(), "", 0, false},
};

INSTANTIATE_TEST_SUITE_P(of_each_kind, slow_clients, testing::ValuesIn(slow_rows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ten_thousand_idle_connections, delay_nobody_and_cost_little) {
    const auto count = std::min<std::size_t>(10'000, most_connections());
    const shop place({.server = "header_timeout = \"5m\"\nmax_connections = 20000"});
    daemon running(place.config());
    genuine_store store;
    store.deliver(raw_client(running.port()));
    (void)wait_for_events(place.events(), 1);
    const auto before = usage_of(running.id());
    {
        crowd idle(running.port(), count, {});
        for (int i = 0; i < 20; ++i)
            store.deliver(raw_client(running.port()));
        EXPECT_EQ(idle.open_after(0ms), count);
        EXPECT_GE(usage_of(running.id()).descriptors, count);
    }
    store.expect_in_time("idle");
    expect_descriptors_back(running, before);
    expect_memory_below(before, usage_of(running.id()), count);
    EXPECT_EQ(running.stop().code, 0);
}

TEST(a_flood_of_connects, delays_nobody_and_leaves_nothing) {
    constexpr int count = 5'000;
    const shop place;
    daemon running(place.config());
    genuine_store store;
    store.deliver(raw_client(running.port()));
    (void)wait_for_events(place.events(), 1);
    const auto before = usage_of(running.id());
    const auto start = clock::now();
    for (int i = 0; i < count; ++i) {
        raw_client one(running.port());
        if (i % 2 == 0)
            one.reset();
        if (i % 250 == 0)
            store.deliver(raw_client(running.port()));
    }
    const std::chrono::duration<double> took = clock::now() - start;
    std::cout << "connects_per_second=" << static_cast<int>(count / took.count()) << '\n';
    store.expect_in_time("flood");
    expect_descriptors_back(running, before);
    expect_memory_below(before, usage_of(running.id()), 256);
    EXPECT_EQ(running.stop().code, 0);
}

TEST(a_client_that_takes_every_connection, gets_no_more_than_its_share) {
    constexpr std::size_t share = 20, count = 100;
    const shop place({.server =
                          "max_connections = 50\nmax_connections_per_client = 20\ntrusted_proxies = []\n"
                          "header_timeout = \"5m\""});
    daemon running(place.config());
    genuine_store store;
    const from_address elsewhere{"127.0.0.2"};
    crowd greedy(running.port(), count, {});
    EXPECT_TRUE(eventually([&] { return greedy.open_after(50ms) == share; }));
    EXPECT_GT(greedy.answered(503), 0U);
    for (int i = 0; i < 20; ++i)
        store.deliver(raw_client(running.port(), elsewhere));
    store.expect_in_time("every connection");
    (void)running.wait_for_log({"too many connections of one client", R"("client":"127.0.0.1")"});
    EXPECT_EQ(greedy.open_after(0ms), share) << "those it has are served on";
    EXPECT_EQ(running.stop().code, 0);
}

std::string in_chunks(std::size_t size) {
    constexpr std::size_t each = 0x1000;
    std::string all = head + "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t sent = 0; sent < size; sent += each)
        all += "1000\r\n" + std::string(each, 'x') + "\r\n";
    return all + "0\r\n\r\n";
}

std::string announced(std::size_t size) {
    return head + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

TEST(bodies_beyond_the_limit, are_refused_before_they_come_and_cost_nothing) {
    constexpr std::size_t limit = 64 * 1024, count = 100;
    const shop place({.server = "max_body = \"64KiB\""});
    daemon running(place.config());
    genuine_store store;
    store.deliver(raw_client(running.port()));
    (void)wait_for_events(place.events(), 1);
    const auto before = usage_of(running.id());
    EXPECT_EQ(running.send(usaepay_signed(std::string(limit, 'x'))).status, 200U);
    // Whole and within the limit: it is for the signature to refuse.
    EXPECT_EQ(raw_client(running.port()).ask(in_chunks(limit)).status, 401U);
    for (const auto& beyond :
         {announced(limit + 1), announced(limit * 100), in_chunks(limit + 1), in_chunks(limit * 100)}) {
        crowd large(running.port(), count, {beyond});
        const auto start = clock::now();
        while (large.open_after(50ms) > 0) {
            ASSERT_LT(clock::now() - start, 20s);
            store.deliver(raw_client(running.port()));
        }
        EXPECT_EQ(large.answered(413), count) << beyond.substr(0, 120);
    }
    store.expect_in_time("large bodies");
    // Chunked ones are read up to the limit, in a buffer that doubles.
    expect_memory_below(before, usage_of(running.id()), count + count * 2 * limit / (24 * 1024));
    expect_descriptors_back(running, before);
    EXPECT_EQ(running.stop().code, 0);
}

TEST(long_bodies_of_many, take_so_much_memory_and_no_more) {
    constexpr std::size_t count = 400, portion = 64 * 1024, portions = 24;
    const shop place({.server = "max_body = \"4MiB\""});
    daemon running(place.config());
    genuine_store store;
    store.deliver(raw_client(running.port()));
    (void)wait_for_events(place.events(), 1);
    const auto before = usage_of(running.id());
    {
        crowd greedy(running.port(), count, {announced(4 * 1024 * 1024)});
        const std::string more(portion, 'x');
        for (std::size_t i = 0; i < portions; ++i) {
            greedy.send(more);
            (void)greedy.open_after(0ms);
            store.deliver(raw_client(running.port()));
        }
        EXPECT_GT(greedy.answered(503), 0U);
        EXPECT_GT(greedy.open_after(0ms), 0U);
    }
    store.expect_in_time("long bodies");
    // What all bodies may take, and of each the first 64 KiB and what is being read.
    expect_memory_below(before, usage_of(running.id()), (256 * 1024 + count * 2 * 64) / 24 + count);
    EXPECT_TRUE(eventually(
        [&] { return running.send(usaepay_signed(std::string(1024 * 1024, 'x'))).status == 200; }));
    expect_descriptors_back(running, before);
    EXPECT_EQ(running.stop().code, 0);
}

TEST(descriptors_that_run_out, leave_inbox_sinks_and_log_at_work) {
    constexpr std::size_t count = 200;
    const shop place({.server = "header_timeout = \"2s\""});
    auto how = serve(place.config());
    how.arguments.insert(how.arguments.begin(), {"/usr/bin/prlimit", "--nofile=64:64"});
    daemon running(how);
    raw_client kept(running.port());
    EXPECT_EQ(kept.ask(usaepay_request("before").bytes()).status, 200U);
    (void)wait_for_events(place.events(), 1);
    const auto before = usage_of(running.id());
    const auto start = clock::now();

    crowd hungry(running.port(), count, {});
    EXPECT_TRUE(eventually([&] { return hungry.open_after(50ms) < count / 2; }));
    EXPECT_EQ(kept.ask(usaepay_request("meanwhile").bytes()).status, 200U);
    (void)wait_for_events(place.events(), 2);
    (void)running.wait_for_log({"too many connections", "RLIMIT_NOFILE"});
    while (hungry.open_after(50ms) > 0)
        ASSERT_LT(clock::now() - start, 30s);

    const auto spent = usage_of(running.id()).cpu - before.cpu;
    std::cout << "cpu_ms=" << spent.count() << '\n';
    EXPECT_LT(spent, 1s) << "a busy loop";
    EXPECT_TRUE(eventually(
        [&] { return raw_client(running.port()).ask(usaepay_request("after").bytes()).status == 200; }));
    expect_descriptors_back(running, before);
    EXPECT_EQ(running.stop().code, 0);
}

}  // namespace
}  // namespace shopbell::test
