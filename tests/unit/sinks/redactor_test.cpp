#include "../src/sinks/redactor.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace shopbell {
namespace {

struct row {
    const char* name;
    std::vector<std::string> words;
    std::string text;
    std::string shown;
    bool cut = false;
};

class redactor_test : public testing::TestWithParam<row> {};

TEST_P(redactor_test, shows_no_secret) {
    redactor known;
    for (const auto& one : GetParam().words)
        known.add(one);
    EXPECT_EQ(known.redact(GetParam().text, GetParam().cut), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    texts, redactor_test,
    testing::Values(
        row{"none", {}, "bad token s3cret", "bad token s3cret"},
        row{"empty_word", {""}, "bad token", "bad token"}, row{"empty_text", {"s3cret"}, "", ""},
        row{"absent", {"s3cret"}, "bad token", "bad token"}, row{"alone", {"s3cret"}, "s3cret", "[secret]"},
        row{"twice", {"s3cret"}, "s3crets3cret, s3cre", "[secret][secret], s3cre"},
        row{"several", {"one", "two"}, "one, two, three", "[secret], [secret], three"},
        row{"one_within_another", {"key", "whsec_key"}, "whsec_key or key", "[secret] or [secret]"},
        row{"one_that_begins_another", {"ab", "abc"}, "abc ab", "[secret] [secret]"},
        row{"with_a_line_break", {"a\nb"}, "is a\nb.", "is [secret]."},
        row{"with_escaped_slashes", {"a/b+c="}, R"({"token":"a\/b+c="})", R"({"token":"[secret]"})"},
        row{"in_a_url", {"a/b+c="}, "?token=a%2Fb%2Bc%3D&x=1", "?token=[secret]&x=1"},
        row{"cut_within_one", {"s3cret"}, "bad s3c", "bad [secret]", true},
        row{"cut_behind_one", {"s3cret"}, "bad s3cret", "bad [secret]", true},
        row{"cut_elsewhere", {"s3cret"}, "s3c is ba", "s3c is ba", true},
        row{"not_cut", {"s3cret"}, "bad s3c", "bad s3c"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace shopbell
