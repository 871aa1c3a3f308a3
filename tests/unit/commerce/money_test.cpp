#include <shopbell/commerce/money.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

decimal number(std::string_view text) {
    const auto parsed = decimal::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value();
}

TEST(decimal, keeps_the_text_that_came) {
    for (const std::string text :
         {"0", "-0", "369.20", "369.2", "398.5", "0.00", "-12.5", "+5", ".5", "5.", "1e3", "1E+3", "1.5e-10",
          "007", "1234567890123456789012345678901234567890", "0.30000000000000004"})
        EXPECT_EQ(number(text).text(), text);
    EXPECT_EQ(number(std::string(512, '9')).text(), std::string(512, '9'));
}

TEST(decimal, is_nothing_else) {
    for (const auto* text :
         {"",   " ",  ".",   "-",   "+",     "-.",   "e5",  ".e5", "1e",    "1e+", "1e5.5", "1,5", "1 000",
          " 1", "1 ", "--1", "+-1", "1.2.3", "0x1F", "NaN", "inf", "1_000", "$5",  "5 USD", "１"})
        EXPECT_EQ(decimal::parse(text), std::nullopt) << text;
    EXPECT_EQ(decimal::parse(std::string_view("1\0", 2)), std::nullopt);
    EXPECT_EQ(decimal::parse(std::string(513, '9')), std::nullopt);
    EXPECT_EQ(decimal::parse("1e1000000000000000000"), std::nullopt);
    EXPECT_EQ(decimal::parse("1e-0001000000000000000000"), std::nullopt);
    EXPECT_EQ(number("1e+000999999999999999999").text(), "1e+000999999999999999999");
}

struct comparison {
    const char* left;
    const char* right;
    std::strong_ordering order;
};

TEST(decimal, compares_by_value) {
    constexpr auto less = std::strong_ordering::less;
    constexpr auto equal = std::strong_ordering::equal;
    const comparison rows[] = {
        {"0", "0", equal},
        {"0", "-0", equal},
        {"0", "0.000", equal},
        {"0", "0e100", equal},
        {"-0e5", "+.0", equal},
        {"1.50", "1.5", equal},
        {"+1.5", "1.5", equal},
        {"007", "7", equal},
        {".5", "0.5", equal},
        {"5.", "5", equal},
        {"1e2", "100", equal},
        {"100e-2", "1", equal},
        {"0.001", "1e-3", equal},
        {"12.34e1", "123.4", equal},
        {"1e+00002", "100", equal},
        {"0", "1", less},
        {"-1", "0", less},
        {"-1", "1", less},
        {"-2", "-1", less},
        {"-10", "-9", less},
        {"9", "10", less},
        {"9.9", "10", less},
        {"99.99", "100", less},
        {"99.9", "99.99", less},
        {"1.5", "1.51", less},
        {"1.09", "1.1", less},
        {"0.1", "0.30000000000000004", less},
        {"0.3", "0.30000000000000004", less},
        {"9007199254740992", "9007199254740993", less},
        {"18446744073709551615", "18446744073709551616", less},
        {"1234567890123456789012345678901234567889", "1234567890123456789012345678901234567890", less},
        {"0.1000000000000000000000000000000000000001", "0.1000000000000000000000000000000000000002", less},
        {"1e399999999", "1e400000000", less},
        {"10e399999999", "1e400000000", equal},
        {"0.1e400000001", "1e400000000", equal},
        {"1e-400000000", "1e-399999999", less},
        {"-1e400000000", "1e-400000000", less},
        {"0", "1e-400000000", less},
        {"-1e400000000", "-1", less},
        {"1e00000000000000000000000000000000000010", "10000000000", equal},
        {"1e-0", "1e+000", equal},
        {"1", "1e999999999999999999", less},
        {"1e-999999999999999999", "1", less},
        {"10e999999999999999998", "1e999999999999999999", equal},
        {"1e999999999999999999", "1000000e999999999999999999", less},
        {"0.0000001e-999999999999999999", "1e-999999999999999999", less},
    };
    for (const auto& row : rows) {
        const auto left = number(row.left);
        const auto right = number(row.right);
        EXPECT_EQ(left <=> right, row.order) << row.left << " and " << row.right;
        EXPECT_EQ(right <=> left, 0 <=> row.order) << row.left << " and " << row.right;
        EXPECT_EQ(left == right, row.order == 0) << row.left << " and " << row.right;
    }
}

}  // namespace
}  // namespace shopbell
