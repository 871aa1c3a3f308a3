#include "../src/sinks/nats_subject.hpp"

#include "made_sink.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

std::string expand(std::string_view text, const std::string& endpoint, const std::string& type) {
    event about;
    about.endpoint = endpoint;
    about.type = type;
    return nats_subject::parse(text).value().expand(about);
}

TEST(a_nats_subject, names_the_type_with_its_dots_and_the_endpoint_as_one_token) {
    EXPECT_EQ(expand("shop.{endpoint}.{type}", "main", "jumpseller.order.paid"),
              "shop.main.jumpseller.order.paid");
    EXPECT_EQ(expand("orders", "main", "x"), "orders");
    EXPECT_EQ(expand("{type}", "main", "x"), "x");
    EXPECT_EQ(expand("a.b-{endpoint}-c", "main", "x"), "a.b-main-c");
}

TEST(a_nats_subject, is_safe_whatever_the_names_are) {
    for (const auto& [endpoint, expected] :
         {std::pair("a.b", "s.a_b"), std::pair("*", "s._"), std::pair(">", "s._"), std::pair("", "s._"),
          std::pair("a b\tc", "s.a_b_c"), std::pair("x\r\nPUB y 0", "s.x__PUB_y_0"), std::pair("\x7f", "s._"),
          std::pair("caf\xc3\xa9", "s.caf\xc3\xa9")})
        EXPECT_EQ(expand("s.{endpoint}", endpoint, ""), expected);
    for (const auto& [type, expected] :
         {std::pair("a..b", "s.a._.b"), std::pair(".a", "s._.a"), std::pair("a.", "s.a._"),
          std::pair(".", "s._._"), std::pair("", "s._"), std::pair("a.*", "s.a._"),
          std::pair("a.>", "s.a._")})
        EXPECT_EQ(expand("s.{type}", "", type), expected) << type;
    EXPECT_EQ(expand("s.{endpoint}", std::string("a\0b", 3), ""), "s.a_b");
}

TEST(a_nats_subject, stays_short_and_cuts_no_character) {
    EXPECT_EQ(expand("{type}", "", std::string(10'000, 'a')), std::string(255, 'a'));
    std::string accents;
    for (int i = 0; i < 200; ++i)
        accents += "\xc3\xa9";
    EXPECT_EQ(expand("{type}", "", accents), accents.substr(0, 254));
}

TEST(a_nats_subject, is_refused_where_nobody_can_publish_to_it) {
    for (const auto* const text :
         {"", "a b", "a.*", "a.>", ">", "a..b", ".a", "a.", "{type}.", "{typ}", "{", "}", "a\n"})
        EXPECT_FALSE(nats_subject::parse(text)) << text;
    EXPECT_FALSE(nats_subject::parse(std::string(256, 'a')));
    EXPECT_EQ(nats_subject::parse("{date}").error().reason,
              "unknown placeholder {date}; there are {type} and {endpoint}");
}

}  // namespace
}  // namespace shopbell::test
