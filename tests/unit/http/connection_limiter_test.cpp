#include "../src/http/connection_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace shopbell::http {
namespace {

boost::asio::ip::address address(const char* text) {
    return boost::asio::ip::make_address(text);
}

TEST(connection_limiter, are_as_many_as_said_for_each_client) {
    connection_limiter all(2);
    const auto first = all.take(address("192.0.2.1"));
    const auto second = all.take(address("192.0.2.1"));
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(all.take(address("192.0.2.1")));
    EXPECT_TRUE(all.take(address("192.0.2.2")));
}

TEST(connection_limiter, are_there_again_once_given_back) {
    connection_limiter all(1);
    {
        auto taken = all.take(address("192.0.2.1"));
        ASSERT_TRUE(taken);
        const connection_slot moved = *std::move(taken);
        EXPECT_FALSE(all.take(address("192.0.2.1")));
    }
    EXPECT_TRUE(all.take(address("192.0.2.1")));
}

TEST(connection_limiter, remember_nobody_who_has_none) {
    connection_limiter all(1);
    {
        const auto one = all.take(address("192.0.2.1"));
        const auto other = all.take(address("2001:db8::1"));
        EXPECT_FALSE(all.take(address("192.0.2.1")));
        EXPECT_EQ(all.clients(), 2U);
    }
    EXPECT_EQ(all.clients(), 0U);
}

TEST(connection_limiter, are_common_to_a_64_network) {
    connection_limiter all(1);
    const auto taken = all.take(address("2001:db8:1:2::1"));
    EXPECT_TRUE(taken);
    EXPECT_FALSE(all.take(address("2001:db8:1:2:ffff:ffff:ffff:ffff")));
    EXPECT_TRUE(all.take(address("2001:db8:1:3::1")));
    EXPECT_TRUE(all.take(address("0.0.0.0"))) << "IPv4 addresses stand for themselves";
    EXPECT_TRUE(all.take(address("::1")));
}

TEST(connection_limiter, have_no_bound_where_it_is_zero) {
    connection_limiter all(0);
    std::vector<connection_slot> taken;
    for (int i = 0; i < 1000; ++i) {
        auto one = all.take(address("192.0.2.1"));
        ASSERT_TRUE(one);
        taken.push_back(*std::move(one));
    }
    EXPECT_EQ(all.clients(), 0U);
}

TEST(connection_limiter, are_counted_right_by_many_threads) {
    constexpr int bound = 3;
    connection_limiter all(bound);
    std::atomic<int> held = 0;
    std::atomic<bool> too_many = false;
    const auto come_and_go = [&] {
        for (int i = 0; i < 2000; ++i) {
            const auto slot = all.take(address("192.0.2.1"));
            if (!slot)
                continue;
            if (++held > bound)
                too_many = true;
            --held;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back(come_and_go);
    for (auto& one : threads)
        one.join();
    EXPECT_FALSE(too_many);
    EXPECT_EQ(all.clients(), 0U);
}

TEST(connection_limiter, name_the_client_as_they_count_it) {
    EXPECT_EQ(describe_client(address("192.0.2.1")), "192.0.2.1");
    EXPECT_EQ(describe_client(address("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
}

}  // namespace
}  // namespace shopbell::http
