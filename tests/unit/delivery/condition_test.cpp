#include <shopbell/delivery/condition.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

const char* const document_text = R"({
    "type": "jumpseller.order.paid",
    "data": {
        "order": {"total": {"amount": "369.20", "currency": "CLP"}, "items": [{"quantity": 2}],
                  "shipping_address": {"country_code": "CL"}, "newsletter_opt_in": true},
        "payload": {"big": 12345678901234567890123, "none": null, "tiny": 1e-400, "a/b": {"~": 1}, "empty": ""}
    }})";

struct condition_row {
    const char* text;
    bool holds;
};

class conditions : public ::testing::TestWithParam<condition_row> {};

TEST_P(conditions, hold_or_not) {
    const auto document = json::document::parse(document_text);
    ASSERT_TRUE(document);
    const auto parsed = condition::parse(GetParam().text);
    ASSERT_TRUE(parsed) << parsed.error().reason;
    EXPECT_EQ(parsed->holds(document->root()), GetParam().holds) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    where, conditions,
    ::testing::Values(condition_row{R"(/data/order/total/amount >= 100)", true},
                      condition_row{R"(/data/order/total/amount >= 369.2)", true},
                      condition_row{R"(/data/order/total/amount > 369.2)", false},
                      condition_row{R"(/data/order/total/amount == 369.200)", true},
                      condition_row{R"(/data/order/total/amount < 1e3)", true},
                      condition_row{R"(/data/order/total/amount <= 369.1999)", false},
                      condition_row{R"(/data/order/total/amount != 369.2)", false},
                      condition_row{R"(/data/order/total/amount == "369.20")", true},
                      condition_row{R"(/data/order/total/amount == "369.2")", false},
                      condition_row{R"(/data/order/shipping_address/country_code == "CL")", true},
                      condition_row{R"(/data/order/shipping_address/country_code != "CL")", false},
                      condition_row{R"(/data/order/shipping_address/country_code != "AR")", true},
                      condition_row{R"(/data/order/shipping_address/country_code < "CM")", true},
                      condition_row{R"(/data/order/shipping_address/country_code == 5)", false},
                      condition_row{R"(/data/order/shipping_address/country_code != 5)", true},
                      condition_row{R"(/data/order/shipping_address/country_code > 5)", false},
                      condition_row{R"(/data/order/items/0/quantity == 2)", true},
                      condition_row{R"(/data/order/items/1/quantity == 2)", false},
                      condition_row{R"(/data/order/items/1/quantity != 2)", false},
                      condition_row{R"(/data/order/nothing != "x")", false},
                      condition_row{R"(/data/order/nothing exists)", false},
                      condition_row{R"(/data/payload/none exists)", true},
                      condition_row{R"(/data/payload/none == null)", true},
                      condition_row{R"(/data/payload/none != null)", false},
                      condition_row{R"(/data/order/items == null)", false},
                      condition_row{R"(/data/order/items != null)", true},
                      condition_row{R"(/data/order/newsletter_opt_in == true)", true},
                      condition_row{R"(/data/order/newsletter_opt_in != false)", true},
                      condition_row{R"(/data/order/newsletter_opt_in == false)", false},
                      condition_row{R"(/data/order/newsletter_opt_in < true)", false},
                      condition_row{R"(/data/payload/big == 12345678901234567890123)", true},
                      condition_row{R"(/data/payload/big > 12345678901234567890122)", true},
                      condition_row{R"(/data/payload/tiny > 0)", true},
                      condition_row{R"(/data/payload/a~1b/~0 == 1)", true},
                      condition_row{R"(/data/payload/empty == "")", true},
                      condition_row{R"(/data/payload/empty > 0)", false},
                      condition_row{R"(/type =~ "^jumpseller\\.order\\.")", true},
                      condition_row{R"(/type =~ "shipped$")", false},
                      condition_row{R"(/data/payload/big =~ "1")", false},
                      condition_row{"  /type   ==   \"jumpseller.order.paid\"  ", true}));

TEST(condition, says_what_is_wrong_with_it) {
    const struct {
        const char* text;
        const char* reason;
    } rows[] = {
        {"", "a condition begins with a JSON pointer"},
        {"data/order exists", "a condition begins with a JSON pointer"},
        {"/data", "\"\" is no operator"},
        {"/data = 1", "\"=\" is no operator"},
        {"/data == CL", "a literal is a \"string\" in double quotes"},
        {"/data == 1, 2", "a literal is a \"string\" in double quotes"},
        {"/data == [1]", "a literal is a \"string\" in double quotes"},
        {"/data ==", "a literal is a \"string\" in double quotes"},
        {"/data =~ 5", "=~ takes a regular expression in double quotes"},
        {"/data =~ \"(\"", "the regular expression is not one that RE2 takes"},
        {"/data =~ \"(a)\\\\1\"", "the regular expression is not one that RE2 takes"},
    };
    for (const auto& [text, reason] : rows) {
        const auto parsed = condition::parse(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_TRUE(parsed.error().reason.starts_with(reason)) << text << ": " << parsed.error().reason;
    }
}

}  // namespace

}  // namespace shopbell::test
