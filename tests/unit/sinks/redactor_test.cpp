#include "../src/sinks/redactor.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace shopbell {
namespace {

struct redactor_row {
    const char* name;
    std::vector<std::string> words;
    std::string text;
    std::string shown;
    bool cut = false;
};

class redactor_test : public testing::TestWithParam<redactor_row> {};

TEST_P(redactor_test, shows_no_secret) {
    redactor known;
    for (const auto& one : GetParam().words)
        known.add(one);
    EXPECT_EQ(known.redact(GetParam().text, GetParam().cut), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    texts, redactor_test,
    testing::Values(
        redactor_row{"none", {}, "bad token s3cret", "bad token s3cret"},
        redactor_row{"empty_word", {""}, "bad token", "bad token"},
        redactor_row{"empty_text", {"s3cret"}, "", ""},
        redactor_row{"absent", {"s3cret"}, "bad token", "bad token"},
        redactor_row{"alone", {"s3cret"}, "s3cret", "[secret]"},
        redactor_row{"twice", {"s3cret"}, "s3crets3cret, s3cre", "[secret][secret], s3cre"},
        redactor_row{"several", {"one", "two"}, "one, two, three", "[secret], [secret], three"},
        redactor_row{"one_within_another", {"key", "whsec_key"}, "whsec_key or key", "[secret] or [secret]"},
        redactor_row{"one_that_begins_another", {"ab", "abc"}, "abc ab", "[secret] [secret]"},
        redactor_row{"with_a_line_break", {"a\nb"}, "is a\nb.", "is [secret]."},
        redactor_row{"with_escaped_slashes", {"a/b+c="}, R"({"token":"a\/b+c="})", R"({"token":"[secret]"})"},
        redactor_row{"in_a_url", {"a/b+c="}, "?token=a%2Fb%2Bc%3D&x=1", "?token=[secret]&x=1"},
        redactor_row{"cut_within_one", {"s3cret"}, "bad s3c", "bad [secret]", true},
        redactor_row{"cut_behind_one", {"s3cret"}, "bad s3cret", "bad [secret]", true},
        redactor_row{"cut_elsewhere", {"s3cret"}, "s3c is ba", "s3c is ba", true},
        redactor_row{"not_cut", {"s3cret"}, "bad s3c", "bad s3c"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace shopbell
