#include <shopbell/core/ascii.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace shopbell {
namespace {

std::string all_of(bool (*belongs)(char)) {
    std::string found;
    for (int byte = 0; byte < 256; ++byte) {
        if (belongs(static_cast<char>(byte)))
            found += static_cast<char>(byte);
    }
    return found;
}

const std::string digits = "0123456789";
const std::string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string lower = "abcdefghijklmnopqrstuvwxyz";

TEST(ascii, classes_hold_these_bytes_and_no_other_whatever_their_sign) {
    EXPECT_EQ(all_of([](char c) { return is_digit(c); }), digits);
    EXPECT_EQ(all_of([](char c) { return is_lower(c); }), lower);
    EXPECT_EQ(all_of([](char c) { return is_upper(c); }), upper);
    EXPECT_EQ(all_of([](char c) { return is_alphanumeric(c); }), digits + upper + lower);
    EXPECT_EQ(all_of([](char c) { return is_hex_digit(c); }), digits + "ABCDEFabcdef");
    EXPECT_EQ(all_of([](char c) { return is_space(c); }), "\t\n\r ");
    const auto controls = all_of([](char c) { return is_control(c); });
    EXPECT_EQ(controls.size(), 33U);
    EXPECT_TRUE(std::ranges::all_of(controls, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }));
}

TEST(ascii, the_characters_of_a_token_are_those_of_rfc_9110) {
    std::string expected = "!#$%&'*+-.^_`|~" + digits + upper + lower;
    std::ranges::sort(expected);
    EXPECT_EQ(all_of([](char c) { return is_token_character(c); }), expected);
    EXPECT_TRUE(is_token("X-Signature"));
    EXPECT_FALSE(is_token(""));
    EXPECT_FALSE(is_token("X Signature"));
}

TEST(ascii, changes_the_case_of_letters_only) {
    EXPECT_EQ(to_lower('Q'), 'q');
    EXPECT_EQ(to_upper('q'), 'Q');
    for (const char c : {'[', '{', '@', '`', '1', '\xC4', '\xE4'}) {
        EXPECT_EQ(to_lower(c), c);
        EXPECT_EQ(to_upper(c), c);
    }
}

TEST(ascii, knows_the_values_of_hexadecimal_digits) {
    EXPECT_EQ(hex_value('0'), 0U);
    EXPECT_EQ(hex_value('9'), 9U);
    EXPECT_EQ(hex_value('a'), 10U);
    EXPECT_EQ(hex_value('F'), 15U);
    EXPECT_EQ(hex_value('g'), std::nullopt);
    EXPECT_EQ(hex_value('/'), std::nullopt);
}

TEST(ascii, judges_whole_texts) {
    EXPECT_TRUE(is_digits("007"));
    EXPECT_FALSE(is_digits(""));
    EXPECT_FALSE(is_digits("+7"));
    EXPECT_TRUE(is_alphanumeric_or("a-B.9", "-."));
    EXPECT_TRUE(is_alphanumeric_or("", "-."));
    EXPECT_FALSE(is_alphanumeric_or("a_B", "-."));
}

}  // namespace
}  // namespace shopbell
