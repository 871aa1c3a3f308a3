#include <shopbell/crypto/hmac_keys.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>

namespace shopbell {
namespace {

secrets keys_of(std::initializer_list<const char*> texts) {
    secrets keys;
    for (const auto* text : texts)
        keys.emplace_back(text);
    return keys;
}

TEST(hmac_keys, accepts_any_of_the_keys) {
    const auto mac = hmac_sha256("old", "message");
    EXPECT_TRUE(hmac_keys(keys_of({"old"})).verify("message", mac));
    EXPECT_TRUE(hmac_keys(keys_of({"new", "old"})).verify("message", mac));
    EXPECT_TRUE(hmac_keys(keys_of({"old", "new"})).verify("message", mac));
    EXPECT_FALSE(hmac_keys(keys_of({"new"})).verify("message", mac));
    EXPECT_FALSE(hmac_keys(keys_of({"old"})).verify("massage", mac));
    EXPECT_FALSE(hmac_keys(secrets()).verify("message", mac));
}

TEST(hmac_keys, accepts_no_empty_key) {
    EXPECT_FALSE(hmac_keys(keys_of({""})).verify("message", hmac_sha256("", "message")));
}

TEST(hmac_keys, agree_with_a_mac_made_at_once_however_often_they_are_used) {
    for (const auto& key :
         {std::string("k"), std::string(64, 'b'), std::string(131, 'c'), std::string("a\0b", 3)}) {
        secrets one;
        one.emplace_back(key);
        const hmac_keys keys(one);
        for (const std::string_view message : {"", "x", "another message"})
            EXPECT_TRUE(keys.verify(message, hmac_sha256(key, message))) << key.size() << message;
    }
}

TEST(hmac_keys, serve_several_threads_at_once) {
    const hmac_keys keys(keys_of({"first", "second"}));
    constexpr int rounds = 200;
    const auto count = [&keys](const std::string& message, int& accepted) {
        const auto mac = hmac_sha256("second", message);
        for (int i = 0; i < rounds; ++i)
            accepted += keys.verify(message, mac) && !keys.verify(message + "!", mac) ? 1 : 0;
    };
    int here = 0, there = 0;
    {
        const std::jthread other(count, "one message", std::ref(there));
        count("another message", here);
    }
    EXPECT_EQ(here, rounds);
    EXPECT_EQ(there, rounds);
}

TEST(hmac_keys, looks_at_every_byte_of_the_mac) {
    const hmac_keys keys(keys_of({"key"}));
    for (std::size_t at = 0; at < 32; ++at) {
        auto mac = hmac_sha256("key", "message");
        mac[at] ^= 1U;
        EXPECT_FALSE(keys.verify("message", mac)) << at;
    }
}

}  // namespace
}  // namespace shopbell
