#include <shopbell/core/text.hpp>
#include <shopbell/providers/charset.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

TEST(find_charset, knows_names_in_any_case) {
    for (const auto* name : {"utf-8", "UTF-8", "Utf8", " utf-8 "})
        EXPECT_EQ(find_charset(name), charset::utf_8) << name;
    for (const auto* name : {"iso-8859-1", "ISO-8859-1", "ISO_8859-1", "Latin1"})
        EXPECT_EQ(find_charset(name), charset::iso_8859_1) << name;
    for (const auto* name : {"windows-1252", "Windows-1252", "WINDOWS-1252", "CP1252"})
        EXPECT_EQ(find_charset(name), charset::windows_1252) << name;
}

TEST(find_charset, knows_no_other) {
    for (const auto* name :
         {"", "Shift_JIS", "gb2312", "KOI8_R", "utf-16", "utf", "iso-8859-15", "windows-1251"})
        EXPECT_EQ(find_charset(name), std::nullopt) << name;
}

TEST(to_utf8, keeps_ascii_in_every_charset) {
    for (const auto from : {charset::utf_8, charset::iso_8859_1, charset::windows_1252})
        EXPECT_EQ(to_utf8(std::string_view("Ann O'Neil\n\0~", 13), from),
                  std::string_view("Ann O'Neil\n\0~", 13));
}

struct conversion_row {
    charset from;
    const char* bytes;
    const char* text;
};

TEST(to_utf8, converts_single_bytes) {
    const conversion_row rows[] = {
        {charset::iso_8859_1, "Jos\xE9", "José"},
        {charset::iso_8859_1, "\x80\xFF", "\xC2\x80ÿ"},
        {charset::iso_8859_1, "\xA0\xBF\xC0", "\xC2\xA0¿À"},
        {charset::windows_1252, "Jos\xE9", "José"},
        {charset::windows_1252, "\x80 5,00", "€ 5,00"},
        {charset::windows_1252, "\x93O\x92Neil\x94 \x96 \x99", "“O’Neil” – ™"},
        {charset::windows_1252, "\x8A\x8C\x8E\x9A\x9C\x9E\x9F", "ŠŒŽšœžŸ"},
        {charset::windows_1252, "\x83\x85\x88\x89", "ƒ…ˆ‰"},
        {charset::windows_1252, "\x81\x8D\x8F\x90\x9D", "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(to_utf8(row.bytes, row.from), row.text);
}

TEST(to_utf8, refuses_ill_formed_utf8) {
    EXPECT_EQ(to_utf8("José €", charset::utf_8), "José €");
    for (const auto* bytes : {"Jos\xE9", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"})
        EXPECT_EQ(to_utf8(bytes, charset::utf_8), std::nullopt);
}

TEST(to_utf8, makes_utf8_of_every_byte) {
    std::string every;
    for (int byte = 0; byte < 256; ++byte)
        every += static_cast<char>(byte);
    for (const auto from : {charset::iso_8859_1, charset::windows_1252})
        EXPECT_TRUE(is_utf8(to_utf8(every, from).value()));
}

}  // namespace
}  // namespace shopbell
