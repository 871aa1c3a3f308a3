#include <shopbell/core/text.hpp>
#include <shopbell/stores/charset.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

TEST(find_charset, knows_labels_in_any_case) {
    for (const auto* name : {"utf-8", "UTF-8", "Utf8", " utf-8 ", "unicode-1-1-utf-8"})
        EXPECT_EQ(find_charset(name), charset::utf_8) << name;
    for (const auto* name : {"windows-1252", "Windows-1252", "WINDOWS-1252", "CP1252", "x-cp1252"})
        EXPECT_EQ(find_charset(name), charset::windows_1252) << name;
    EXPECT_EQ(find_charset("Shift_JIS"), charset::shift_jis);
    EXPECT_EQ(find_charset("gb2312"), charset::gb18030);
    EXPECT_EQ(find_charset("KOI8_R"), charset::koi8_r);
    EXPECT_EQ(find_charset("iso-8859-9"), charset::windows_1254);
    EXPECT_EQ(find_charset("iso-8859-15"), charset::iso_8859_15);
}

TEST(find_charset, takes_labels_of_iso_8859_1_and_ascii_as_the_encoding_standard_does) {
    for (const auto* name :
         {"iso-8859-1", "ISO-8859-1", "ISO_8859-1", "iso88591", "Latin1", "l1", "us-ascii", "ASCII", "cp819"})
        EXPECT_EQ(find_charset(name), charset::windows_1252) << name;
}

TEST(find_charset, knows_no_other) {
    for (const auto* name : {"", "klingon", "utf-16", "utf", "utf-7", "utf-8 utf8", "windows",
                             "iso-8859-1 "
                             "x"})
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

TEST(to_utf8, converts_by_the_tables_of_the_c_library) {
    const conversion_row rows[] = {
        {charset::windows_1251, "\xCF\xF0\xE8\xE2\xE5\xF2", "Привет"},
        {charset::koi8_r, "\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"},
        {charset::iso_8859_15, "\xA4", "€"},
        {charset::windows_1250, "\x8A\x9E", "Šž"},
        {charset::shift_jis, "\x93\xFA\x96{", "日本"},
        {charset::euc_jp, "\xC6\xFC\xCB\xDC", "日本"},
        {charset::gb18030, "\xD6\xD0\xB9\xFA", "中国"},
        {charset::big5, "\xA4\xA4", "中"},
        {charset::euc_kr, "\xC7\xD1", "한"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(to_utf8(row.bytes, row.from), row.text);
    EXPECT_EQ(to_utf8("\x81", charset::shift_jis), std::nullopt);
    EXPECT_EQ(to_utf8("\xFF\xFF", charset::euc_kr), std::nullopt);
}

TEST(to_utf8, has_a_table_for_every_charset) {
    for (auto from = charset::utf_8; from <= charset::euc_kr;
         from = static_cast<charset>(static_cast<int>(from) + 1)) {
        std::size_t read = 0;
        for (int byte = 0xA1; byte < 0x100; ++byte)
            for (const auto& bytes :
                 {std::string(1, static_cast<char>(byte)), std::string(2, static_cast<char>(byte))})
                read += to_utf8(bytes, from) ? 1U : 0U;
        EXPECT_EQ(read > 0, from != charset::utf_8) << static_cast<int>(from);
    }
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
