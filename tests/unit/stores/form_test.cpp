#include <shopbell/stores/form.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace shopbell {
namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs parsed(std::string_view body) {
    pairs all;
    for (const auto& field : form::parse(body).fields())
        all.emplace_back(field.name, field.value);
    return all;
}

struct body_row {
    const char* name;
    std::string body;
    pairs fields;
};

void PrintTo(const body_row& row, std::ostream* out) {
    *out << row.name;
}

class form_body_table : public testing::TestWithParam<body_row> {};

TEST_P(form_body_table, reads_the_fields_in_order) {
    EXPECT_EQ(parsed(GetParam().body), GetParam().fields);
}

INSTANTIATE_TEST_SUITE_P(
    rows, form_body_table,
    testing::Values(
        body_row{"empty", "", {}}, body_row{"one", "a=1", {{"a", "1"}}},
        body_row{"two", "a=1&b=2", {{"a", "1"}, {"b", "2"}}},
        body_row{"repeated_names_keep_their_order", "a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
        body_row{"empty_value", "a=", {{"a", ""}}}, body_row{"no_equals_sign", "a", {{"a", ""}}},
        body_row{"no_name", "=1", {{"", "1"}}}, body_row{"only_equals_sign", "=", {{"", ""}}},
        body_row{"equals_sign_in_the_value", "a=b=c", {{"a", "b=c"}}},
        body_row{"empty_fields_are_skipped", "&&a=1&&b=2&", {{"a", "1"}, {"b", "2"}}},
        body_row{"semicolon_separates_nothing", "a=1;b=2", {{"a", "1;b=2"}}},
        body_row{"plus_is_a_space_in_both", "a+b=c+d", {{"a b", "c d"}}},
        body_row{"escapes_in_both_either_case", "%61=%2b%2B", {{"a", "++"}}},
        body_row{"escaped_separators_separate_nothing", "a=%26b%3Dc", {{"a", "&b=c"}}},
        body_row{"escaped_percent_is_not_undone_twice", "a=%2541", {{"a", "%41"}}},
        body_row{"escape_of_no_digits_stays", "a=%zz", {{"a", "%zz"}}},
        body_row{"escape_of_one_digit_stays", "a=%4", {{"a", "%4"}}},
        body_row{"escape_of_half_a_digit_pair_stays", "a=%4g", {{"a", "%4g"}}},
        body_row{"lone_percent_stays", "a=%", {{"a", "%"}}},
        body_row{"percent_before_an_escape_stays", "a=%%41", {{"a", "%A"}}},
        body_row{"escape_does_not_reach_over_the_separator", "a=%4&1=b", {{"a", "%4"}, {"1", "b"}}},
        body_row{"nul_is_a_byte", std::string("a=\0%00", 6), {{"a", std::string(2, '\0')}}},
        body_row{"bytes_above_ascii_stay", "a=%E9\xE9", {{"a", "\xE9\xE9"}}},
        body_row{"names_are_case_sensitive", "A=1&a=2", {{"A", "1"}, {"a", "2"}}},
        body_row{"line_breaks_inside_stay", "a=1\r\n&b\n=2", {{"a", "1\r\n"}, {"b\n", "2"}}},
        body_row{"line_ends_behind_it_are_none_of_it", "a=1&b=2\r\n", {{"a", "1"}, {"b", "2"}}},
        body_row{"only_a_line_end", "\n", {}},
        body_row{"a_mark_in_front_is_none_of_it",
                 "\xEF\xBB\xBF"
                 "a=1\n",
                 {{"a", "1"}}},
        body_row{"a_mark_behind_nothing_neither", "&\xEF%BB\xBF&&a=1", {{"a", "1"}}},
        body_row{"an_escaped_mark_neither",
                 "%ef%bb%BFa=1&%EF%BB%BFb=2",
                 {{"a", "1"},
                  {"\xEF\xBB\xBF"
                   "b",
                   "2"}}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(form, finds_the_first_of_a_name) {
    const auto body = form::parse("b=0&a=1&a=2");
    EXPECT_EQ(body.first("a"), "1");
    EXPECT_EQ(body.first("A"), std::nullopt);
    EXPECT_EQ(form::parse("a").first("a"), "");
}

TEST(form_scan, finds_the_first_of_a_name) {
    const form_scan body("b=0&a=1+%31&a=2&%63=3&d&+e=5&f%zz=6");
    EXPECT_EQ(body.first("a"), "1 1");
    EXPECT_EQ(body.first("c"), "3");
    EXPECT_EQ(body.first("d"), "");
    EXPECT_EQ(body.first(" e"), "5");
    EXPECT_EQ(body.first("f%zz"), "6");
    EXPECT_EQ(body.first("e"), std::nullopt);
    EXPECT_EQ(body.first("A"), std::nullopt);
    EXPECT_EQ(form_scan("").first(""), std::nullopt);
}

TEST(form_scan, tells_a_repetition_from_a_contradiction) {
    EXPECT_FALSE(form_scan("a=1&b=2").contradicts_itself("a"));
    EXPECT_FALSE(form_scan("a=1&a=1").contradicts_itself("a"));
    EXPECT_FALSE(form_scan("a=%31&%61=1").contradicts_itself("a"));
    EXPECT_FALSE(form_scan("").contradicts_itself("a"));
    EXPECT_TRUE(form_scan("a=1&a=1&a=2").contradicts_itself("a"));
    EXPECT_TRUE(form_scan("a=2&a=1&a=2").contradicts_itself("a"));
    EXPECT_TRUE(form_scan("a=&a=1").contradicts_itself("a"));
    EXPECT_TRUE(form_scan("a=1&%61=2").contradicts_itself("a"));
}

TEST(form_index, finds_all_of_a_name_in_order) {
    const auto body = form::parse("b=1&a=2&b=3&c=4&b=5");
    const form_index index(body);
    const auto found = index.positions("b");
    EXPECT_EQ(std::vector<std::uint32_t>(found.begin(), found.end()), (std::vector<std::uint32_t>{0, 2, 4}));
    EXPECT_EQ(index.first("b"), "1");
    EXPECT_TRUE(index.has("a"));
    EXPECT_FALSE(index.has("d"));
    EXPECT_EQ(index.first("d"), "");
}

TEST(form_index, is_fast_with_a_hundred_thousand_names) {
    constexpr int many = 100'000;
    std::string text;
    for (int i = 0; i < many; ++i)
        text += "field" + std::to_string(i) + "=" + std::to_string(i) + "&";
    const auto start = std::chrono::steady_clock::now();
    const auto body = form::parse(text);
    const form_index index(body);
    for (int i = 0; i < many; ++i)
        ASSERT_EQ(index.first("field" + std::to_string(i)), std::to_string(i));
    // A quadratic look-up would take minutes.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(form, reads_four_hundred_thousand_separators_as_nothing) {
    EXPECT_TRUE(parsed(std::string(400'000, '&')).empty());
}

TEST(form_encode, escapes_what_the_url_standard_names) {
    EXPECT_EQ(form_encode("aZ09*-._"), "aZ09*-._");
    EXPECT_EQ(form_encode("a b&c=d+e%~\n"), "a+b%26c%3Dd%2Be%25%7E%0A");
    EXPECT_EQ(form_encode("\xC3\xA9"), "%C3%A9");
    EXPECT_EQ(form_encode(std::string_view("\0", 1)), "%00");
}

TEST(form_encode, is_undone_by_decoding_for_every_byte) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
        every += static_cast<char>(byte);
    EXPECT_EQ(form_decode(form_encode(every)), every);
}

TEST(form_body, is_read_back_as_it_was) {
    const std::vector<form_field> fields = {{"a b", "1&2"}, {"", ""}, {"a b", "\xE9"}};
    EXPECT_EQ(form_body(fields), "a+b=1%262&=&a+b=%E9");
    EXPECT_EQ(parsed(form_body(fields)), (pairs{{"a b", "1&2"}, {"", ""}, {"a b", "\xE9"}}));
}

struct replace_row {
    const char* body;
    const char* changed;
};

TEST(with_form_field, puts_one_field_in_place_and_leaves_all_else) {
    const replace_row rows[] = {
        {"", "h=x"},
        {"a=1", "a=1&h=x"},
        {"a=1&h=old&b=%zz", "a=1&h=x&b=%zz"},
        {"h=1&a=2&h=3", "h=x&a=2"},
        {"%68=1&a=2", "h=x&a=2"},
        {"h&a=2", "h=x&a=2"},
        {"a=h&H=1", "a=h&H=1&h=x"},
        {"\xEF\xBB\xBFh=1\r\n", "\xEF\xBB\xBFh=x\r\n"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(with_form_field(row.body, "h", "x"), row.changed) << row.body;
}

TEST(with_blank_form_field, empties_the_values_of_one_name_and_leaves_every_other_byte) {
    const replace_row rows[] = {
        {"", ""},
        {"a=1", "a=1"},
        {"h=secret", "h="},
        {"a=1&&h=x&b=%20", "a=1&&h=&b=%20"},
        {"h=1&a=2&h=3=4", "h=&a=2&h="},
        {"%68=1&a=%zz&", "%68=&a=%zz&"},
        {"h&a=h&H=1&hh=2", "h&a=h&H=1&hh=2"},
        {"&=&h=", "&=&h="},
        {"\xEF\xBB\xBFh=secret\r\n", "\xEF\xBB\xBFh=\r\n"},
        {"&%EF%BB%BFh=secret&a=1\n\n", "&%EF%BB%BFh=&a=1\n\n"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(with_blank_form_field(row.body, "h"), row.changed) << row.body;
}

}  // namespace
}  // namespace shopbell
