#include <shopbell/sinks/standard_webhooks.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

// The vector that the Standard Webhooks libraries publish.
constexpr std::string_view published_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::string_view published_body = R"({"test": 2432232314})";
constexpr std::int64_t published_time = 1614265330;
constexpr std::string_view published_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

struct secret_row {
    std::string_view name;
    std::string_view text;
};

class published_secret : public ::testing::TestWithParam<secret_row> {};

TEST_P(published_secret, gives_the_published_signature) {
    const auto key = standard_webhooks_key(secret(std::string(GetParam().text)));
    ASSERT_TRUE(key);
    EXPECT_EQ(sign_standard_webhook({*key}, published_id, published_time, published_body),
              published_signature);
}

INSTANTIATE_TEST_SUITE_P(forms, published_secret,
                         ::testing::Values(secret_row{"bare", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                                           secret_row{"prefixed", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
                         [](const auto& row) { return std::string(row.param.name); });

class bad_secret : public ::testing::TestWithParam<secret_row> {};

TEST_P(bad_secret, is_no_key) {
    EXPECT_FALSE(standard_webhooks_key(secret(std::string(GetParam().text))));
}

INSTANTIATE_TEST_SUITE_P(forms, bad_secret,
                         ::testing::Values(secret_row{"empty", ""}, secret_row{"only_prefix", "whsec_"},
                                           secret_row{"not_base64", "correct horse"},
                                           secret_row{"too_short_for_a_byte", "A"},
                                           secret_row{"url_alphabet", "ab-_"}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(standard_webhooks, takes_a_secret_without_padding) {
    const auto padded = standard_webhooks_key(secret("c2VjcmV0IQ=="));
    const auto bare = standard_webhooks_key(secret("c2VjcmV0IQ"));
    ASSERT_TRUE(padded && bare);
    EXPECT_TRUE(bare->equals("secret!"));
    EXPECT_TRUE(padded->equals("secret!"));
}

TEST(standard_webhooks, signs_once_for_each_key) {
    const auto key = standard_webhooks_key(secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    const secrets both{secret("another"), *key};
    const std::string value = sign_standard_webhook(both, published_id, published_time, published_body);
    EXPECT_TRUE(value.starts_with("v1,"));
    EXPECT_TRUE(value.ends_with(" " + std::string(published_signature)));
    EXPECT_EQ(value.size(), 2 * published_signature.size() + 1);
}

}  // namespace
}  // namespace shopbell
