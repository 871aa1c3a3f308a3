#include <shopbell/cli/body_edit.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

struct edit_row {
    const char* name;
    std::string_view body;
    body_edit edit;
    std::string_view changed;  ///< or the reason of the failure
};

class setting_a_value : public testing::TestWithParam<edit_row> {};

TEST_P(setting_a_value, changes_only_that) {
    const auto& row = GetParam();
    const auto changed = edit_body(row.body, row.edit);
    EXPECT_EQ(changed ? *changed : changed.error().reason, row.changed);
}

INSTANTIATE_TEST_SUITE_P(
    json, setting_a_value,
    testing::Values(
        edit_row{"a_number_keeps_its_digits",
                 R"({"a":{"b":1,"c":2}})",
                 {"/a/b", "10.50"},
                 R"({"a":{"b":10.50,"c":2}})"},
        edit_row{"a_number_of_any_size",
                 R"({"a":1})",
                 {"/a", "123456789012345678901234567890"},
                 R"({"a":123456789012345678901234567890})"},
        edit_row{"an_exponent_stays", R"({"a":1})", {"/a", "1e400"}, R"({"a":1e400})"},
        edit_row{"text_becomes_a_string",
                 R"({"a":1})",
                 {"/a", "Zo\xc3\xab \"x\""},
                 "{\"a\":\"Zo\xc3\xab \\\"x\\\"\"}"},
        edit_row{"a_leading_zero_is_text", R"({"a":1})", {"/a", "007"}, R"({"a":"007"})"},
        edit_row{"quoted_text_is_taken_as_it_is", R"({"a":1})", {"/a", R"("5")"}, R"({"a":"5"})"},
        edit_row{"two_values_are_text", R"({"a":1})", {"/a", "1,2"}, R"({"a":"1,2"})"},
        edit_row{"a_bracket_too_many_is_text", R"({"a":1})", {"/a", "1],[2"}, R"({"a":"1],[2"})"},
        edit_row{"nothing_is_empty_text", R"({"a":1})", {"/a", ""}, R"({"a":""})"},
        edit_row{"null", R"({"a":1})", {"/a", "null"}, R"({"a":null})"},
        edit_row{"an_object", R"({"a":1})", {"/a", R"({"x":[1, 2]})"}, R"({"a":{"x":[1, 2]}})"},
        edit_row{"an_object_is_replaced_whole",
                 R"({"a":{"x":[1,{"y":2}]},"b":0})",
                 {"/a", "1"},
                 R"({"a":1,"b":0})"},
        edit_row{"space_and_order_stay",
                 "{ \"b\" : 1.10 ,\n \"a\" : 2 }",
                 {"/a", "3"},
                 "{ \"b\" : 1.10 ,\n \"a\" : 3 }"},
        edit_row{"the_last_of_repeated_names", R"({"a":1,"a":2})", {"/a", "3"}, R"({"a":1,"a":3})"},
        edit_row{"an_element", R"({"a":[1,2,3]})", {"/a/1", "9"}, R"({"a":[1,9,3]})"},
        edit_row{"a_new_member", R"({"a":{"b":1}})", {"/a/c", "2"}, R"({"a":{"b":1,"c":2}})"},
        edit_row{"a_first_member", R"({"a":{}})", {"/a/c", "2"}, R"({"a":{"c":2}})"},
        edit_row{"a_new_root_member", R"({"a":1})", {"/b", "x"}, R"({"a":1,"b":"x"})"},
        edit_row{"a_new_element", R"({"a":[1]})", {"/a/-", "2"}, R"({"a":[1,2]})"},
        edit_row{"a_first_element", R"({"a":[]})", {"/a/0", "2"}, R"({"a":[2]})"},
        edit_row{"an_escaped_name", R"({"a/b":{"~":1}})", {"/a~1b/~0", "2"}, R"({"a/b":{"~":2}})"},
        edit_row{"a_new_escaped_name", R"({})", {"/a~1\"b", "2"}, R"({"a/\"b":2})"},
        edit_row{
            "a_parent_that_is_not_there", R"({"a":1})", {"/b/c", "2"}, "the body has no /b to set /b/c in"},
        edit_row{"a_place_that_is_none",
                 R"({"a":1})",
                 {"/a/c", "2"},
                 "/a/c is not in the body and cannot be added to it"},
        edit_row{"an_element_too_far",
                 R"({"a":[]})",
                 {"/a/3", "2"},
                 "/a/3 is not in the body and cannot be added to it"},
        edit_row{"a_name_that_is_not_utf8",
                 R"({"a":1})",
                 {"/\xff", "2"},
                 "the body is JSON, and what --set gives is not UTF-8"},
        edit_row{"a_value_that_is_not_utf8",
                 R"({"a":1})",
                 {"/a", "Jos\xe9"},
                 "the body is JSON, and what --set gives is not UTF-8"},
        edit_row{"a_body_that_is_cut_off",
                 R"({"a":)",
                 {"/a", "2"},
                 "the body is not JSON: it is not well-formed JSON"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    form, setting_a_value,
    testing::Values(edit_row{"a_field", "a=1&b=x+y&c=3", {"/b", "p&q"}, "a=1&b=p%26q&c=3"},
                    edit_row{"a_new_field", "a=1", {"/mc_gross", "10.50"}, "a=1&mc_gross=10.50"},
                    edit_row{"an_escaped_name", "a%2Fb=1", {"/a~1b", "2"}, "a%2Fb=2"},
                    edit_row{"a_field_within_a_field",
                             "a=1",
                             {"/a/b", "2"},
                             "in a form, --set expects /FIELD=VALUE, got /a/b"}),
    [](const auto& row) { return row.param.name; });

TEST(an_assignment, is_split_at_the_first_equals_sign) {
    const auto edit = body_edit::parse("/a/b=c=d");
    ASSERT_TRUE(edit);
    EXPECT_EQ(edit->pointer, "/a/b");
    EXPECT_EQ(edit->value, "c=d");
}

TEST(an_assignment, without_pointer_or_value_is_refused) {
    for (const auto* text : {"", "a=1", "/a", "=1"})
        EXPECT_FALSE(body_edit::parse(text)) << text;
}

TEST(a_distinct_delivery, has_another_id_of_the_same_kind) {
    EXPECT_EQ(*make_distinct(R"({"order":{"id":1026,"total":1.10}})", "/order/id", 77),
              R"({"order":{"id":77,"total":1.10}})");
    EXPECT_EQ(*make_distinct(R"({"event_id":"e1","x":1})", "/event_id", 77),
              R"({"event_id":"send-77","x":1})");
    EXPECT_EQ(*make_distinct("txn_id=1&mc_gross=5", "/txn_id", 77), "txn_id=77&mc_gross=5");
}

TEST(a_distinct_delivery, gets_an_id_where_it_had_none) {
    EXPECT_EQ(*make_distinct(R"({"contact":{"name":"Ana"}})", "/contact/id", 77),
              R"({"contact":{"name":"Ana","id":"send-77"}})");
    EXPECT_FALSE(make_distinct(R"({"customer":{}})", "/order/id", 77));
}

}  // namespace
}  // namespace shopbell
