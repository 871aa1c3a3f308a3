#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace shopbell::json {
namespace {

document read(std::string_view text) {
    auto parsed = document::parse(text);
    if (!parsed)
        ADD_FAILURE() << parsed.error().reason << ": " << text.substr(0, 200);
    return parsed ? *std::move(parsed) : *document::parse("{}");
}

std::string nested(std::size_t depth, std::string_view open = "[", std::string_view close = "]") {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
        text += open;
    for (std::size_t i = 0; i < depth; ++i)
        text += close;
    return text;
}

struct text_row {
    const char* name;
    std::string text;
};

void PrintTo(const text_row& row, std::ostream* out) {
    *out << row.name;
}

std::string row_name(const testing::TestParamInfo<text_row>& row) {
    return row.param.name;
}

class json_accepts : public testing::TestWithParam<text_row> {};

TEST_P(json_accepts, the_text) {
    const auto parsed = document::parse(GetParam().text);
    EXPECT_TRUE(parsed) << parsed.error().reason;
    EXPECT_TRUE(document::outline(GetParam().text, 1));
}

INSTANTIATE_TEST_SUITE_P(
    rows, json_accepts,
    testing::Values(
        text_row{"empty_object", "{}"}, text_row{"empty_array", "[]"},
        text_row{"space_around", " \t\r\n[] \t\r\n"}, text_row{"space_inside", "{ \"a\" : [ 1 , 2 ] }"},
        text_row{"literals", "[true,false,null]"}, text_row{"zero", "[0]"}, text_row{"minus_zero", "[-0]"},
        text_row{"negative", "[-123]"}, text_row{"fraction", "[0.5]"}, text_row{"trailing_zeros", "[1.10]"},
        text_row{"exponent", "[1e5]"}, text_row{"big_exponent", "[1E+400]"},
        text_row{"small_exponent", "[1.5e-400]"}, text_row{"exponent_with_leading_zeros", "[1e0005]"},
        text_row{"forty_digits", "[" + std::string(40, '9') + "]"},
        text_row{"two_to_the_64th", "[18446744073709551616]"},
        text_row{"thousand_digits", "[0." + std::string(1000, '1') + "]"},
        text_row{"space_behind_a_number", "[1 \n]"}, text_row{"number_at_the_end_of_an_object", "{\"a\":1 }"},
        text_row{"escapes", R"(["\"\\\/\b\f\n\r\t"])"}, text_row{"escaped_nul", R"(["\u0000"])"},
        text_row{"escaped_pair", R"(["\uD83D\uDE00"])"}, text_row{"escape_in_lower_case", R"(["\u00e9"])"},
        text_row{"noncharacter", R"(["\uFFFF"])"}, text_row{"delete", "[\"\x7f\"]"},
        text_row{"utf8", "[\"é€😀\"]"}, text_row{"line_separator", "[\"\xE2\x80\xA8\"]"},
        text_row{"empty_key", R"({"":0})"}, text_row{"repeated_key", R"({"a":1,"a":2})"},
        text_row{"escaped_key", R"({"\u0061":1})"}, text_row{"brackets_in_a_string", R"(["[[[{{{\"]"])"},
        text_row{"depth_64", nested(64)},
        text_row{"depth_64_of_objects", nested(63, "{\"a\":", "}").insert(63 * 5, "{}")},
        text_row{"long_string", "[\"" + std::string(1'000'000, 'a') + "\"]"}),
    row_name);

class json_refuses : public testing::TestWithParam<text_row> {};

TEST_P(json_refuses, the_text) {
    const auto parsed = document::parse(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, errc::malformed);
    EXPECT_FALSE(parsed.error().reason.empty());
    EXPECT_FALSE(document::outline(GetParam().text, 1));
}

INSTANTIATE_TEST_SUITE_P(
    structure, json_refuses,
    testing::Values(
        text_row{"nothing", ""}, text_row{"space", " "}, text_row{"scalar_string", "\"a\""},
        text_row{"scalar_number", "1"}, text_row{"scalar_literal", "true"}, text_row{"word", "hello"},
        text_row{"form", "a=1&b=2"}, text_row{"byte_order_mark", "\xEF\xBB\xBF[]"},
        text_row{"open_array", "["}, text_row{"open_object", "{"}, text_row{"open_array_with_value", "[1"},
        text_row{"open_object_with_member", "{\"a\":1"}, text_row{"open_inner_array", "[[1]"},
        text_row{"open_inner_object", "[{\"a\":1]"}, text_row{"close_only", "]"},
        text_row{"close_twice", "[]]"}, text_row{"close_object_twice", "{}}"}, text_row{"wrong_close", "[}"},
        text_row{"wrong_close_of_object", "{]"}, text_row{"crossed", "[{]}"},
        text_row{"wrong_close_behind_value", "[1}"}, text_row{"wrong_close_behind_member", "{\"a\":1]"},
        text_row{"two_texts", "{}{}"}, text_row{"two_arrays", "[] []"}, text_row{"word_behind", "[]x"},
        text_row{"number_behind", "{} 1"}, text_row{"comma_behind", "[],"},
        text_row{"nul_behind", std::string("[]\0", 3)},
        text_row{"nul_and_more_behind", std::string("{\"a\":1}\0garbage", 15)},
        text_row{"nul_before", std::string("\0[]", 3)}, text_row{"nul_inside", std::string("[1,\0 2]", 7)},
        text_row{"nul_alone", std::string("\0", 1)}, text_row{"trailing_comma", "[1,]"},
        text_row{"leading_comma", "[,1]"}, text_row{"double_comma", "[1,,2]"}, text_row{"only_comma", "[,]"},
        text_row{"no_comma", "[1 2]"}, text_row{"no_comma_strings", "[\"a\" \"b\"]"},
        text_row{"no_comma_arrays", "[[][]]"}, text_row{"colon_in_array", "[1:2]"},
        text_row{"trailing_comma_in_object", "{\"a\":1,}"}, text_row{"leading_comma_in_object", "{,\"a\":1}"},
        text_row{"no_comma_in_object", "{\"a\":1 \"b\":2}"}, text_row{"no_colon", "{\"a\" 1}"},
        text_row{"double_colon", "{\"a\"::1}"}, text_row{"comma_for_colon", "{\"a\",1}"},
        text_row{"no_value", "{\"a\":}"}, text_row{"no_value_nor_colon", "{\"a\"}"},
        text_row{"bare_key", "{a:1}"}, text_row{"number_key", "{1:1}"}, text_row{"null_key", "{null:1}"},
        text_row{"single_quotes", "['a']"}, text_row{"comment", "[1/*x*/]"},
        text_row{"line_comment", "[1] // x"}, text_row{"form_feed", "[\f1]"},
        text_row{"no_break_space",
                 "[\xC2\xA0"
                 "1]"},
        text_row{"depth_65", nested(65)}, text_row{"depth_65_of_objects", nested(65, "{\"a\":", "}")},
        text_row{"depth_400000", nested(400'000)}, text_row{"open_400000", std::string(400'000, '[')},
        text_row{"open_400000_objects", nested(400'000, "{\"a\":", "")}),
    row_name);

INSTANTIATE_TEST_SUITE_P(
    numbers, json_refuses,
    testing::Values(text_row{"plus", "[+1]"}, text_row{"leading_zero", "[01]"},
                    text_row{"minus_leading_zero", "[-01]"}, text_row{"two_zeros", "[00]"},
                    text_row{"only_minus", "[-]"}, text_row{"two_minus", "[--1]"},
                    text_row{"minus_apart", "[- 1]"}, text_row{"no_integer_part", "[.5]"},
                    text_row{"no_fraction", "[1.]"}, text_row{"no_fraction_before_exponent", "[1.e5]"},
                    text_row{"two_points", "[1.2.3]"}, text_row{"no_exponent", "[1e]"},
                    text_row{"no_exponent_digits", "[1e+]"}, text_row{"two_exponents", "[1e5e5]"},
                    text_row{"fractional_exponent", "[1e5.5]"}, text_row{"hexadecimal", "[0x1F]"},
                    text_row{"underscore", "[1_000]"}, text_row{"letter_behind", "[1a]"},
                    text_row{"comma_decimal", "[1,5.]"}, text_row{"nan", "[NaN]"},
                    text_row{"infinity", "[Infinity]"}, text_row{"minus_infinity", "[-Infinity]"},
                    text_row{"full_width", "[\xEF\xBC\x91]"}, text_row{"in_object", "{\"a\":01}"},
                    text_row{"nul_behind_digit", std::string("[1\0]", 4)}),
    row_name);

INSTANTIATE_TEST_SUITE_P(
    strings, json_refuses,
    testing::Values(
        text_row{"open", "[\"a]"}, text_row{"open_after_backslash", "[\"a\\\"]"},
        text_row{"line_feed", "[\"a\nb\"]"}, text_row{"tab", "[\"a\tb\"]"},
        text_row{"nul", std::string("[\"a\0\"]", 6)}, text_row{"unit_separator", "[\"\x1f\"]"},
        text_row{"line_feed_in_key", "{\"a\n\":1}"}, text_row{"unknown_escape", "[\"\\x41\"]"},
        text_row{"escaped_quote_mark", "[\"\\'\"]"}, text_row{"escaped_capital_u", "[\"\\U0041\"]"},
        text_row{"short_escape", "[\"\\u004\"]"}, text_row{"escape_of_no_hex", "[\"\\u00g0\"]"},
        text_row{"escape_cut", "[\"\\u\"]"}, text_row{"lone_high_surrogate", R"(["\uD83D"])"},
        text_row{"lone_low_surrogate", R"(["\uDE00"])"}, text_row{"reversed_pair", R"(["\uDE00\uD83D"])"},
        text_row{"high_surrogate_and_letter", R"(["\uD83Dx"])"},
        text_row{"two_high_surrogates", R"(["\uD83D\uD83D"])"},
        text_row{"lone_surrogate_in_key", R"({"\uD83D":1})"},
        text_row{"unknown_escape_in_key", R"({"\x":1})"}, text_row{"latin_1", "[\"Jos\xE9\"]"},
        text_row{"overlong", "[\"\xC0\xAF\"]"}, text_row{"utf8_surrogate", "[\"\xED\xA0\x80\"]"},
        text_row{"cut_sequence", "[\"\xE2\x82\"]"}, text_row{"ill_formed_key", "{\"\xFF\":1}"},
        text_row{"ill_formed_outside", "[1]\xFF"}, text_row{"upper_case_true", "[TRUE]"},
        text_row{"cut_true", "[tru]"}, text_row{"long_true", "[truee]"}, text_row{"cut_null", "[nul]"},
        text_row{"long_null", "[nullx]"}, text_row{"cut_false", "[fals]"},
        text_row{"null_at_the_very_end", "[null"}, text_row{"undefined", "[undefined]"}),
    row_name);

TEST(json, keeps_numbers_digit_for_digit) {
    for (const std::string token :
         {"0", "-0", "1.10", "369.20", "0.30000000000000004", "1E+400", "9007199254740993",
          "18446744073709551616", "1234567890123456789012345678901234567890",
          "0.1000000000000000000000000000000000000001"}) {
        const auto parsed = read("{\"a\" : " + token + " , \"b\":[" + token + "\n]}");
        EXPECT_EQ(parsed.root().at("/a")->text(), token);
        EXPECT_EQ(parsed.root().at("/a")->raw(), token);
        EXPECT_EQ(parsed.root().at("/b/0")->raw(), token);
        EXPECT_TRUE(parsed.root().at("/a")->is_number());
    }
}

TEST(json, knows_the_bytes_of_every_value) {
    const auto parsed =
        read(R"( { "a" : [ 1 , {"b":null} , "x\u0041 " ] , "c" : { } , "d" : true , "e":[]} )");
    const auto& root = parsed.root();
    EXPECT_EQ(root.raw(), R"({ "a" : [ 1 , {"b":null} , "x\u0041 " ] , "c" : { } , "d" : true , "e":[]})");
    EXPECT_EQ(root.at("/a")->raw(), R"([ 1 , {"b":null} , "x\u0041 " ])");
    EXPECT_EQ(root.at("/a/0")->raw(), "1");
    EXPECT_EQ(root.at("/a/1")->raw(), R"({"b":null})");
    EXPECT_EQ(root.at("/a/1/b")->raw(), "null");
    EXPECT_EQ(root.at("/a/2")->raw(), R"("x\u0041 ")");
    EXPECT_EQ(root.at("/a/2")->text(), "xA ");
    EXPECT_EQ(root.at("/c")->raw(), "{ }");
    EXPECT_EQ(root.at("/d")->raw(), "true");
    EXPECT_EQ(root.at("/e")->raw(), "[]");
}

TEST(json, knows_the_bytes_of_the_last_value_in_every_place) {
    const auto parsed = read("[[[1]\n],{\"a\":{\"b\":[2 ] } }\n ]\n");
    EXPECT_EQ(parsed.root().raw(), "[[[1]\n],{\"a\":{\"b\":[2 ] } }\n ]");
    EXPECT_EQ(parsed.root().at("/0")->raw(), "[[1]\n]");
    EXPECT_EQ(parsed.root().at("/0/0")->raw(), "[1]");
    EXPECT_EQ(parsed.root().at("/1")->raw(), "{\"a\":{\"b\":[2 ] } }");
    EXPECT_EQ(parsed.root().at("/1/a/b")->raw(), "[2 ]");
}

TEST(json, undoes_escapes_in_strings_and_names) {
    const auto parsed = read(R"({"\u0061\n":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00\u0000."})");
    const auto* found = parsed.root().find("a\n");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->text(), std::string("\"\\/\b\f\n\r\té😀\0.", 16));
}

TEST(json, tells_the_kinds_apart) {
    const auto parsed = read(R"({"n":null,"b":false,"i":1,"s":"","a":[],"o":{}})");
    const auto kind_at = [&](std::string_view pointer) { return parsed.root().at(pointer)->type(); };
    EXPECT_EQ(kind_at("/n"), kind::null);
    EXPECT_EQ(kind_at("/b"), kind::boolean);
    EXPECT_EQ(kind_at("/i"), kind::number);
    EXPECT_EQ(kind_at("/s"), kind::string);
    EXPECT_EQ(kind_at("/a"), kind::array);
    EXPECT_EQ(kind_at("/o"), kind::object);
    EXPECT_EQ(parsed.root().at("/b")->text(), "false");
    EXPECT_EQ(parsed.root().at("/n")->text(), "");
    EXPECT_TRUE(parsed.root().at("/n")->is_null());
    EXPECT_TRUE(parsed.root().at("/i")->elements().empty());
    EXPECT_TRUE(parsed.root().at("/a")->members().empty());
    EXPECT_EQ(parsed.root().at("/s")->find("x"), nullptr);
}

TEST(json, finds_the_last_of_repeated_names_and_keeps_all) {
    const auto parsed = read(R"({"a":1,"b":2,"a":3})");
    EXPECT_EQ(parsed.root().find("a")->text(), "3");
    ASSERT_EQ(parsed.root().members().size(), 3U);
    EXPECT_EQ(parsed.root().members()[0].name, "a");
    EXPECT_EQ(parsed.root().members()[0].content.text(), "1");
    EXPECT_EQ(parsed.root().members()[1].name, "b");
}

TEST(json_pointer, follows_rfc_6901) {
    const auto parsed = read(
        R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8,"~1":9,"0":"zero"})");
    const auto text = [&](std::string_view pointer) {
        const auto* found = parsed.root().at(pointer);
        return found == nullptr ? std::string("(none)") : std::string(found->text());
    };
    EXPECT_EQ(parsed.root().at(""), &parsed.root());
    EXPECT_EQ(text("/foo/0"), "bar");
    EXPECT_EQ(text("/foo/1"), "baz");
    EXPECT_EQ(text("/"), "0");
    EXPECT_EQ(text("/a~1b"), "1");
    EXPECT_EQ(text("/c%d"), "2");
    EXPECT_EQ(text("/e^f"), "3");
    EXPECT_EQ(text("/g|h"), "4");
    EXPECT_EQ(text("/i\\j"), "5");
    EXPECT_EQ(text("/k\"l"), "6");
    EXPECT_EQ(text("/ "), "7");
    EXPECT_EQ(text("/m~0n"), "8");
    EXPECT_EQ(text("/~01"), "9");
    EXPECT_EQ(text("/0"), "zero");
    for (const auto* pointer :
         {"foo", "/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/1x", "/foo/ 1", "/foo/", "/foo/0/x", "/bar",
          "/foo/18446744073709551616", "/foo/-1", "//", "/a/b"})
        EXPECT_EQ(parsed.root().at(pointer), nullptr) << pointer;
}

TEST(json_document, keeps_its_values_when_it_moves) {
    auto first = read(R"({"a":"x\u0041y","b":[1,2,3]})");
    const auto second = std::move(first);
    EXPECT_EQ(second.root().at("/a")->text(), "xAy");
    EXPECT_EQ(second.root().at("/b/2")->text(), "3");
}

TEST(json_document, owns_what_it_read) {
    auto text = std::make_unique<std::string>(R"({"a":"xyz","b":12345678901234567890})");
    const auto parsed = read(*text);
    text.reset();
    EXPECT_EQ(parsed.root().at("/a")->text(), "xyz");
    EXPECT_EQ(parsed.root().at("/b")->raw(), "12345678901234567890");
}

TEST(json_document, outlined_knows_the_upper_levels_and_the_bytes_of_the_others) {
    const std::string text =
        R"({"id":9007199254740993,"a":{"b":"x\u0041","c":[1, {"d":2.50} ] , "e":{"f":{}}},"g":[[1],2] } )";
    const auto whole = read(text);
    for (const std::size_t levels : {1U, 2U, 3U}) {
        const auto outline = document::outline(text, levels);
        ASSERT_TRUE(outline);
        for (const auto* pointer : {"/id", "/a", "/g", "/a/b", "/a/c", "/a/e", "/g/0", "/g/1", "/a/c/0"}) {
            const auto deep =
                static_cast<std::size_t>(std::count(pointer, pointer + std::strlen(pointer), '/'));
            const auto* found = outline->root().at(pointer);
            ASSERT_EQ(found != nullptr, deep <= levels) << pointer << ' ' << levels;
            if (found == nullptr)
                continue;
            EXPECT_EQ(found->type(), whole.root().at(pointer)->type()) << pointer;
            EXPECT_EQ(found->text(), whole.root().at(pointer)->text()) << pointer;
            EXPECT_EQ(found->raw(), whole.root().at(pointer)->raw()) << pointer;
        }
    }
    const auto large = document::outline(R"({"id":123456789012345678901234567890})", 1);
    ASSERT_TRUE(large);
    EXPECT_EQ(large->root().find("id")->text(), "123456789012345678901234567890");
}

TEST(json_document, says_why_a_text_is_refused) {
    EXPECT_NE(document::parse(nested(65)).error().reason.find("deep"), std::string::npos);
    EXPECT_NE(document::parse("1").error().reason.find("root"), std::string::npos);
    EXPECT_NE(document::parse("[] []").error().reason.find("end"), std::string::npos);
}

TEST(json_document, reads_a_hundred_thousand_members) {
    std::string text = "{";
    for (int i = 0; i < 100'000; ++i)
        text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":" + std::to_string(i);
    text += "}";
    const auto parsed = read(text);
    EXPECT_EQ(parsed.root().members().size(), 100'000U);
    EXPECT_EQ(parsed.root().find("k99999")->text(), "99999");
}

TEST(json_number, is_spelled_as_rfc_8259_says) {
    for (const auto* text : {"0", "-0", "1", "-1", "10", "0.0", "1.50", "1e3", "1E3", "1e+3", "1e-3",
                             "1.5e300", "0e0", "123456789012345678901234567890"})
        EXPECT_TRUE(is_number(text)) << text;
    for (const auto* text : {"",   "-",  "+1", "01",  "-01", "00",  ".5",    "5.",  "1e",    "1e+",
                             "1 ", " 1", "1a", "0x1", "1,5", "NaN", "1.2.3", "--1", "1e5.5", "-.5"})
        EXPECT_FALSE(is_number(text)) << text;
    EXPECT_FALSE(is_number(std::string_view("1\0", 2)));
}

}  // namespace
}  // namespace shopbell::json
