#include <shopbell/core/json.hpp>
#include <shopbell/core/json_writer.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace shopbell {
namespace {

std::string written(std::string_view text) {
    json_writer out;
    out.string(text);
    return out.take();
}

TEST(json_writer, places_the_commas) {
    json_writer out;
    out.begin_object().field("a", "1").key("b").begin_array().integer(2).boolean(true).boolean(false).string(
        "x");
    out.begin_object().end_object().begin_array().end_array().end_array().key("c").raw("null").key("d");
    out.begin_object().key("e").integer(-5).end_object().end_object();
    EXPECT_EQ(out.text(), R"({"a":"1","b":[2,true,false,"x",{},[]],"c":null,"d":{"e":-5}})");
}

TEST(json_writer, leaves_raw_json_as_it_is) {
    json_writer out;
    out.begin_array().raw("1.10").raw("{ \"a\" : 1e400 }").raw("123456789012345678901234567890").end_array();
    EXPECT_EQ(out.take(), R"([1.10,{ "a" : 1e400 },123456789012345678901234567890])");
}

TEST(json_writer, escapes_what_json_demands) {
    EXPECT_EQ(written(""), R"("")");
    EXPECT_EQ(written("a/b"), R"("a/b")");
    EXPECT_EQ(written("\"\\"), R"("\"\\")");
    EXPECT_EQ(written("\n\r\t"), R"("\n\r\t")");
    EXPECT_EQ(written(std::string_view("\0\x01\x08\x0b\x0c\x1f\x7f", 7)),
              "\"\\u0000\\u0001\\u0008\\u000b\\u000c\\u001f\x7f\"");
    EXPECT_EQ(written("José €😀"), "\"José €😀\"");
}

TEST(json_writer, escapes_each_byte_wherever_it_stands) {
    constexpr std::size_t longest = 17;
    for (int byte = 0; byte < 0x80; ++byte) {
        for (std::size_t at = 0; at < longest; ++at) {
            std::string text(longest, 'x');
            text[at] = static_cast<char>(byte);
            const auto json = written(text);
            const auto read = json::document::parse("[" + json + "]");
            ASSERT_TRUE(read) << json;
            EXPECT_EQ(read->root().elements().front().text(), text) << json;
            EXPECT_EQ(json.find_first_of(std::string_view("\0\n\t\x1f", 4)), std::string::npos) << json;
        }
    }
}

TEST(json_writer, replaces_an_ill_formed_byte_wherever_it_stands) {
    constexpr std::size_t longest = 17;
    for (std::size_t at = 0; at < longest; ++at) {
        std::string text(longest, 'x');
        text[at] = '\xff';
        const auto expected = "\"" + text.substr(0, at) + "\xef\xbf\xbd" + text.substr(at + 1) + "\"";
        EXPECT_EQ(written(text), expected);
    }
}

TEST(json_writer, escapes_keys_too) {
    json_writer out;
    out.begin_object().field("a\"\n", "x").end_object();
    EXPECT_EQ(out.take(), R"({"a\"\n":"x"})");
}

TEST(json_writer, replaces_ill_formed_utf8) {
    EXPECT_EQ(written("a\xFF"
                      "b"),
              "\"a\xEF\xBF\xBD"
              "b\"");
    EXPECT_EQ(written("\xED\xA0\x80").find('\xED'), std::string::npos);
}

TEST(json_writer, writes_the_smallest_and_largest_integer) {
    json_writer out;
    out.begin_array()
        .integer(std::numeric_limits<long long>::min())
        .integer(std::numeric_limits<long long>::max())
        .integer(0)
        .end_array();
    EXPECT_EQ(out.take(), "[-9223372036854775808,9223372036854775807,0]");
}

TEST(json_writer, writes_strings_that_are_read_back_as_they_were) {
    std::string every;
    for (char c = 0; c < 127; ++c)
        every += c;
    every += "é€😀";
    const auto document = json::document::parse("[" + written(every) + "]");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().elements()[0].text(), every);
}

}  // namespace
}  // namespace shopbell
