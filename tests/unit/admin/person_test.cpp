#include "../src/admin/person.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

struct mention_row {
    const char* name;
    std::string_view text;
    bool mentioned;
};

class a_text : public testing::TestWithParam<mention_row> {};

TEST_P(a_text, mentions_an_address_or_not) {
    EXPECT_EQ(mentions_address(GetParam().text, "Jane@Example.com"), GetParam().mentioned) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    texts, a_text,
    testing::Values(mention_row{"alone", "jane@example.com", true},
                    mention_row{"in_another_case", "JANE@EXAMPLE.COM", true},
                    mention_row{"in_angles", "Jane Doe <jane@example.com>", true},
                    mention_row{"in_a_sentence", "write to jane@example.com.", true},
                    mention_row{"in_quotes", "'jane@example.com'", true},
                    mention_row{"behind_a_dash", "- jane@example.com - paid", true},
                    mention_row{"in_a_list", "a@example.com,jane@example.com;b@example.com", true},
                    mention_row{"in_a_link", "mailto:jane@example.com?subject=x", true},
                    mention_row{"in_a_query", "https://x.example/?email=jane@example.com&a=b", true},
                    mention_row{"in_an_escaped_query", "/?email=jane%40example.com", true},
                    mention_row{"behind_an_escaped_space", "x%20jane%40example.com", true},
                    mention_row{"behind_a_longer_one", "mary-jane@example.com jane@example.com", true},
                    mention_row{"nowhere", "jane at example.com", false}, mention_row{"empty", "", false},
                    mention_row{"longer_before", "mary-jane@example.com", false},
                    mention_row{"dotted_before", "mary.jane@example.com", false},
                    mention_row{"tagged_before", "mary+jane@example.com", false},
                    mention_row{"quoted_before", "o'jane@example.com", false},
                    mention_row{"glued_before", "maryjane@example.com", false},
                    mention_row{"an_accent_before", "\xC3\xA9jane@example.com", false},
                    mention_row{"longer_behind", "jane@example.com.uk", false},
                    mention_row{"a_longer_label", "jane@example.community", false},
                    mention_row{"a_dashed_label", "jane@example.com-shop.net", false},
                    mention_row{"escaped_and_longer", "/?email=mary-jane%40example.com", false}),
    [](const auto& one) { return one.param.name; });

event made_of(std::string document, headers fields = {}) {
    event one;
    one.document = std::move(document);
    one.original_headers = std::move(fields);
    return one;
}

TEST(an_event, mentions_an_address_wherever_it_stands) {
    const std::string_view jane = "jane@example.com";
    EXPECT_TRUE(mentions_address(made_of(R"({"data":{"payload":{"a":[{"b":"jane@example.com"}]}}})"), jane));
    EXPECT_TRUE(mentions_address(made_of(R"({"data":"jane\u0040example.com"})"), jane));
    EXPECT_TRUE(mentions_address(made_of(R"({"data":{"jane@example.com":true}})"), jane));
    EXPECT_TRUE(mentions_address(made_of("{}", {{"X-Customer", "jane@example.com"}}), jane));
    EXPECT_FALSE(mentions_address(made_of(R"({"data":"mary-jane\u0040example.com"})"), jane));
    EXPECT_FALSE(mentions_address(made_of(R"({"data":["jane@","example.com"]})"), jane));
    EXPECT_FALSE(mentions_address(made_of("{}"), jane));
}

}  // namespace
}  // namespace shopbell::test
