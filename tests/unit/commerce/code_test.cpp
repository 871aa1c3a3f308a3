#include <shopbell/commerce/code.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

using strings = std::vector<std::string>;

TEST(code_test, reads_one_a_line_whatever_ends_the_line) {
    EXPECT_EQ(read_codes("A\nB\r\n\n  C D \nE").value(), (strings{"A", "B", "C D", "E"}));
    EXPECT_EQ(read_codes("\xEF\xBB\xBF"
                         "A\n")
                  .value(),
              strings{"A"});
    EXPECT_TRUE(read_codes("").value().empty());
    EXPECT_TRUE(read_codes("\r\n \n").value().empty());
}

TEST(code_test, refuses_what_no_buyer_should_get_and_repeats_nothing_of_it) {
    for (const auto& bad : strings{"A\tB", "A\x01", "A\x7f", "A\xff", std::string(longest_code + 1, 'x')}) {
        const auto refused = read_codes("GOOD\n" + bad + "\n");
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().code, errc::malformed);
        EXPECT_NE(refused.error().reason.find("line 2"), std::string::npos) << refused.error().reason;
        EXPECT_EQ(refused.error().reason.find(bad.substr(0, 2)), std::string::npos) << refused.error().reason;
    }
    EXPECT_TRUE(read_codes(std::string(longest_code, 'x')));
}

TEST(code_test, shows_the_last_four_characters) {
    EXPECT_EQ(masked_code("AAAA-BBBB-1234"), "****1234");
    EXPECT_EQ(masked_code("12345"), "****2345");
    EXPECT_EQ(masked_code("K\xC3\xA9y-\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"),
              "****\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
}

TEST(code_test, shows_nothing_of_a_code_that_is_no_longer) {
    for (const auto* const one : {"", "1", "1234", "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"})
        EXPECT_EQ(masked_code(one), "****");
}

}  // namespace

}  // namespace shopbell::test
