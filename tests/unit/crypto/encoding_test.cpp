#include <shopbell/crypto/encoding.hpp>

#include <gtest/gtest.h>

#include <array>

namespace shopbell {
namespace {

std::string every_byte() {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
        every += static_cast<char>(byte);
    return every;
}

struct vector_row {
    const char* bytes;
    const char* text;
};

TEST(base64, gives_the_vectors_of_rfc_4648) {
    const vector_row rows[] = {{"", ""},
                               {"f", "Zg=="},
                               {"fo", "Zm8="},
                               {"foo", "Zm9v"},
                               {"foob", "Zm9vYg=="},
                               {"fooba", "Zm9vYmE="},
                               {"foobar", "Zm9vYmFy"},
                               {"\xfb\xff\xbf", "+/+/"}};
    for (const auto& row : rows) {
        EXPECT_EQ(base64_encode(row.bytes), row.text);
        EXPECT_EQ(base64_decode(row.text), row.bytes);
    }
}

TEST(base64, reads_back_every_byte_at_every_length) {
    const auto every = every_byte();
    for (std::size_t length = 0; length <= every.size(); ++length)
        EXPECT_EQ(base64_decode(base64_encode(every.substr(0, length))), every.substr(0, length)) << length;
}

TEST(base64, is_strict) {
    for (const auto* text : {"Z",      "Zg",       "Zg=",      "Zm8",      "Zm9vYg",     "Zg==\n",
                             "\nZg==", " Zg==",    "Zg== ",    "Z g==",    "Zm9v\nYg==", "Zm9vYg==\r\n",
                             "Zg=\n",  "Zm9v    ", "    Zm9v", "Zg==Zg==", "Zg==Zm9v",   "=Zg=",
                             "Z=g=",   "Z===",     "====",     "===",      "==",         "=",
                             "   =",   "    ====", "Zh==",     "Zm9=",     "Zm8=Zm8=",   "Zm-_",
                             "Zm9v=",  "Zm9v====", "Zm9%",     "Zm9\xE9",  "%%%%",       "Zm9v!!!!"})
        EXPECT_EQ(base64_decode(text), std::nullopt) << '"' << text << '"';
    EXPECT_EQ(base64_decode(std::string_view("Zm9\0", 4)), std::nullopt);
    EXPECT_EQ(base64_decode(std::string_view("Zg==\0\0\0\0", 8)), std::nullopt);
    EXPECT_EQ(base64_decode(std::string(4, '\0')), std::nullopt);
}

TEST(base64url, has_padding_or_none) {
    EXPECT_EQ(base64url_decode("-_-_"), std::string("\xfb\xff\xbf"));
    for (const auto* text : {"Zg", "Zg=="})
        EXPECT_EQ(base64url_decode(text), "f") << text;
    for (const auto* text : {"Z", "Zg=", "Zh", "+/+/", "Zg==="})
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
}

TEST(a_buffer, takes_what_fits_and_nothing_else) {
    std::array<char, 3> three{};
    EXPECT_EQ(base64_decode("Zm9v", three), 3u);
    EXPECT_EQ(std::string_view(three.data(), 3), "foo");
    EXPECT_EQ(base64_decode("Zm8=", three), 2u);
    EXPECT_EQ(base64url_decode("-_-_", three), 3u);
    EXPECT_EQ(hex_decode("0aFF", three), 2u);
    EXPECT_EQ(base64_decode("Zm9vYg==", three), std::nullopt);
    EXPECT_EQ(base64url_decode("Zm9vYg", three), std::nullopt);
    EXPECT_EQ(hex_decode("00112233", three), std::nullopt);
    EXPECT_EQ(hex_decode("0x", three), std::nullopt);
}

TEST(hex, writes_lower_case_and_reads_either) {
    EXPECT_EQ(hex_encode(std::string_view("\x00\x1f\xAB\xff", 4)), "001fabff");
    EXPECT_EQ(hex_encode(""), "");
    EXPECT_EQ(hex_decode("001fabff"), std::string("\x00\x1f\xab\xff", 4));
    EXPECT_EQ(hex_decode("001FaBfF"), std::string("\x00\x1f\xab\xff", 4));
    EXPECT_EQ(hex_decode(""), "");
    EXPECT_EQ(hex_decode(hex_encode(every_byte())), every_byte());
}

TEST(hex, is_strict) {
    for (const auto* text : {"0", "abc", "0g", "g0", "0x", "0x1f", " 00", "00 ", "0 ", "-1", "+1", "00\n0",
                             "é", "%41", ":0", "@0", "`0", "G0"})
        EXPECT_EQ(hex_decode(text), std::nullopt) << '"' << text << '"';
    EXPECT_EQ(hex_decode(std::string_view("0\0", 2)), std::nullopt);
}

}  // namespace
}  // namespace shopbell
