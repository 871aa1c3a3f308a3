#include <shopbell/cli/pretty_json.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

std::string pretty(std::string_view text) {
    return pretty_json(json::document::parse(text).value().root());
}

TEST(pretty_json, keeps_every_digit_and_escape) {
    EXPECT_EQ(pretty(R"({"total":369.20,"id":12345678901234567890123,"e":-1.0e5,"text":"a\u0040\/b"})"),
              R"({
  "total": 369.20,
  "id": 12345678901234567890123,
  "e": -1.0e5,
  "text": "a\u0040\/b"
})");
}

TEST(pretty_json, indents_what_is_nested_and_keeps_order_and_repeats) {
    EXPECT_EQ(pretty(R"({"b":[1,{"c":null}],"a":{},"a":[],"d":[true,false]})"),
              R"({
  "b": [
    1,
    {
      "c": null
    }
  ],
  "a": {},
  "a": [],
  "d": [
    true,
    false
  ]
})");
}

TEST(pretty_json, escapes_names_again) {
    EXPECT_EQ(pretty(R"({"a\"\n":1})"), "{\n  \"a\\\"\\n\": 1\n}");
}

}  // namespace
}  // namespace shopbell
