#include <shopbell/core/text.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace shopbell {
namespace {

struct glob_row {
    const char* glob;
    const char* name;
    bool matches;
};

TEST(glob, takes_one_star_for_one_word_and_two_for_any_number) {
    const glob_row rows[] = {
        {"**", "a", true},
        {"**", "a.b.c", true},
        {"*", "a", true},
        {"*", "a.b", false},
        {"*.*", "a.b", true},
        {"*.*", "a", false},
        {"*.*", "a.b.c", false},
        {"jumpseller.order.paid", "jumpseller.order.paid", true},
        {"jumpseller.order.paid", "jumpseller.order.paid2", false},
        {"jumpseller.order.paid", "Jumpseller.order.paid", false},
        {"jumpseller.order", "jumpseller.order.paid", false},
        {"jumpseller.order.paid.now", "jumpseller.order.paid", false},
        {"*.order.paid", "ejunkie.order.paid", true},
        {"*.order.paid", "order.paid", false},
        {"*.order.*", "jumpseller.order.paid", true},
        {"*.order.*", "jumpseller.product.updated", false},
        {"jumpseller.*.updated", "jumpseller.product.updated", true},
        {"jumpseller.*.updated", "jumpseller.product.stock.updated", false},
        {"jumpseller.**", "jumpseller", true},
        {"jumpseller.**", "jumpseller.contact", true},
        {"jumpseller.**", "jumpseller.order.paid", true},
        {"jumpseller.**", "jumpseller2.order.paid", false},
        {"jumpseller.**.**", "jumpseller", true},
        {"**.paid", "paid", true},
        {"**.paid", "a.b.paid", true},
        {"**.paid", "a.b.unpaid", false},
        {"a.**.z", "a.z", true},
        {"a.**.z", "a.b.c.z", true},
        {"a.**.z", "a.b.c.y", false},
        {"**.sale.**", "usaepay.transaction.sale.success", true},
        {"**.sale.**", "usaepay.transaction.sale", true},
        {"**.sale.**", "usaepay.transaction.sales.success", false},
        {"order.*_updated", "order.stock_updated", true},
        {"order.*_updated", "order._updated", true},
        {"order.*_updated", "order.updated", false},
        {"order.*_updated", "order.a.b_updated", false},
        {"a*b*c", "aXbYc", true},
        {"a*b*c", "abc", true},
        {"a*b*c", "acb", false},
        {"a*", "a", true},
        {"ab*", "a", false},
        {"***", "a", true},
        {"***", "a.b", false},
        {"", "", true},
        {"", "a", false},
        {"a", "", false},
        {"a.", "a", false},
        {".a", "a", false},
        {"?", "a", false},
        {"[a]", "a", false},
    };
    for (const auto& row : rows)
        EXPECT_EQ(glob_match(row.glob, row.name), row.matches) << row.glob << " on " << row.name;
}

TEST(glob, takes_time_in_proportion_to_both_however_many_runs_it_has) {
    std::string glob, name;
    for (int i = 0; i < 100; ++i) {
        glob += "**.a.";
        name += "a.a.a.";
    }
    EXPECT_TRUE(glob_match(glob + "**", name + "a"));
    EXPECT_FALSE(glob_match(glob + "b", name + "a"));
}

TEST(wildcard, takes_a_star_for_any_run_with_dots_too) {
    EXPECT_TRUE(wildcard_match("*", "a.b"));
    EXPECT_TRUE(wildcard_match("*", ""));
    EXPECT_TRUE(wildcard_match("a*c", "a.b.c"));
    EXPECT_TRUE(wildcard_match("*ab", "aab"));
    EXPECT_FALSE(wildcard_match("a*c", "a.b"));
    EXPECT_FALSE(wildcard_match("", "a"));
    EXPECT_TRUE(wildcard_match("", ""));
    EXPECT_FALSE(wildcard_match(std::string(50, '*') + "b", std::string(10'000, 'a')));
}

TEST(text, compares_ascii_letters_without_case_and_nothing_else) {
    EXPECT_TRUE(iequals("", ""));
    EXPECT_TRUE(iequals("Content-TYPE", "content-type"));
    EXPECT_FALSE(iequals("content-type", "content-typ"));
    EXPECT_FALSE(iequals("content-typ", "content-type"));
    EXPECT_FALSE(iequals("a", "b"));
    EXPECT_FALSE(iequals("[", "{"));
    EXPECT_FALSE(iequals("@", "`"));
    EXPECT_FALSE(iequals("É", "é"));
    EXPECT_FALSE(iequals(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(text, changes_the_case_of_ascii_letters_and_nothing_else) {
    EXPECT_EQ(to_lower("AZaz09-_É["), "azaz09-_É[");
    EXPECT_EQ(to_upper("AZaz09-_é{"), "AZAZ09-_é{");
}

TEST(text, trims_space_at_both_ends) {
    EXPECT_EQ(trim(" \t\r\na b\n\r\t "), "a b");
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_EQ(trim("a"), "a");
    EXPECT_EQ(trim("\va\v"), "\va\v");
}

struct utf8_row {
    const char* name;
    std::string bytes;
    bool valid;
};

TEST(text, knows_well_formed_utf8) {
    const utf8_row rows[] = {
        {"empty", "", true},
        {"ascii", "abc", true},
        {"nul", std::string(1, '\0'), true},
        {"two bytes", "\xC3\xA9", true},
        {"first of two bytes", "\xC2\x80", true},
        {"three bytes", "\xE2\x82\xAC", true},
        {"last before the surrogates", "\xED\x9F\xBF", true},
        {"first behind the surrogates", "\xEE\x80\x80", true},
        {"noncharacter", "\xEF\xBF\xBF", true},
        {"four bytes", "\xF0\x9F\x98\x80", true},
        {"last code point", "\xF4\x8F\xBF\xBF", true},
        {"lone continuation", "\x80", false},
        {"latin-1", "Jos\xE9", false},
        {"cut short after one", "\xC3", false},
        {"cut short after two", "\xE2\x82", false},
        {"cut short after three", "\xF0\x9F\x98", false},
        {"overlong slash in two", "\xC0\xAF", false},
        {"overlong in two", "\xC1\xBF", false},
        {"overlong in three", "\xE0\x9F\xBF", false},
        {"overlong in four", "\xF0\x8F\xBF\xBF", false},
        {"high surrogate", "\xED\xA0\x80", false},
        {"low surrogate", "\xED\xBF\xBF", false},
        {"beyond the last code point", "\xF4\x90\x80\x80", false},
        {"five bytes", "\xF8\x88\x80\x80\x80", false},
        {"byte FF", "\xFF", false},
        {"ascii where a continuation must be", "\xE2(\xA1", false},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(is_utf8(row.bytes), row.valid) << row.name;
        const auto fit = to_utf8_lossy("<" + row.bytes + ">");
        EXPECT_TRUE(is_utf8(fit)) << row.name;
        EXPECT_EQ(fit == "<" + row.bytes + ">", row.valid) << row.name;
        EXPECT_TRUE(fit.starts_with('<') && fit.ends_with('>')) << row.name;
    }
}

TEST(text, replaces_only_what_is_ill_formed) {
    EXPECT_EQ(to_utf8_lossy("Jos\xE9 é"), "Jos\xEF\xBF\xBD é");
    EXPECT_EQ(to_utf8_lossy("a\xFF"
                            "b\xC3"
                            "c"),
              "a\xEF\xBF\xBD"
              "b\xEF\xBF\xBD"
              "c");
}

TEST(closest, finds_a_word_with_a_slip_in_it) {
    const std::vector<std::string_view> keys = {"path", "provider", "handshake", "listen", "max_body"};
    EXPECT_EQ(closest("pth", keys), "path");
    EXPECT_EQ(closest("paht", keys), "path");
    EXPECT_EQ(closest("xxth", keys), std::nullopt);
    EXPECT_EQ(closest("provder", keys), "provider");
    EXPECT_EQ(closest("providre", keys), "provider");
    EXPECT_EQ(closest("handshakes", keys), "handshake");
    EXPECT_EQ(closest("hnadshake", keys), "handshake");
    EXPECT_EQ(closest("max-body", keys), "max_body");
    EXPECT_EQ(closest("timeout", keys), std::nullopt);
    EXPECT_EQ(closest("", keys), std::nullopt);
    EXPECT_EQ(closest("path", {}), std::nullopt);
    EXPECT_EQ(closest(std::string(100'000, 'a'), keys), std::nullopt);
}

TEST(closest, prefers_the_nearer_word) {
    const std::vector<std::string_view> words = {"jumpsell", "jumpseller"};
    EXPECT_EQ(closest("jumpselle", words), "jumpsell");
    EXPECT_EQ(closest("jumpsellers", words), "jumpseller");
}

}  // namespace
}  // namespace shopbell
