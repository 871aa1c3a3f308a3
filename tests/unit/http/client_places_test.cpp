#include "../src/http/client_places.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace shopbell::http {
namespace {

boost::asio::ip::address address(const char* text) {
    return boost::asio::ip::make_address(text);
}

TEST(client_places, are_as_many_as_said_for_each_client) {
    client_places all(2);
    const auto first = all.take(address("192.0.2.1"));
    const auto second = all.take(address("192.0.2.1"));
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(all.take(address("192.0.2.1")));
    EXPECT_TRUE(all.take(address("192.0.2.2")));
}

TEST(client_places, are_there_again_once_given_back) {
    client_places all(1);
    {
        auto taken = all.take(address("192.0.2.1"));
        ASSERT_TRUE(taken);
        const client_place moved = *std::move(taken);
        EXPECT_FALSE(all.take(address("192.0.2.1")));
    }
    EXPECT_TRUE(all.take(address("192.0.2.1")));
}

TEST(client_places, remember_nobody_who_has_none) {
    client_places all(1);
    {
        const auto one = all.take(address("192.0.2.1"));
        const auto other = all.take(address("2001:db8::1"));
        EXPECT_FALSE(all.take(address("192.0.2.1")));
        EXPECT_EQ(all.clients(), 2U);
    }
    EXPECT_EQ(all.clients(), 0U);
}

TEST(client_places, are_common_to_a_64_network) {
    client_places all(1);
    const auto taken = all.take(address("2001:db8:1:2::1"));
    EXPECT_TRUE(taken);
    EXPECT_FALSE(all.take(address("2001:db8:1:2:ffff:ffff:ffff:ffff")));
    EXPECT_TRUE(all.take(address("2001:db8:1:3::1")));
    EXPECT_TRUE(all.take(address("0.0.0.0"))) << "IPv4 addresses stand for themselves";
    EXPECT_TRUE(all.take(address("::1")));
}

TEST(client_places, have_no_bound_where_it_is_zero) {
    client_places all(0);
    std::vector<client_place> taken;
    for (int i = 0; i < 1000; ++i) {
        auto one = all.take(address("192.0.2.1"));
        ASSERT_TRUE(one);
        taken.push_back(*std::move(one));
    }
    EXPECT_EQ(all.clients(), 0U);
}

TEST(client_places, are_counted_right_by_many_threads) {
    constexpr int bound = 3;
    client_places all(bound);
    std::atomic<int> held = 0;
    std::atomic<bool> too_many = false;
    const auto come_and_go = [&] {
        for (int i = 0; i < 2000; ++i) {
            const auto place = all.take(address("192.0.2.1"));
            if (!place)
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

TEST(client_places, name_the_client_as_they_count_it) {
    EXPECT_EQ(describe_client(address("192.0.2.1")), "192.0.2.1");
    EXPECT_EQ(describe_client(address("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::/64");
}

}  // namespace
}  // namespace shopbell::http
