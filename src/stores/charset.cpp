#include <shopbell/stores/charset.hpp>

#include <shopbell/core/text.hpp>

#include <iconv.h>

#include <algorithm>
#include <array>
#include <memory>
#include <type_traits>

namespace shopbell {
namespace {

/// A charset's name in iconv, and its labels (Encoding Standard, section 4.2).
struct charset_row {
    charset means;
    const char* name;
    std::string_view labels;
};

constexpr charset_row charsets[] = {
    {charset::utf_8, "UTF-8", "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"},
    {charset::windows_1252, "CP1252",
     "windows-1252 cp1252 x-cp1252 cp-1252 iso-8859-1 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 "
     "iso-ir-100 "
     "csisolatin1 latin1 latin-1 l1 cp819 ibm819 ascii us-ascii ansi_x3.4-1968"},
    {charset::ibm866, "CP866", "866 cp866 csibm866 ibm866"},
    {charset::iso_8859_2, "ISO-8859-2",
     "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2"},
    {charset::iso_8859_3, "ISO-8859-3",
     "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3"},
    {charset::iso_8859_4, "ISO-8859-4",
     "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4"},
    {charset::iso_8859_5, "ISO-8859-5",
     "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988"},
    {charset::iso_8859_6, "ISO-8859-6",
     "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e iso-8859-6-i "
     "iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987"},
    {charset::iso_8859_7, "ISO-8859-7",
     "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
     "iso_8859-7:1987 sun_eu_greek"},
    {charset::iso_8859_8, "ISO-8859-8",
     "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
     "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical"},
    {charset::iso_8859_10, "ISO-8859-10",
     "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6"},
    {charset::iso_8859_13, "ISO-8859-13", "iso-8859-13 iso8859-13 iso885913"},
    {charset::iso_8859_14, "ISO-8859-14", "iso-8859-14 iso8859-14 iso885914"},
    {charset::iso_8859_15, "ISO-8859-15", "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9"},
    {charset::iso_8859_16, "ISO-8859-16", "iso-8859-16"},
    {charset::koi8_r, "KOI8-R", "cskoi8r koi koi8 koi8-r koi8_r"},
    {charset::koi8_u, "KOI8-U", "koi8-ru koi8-u"},
    {charset::macintosh, "MACINTOSH", "csmacintosh mac macintosh x-mac-roman"},
    {charset::windows_874, "CP874", "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874"},
    {charset::windows_1250, "CP1250", "cp1250 windows-1250 x-cp1250"},
    {charset::windows_1251, "CP1251", "cp1251 windows-1251 x-cp1251"},
    {charset::windows_1253, "CP1253", "cp1253 windows-1253 x-cp1253"},
    {charset::windows_1254, "CP1254",
     "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
     "windows-1254 x-cp1254"},
    {charset::windows_1255, "CP1255", "cp1255 windows-1255 x-cp1255"},
    {charset::windows_1256, "CP1256", "cp1256 windows-1256 x-cp1256"},
    {charset::windows_1257, "CP1257", "cp1257 windows-1257 x-cp1257"},
    {charset::windows_1258, "CP1258", "cp1258 windows-1258 x-cp1258"},
    {charset::gb18030, "GB18030",
     "gb18030 chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk"},
    {charset::big5, "BIG5-HKSCS", "big5 big5-hkscs cn-big5 csbig5 x-x-big5"},
    {charset::euc_jp, "EUC-JP-MS", "cseucpkdfmtjapanese euc-jp x-euc-jp"},
    {charset::shift_jis, "CP932", "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis"},
    {charset::euc_kr, "CP949",
     "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
     "windows-949"},
};

/// What windows-1252 has at 0x80 to 0x9F, where ISO 8859-1 has control characters (Encoding Standard,
/// index windows-1252).
constexpr std::array<char16_t, 32> windows_1252_block = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178,
};

unsigned code_point(unsigned char byte, charset from) noexcept {
    if (from == charset::windows_1252 && byte >= 0x80 && byte <= 0x9F)
        return windows_1252_block[byte - 0x80U];
    return byte;
}

/// Enough for the Basic Multilingual Plane; single-byte charsets reach no further.
void append_utf8(std::string& text, unsigned code) {
    if (code < 0x80) {
        text += static_cast<char>(code);
        return;
    }
    if (code < 0x800) {
        text += static_cast<char>(0xC0U | code >> 6U);
    } else {
        text += static_cast<char>(0xE0U | code >> 12U);
        text += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
    }
    text += static_cast<char>(0x80U | (code & 0x3FU));
}

std::string from_latin(std::string_view bytes, charset from) {
    std::string text;
    text.reserve(bytes.size());
    for (const char c : bytes)
        append_utf8(text, code_point(static_cast<unsigned char>(c), from));
    return text;
}

bool is_ascii(std::string_view bytes) noexcept {
    return std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Whether a label is one of those that stand between spaces.
bool is_one_of(std::string_view labels, std::string_view wanted) noexcept {
    while (!labels.empty()) {
        const auto label = labels.substr(0, labels.find(' '));
        if (iequals(label, wanted))
            return true;
        labels.remove_prefix(std::min(label.size() + 1, labels.size()));
    }
    return false;
}

struct conversion_closer {
    void operator()(::iconv_t one) const noexcept { ::iconv_close(one); }
};
using conversion = std::unique_ptr<std::remove_pointer_t<::iconv_t>, conversion_closer>;

/// By the C library's tables. Nothing also where it has none for that charset.
std::optional<std::string> convert(std::string_view bytes, charset from) {
    const auto* const row = std::ranges::find(charsets, from, &charset_row::means);
    const ::iconv_t opened = row == std::end(charsets) ? nullptr : ::iconv_open("UTF-8", row->name);
    if (opened == nullptr || opened == reinterpret_cast<::iconv_t>(-1))
        return std::nullopt;
    const conversion tables(opened);
    std::string text(bytes.size() * 4 + 16, '\0');  // no character takes more than four bytes
    std::string source(bytes);
    char* in = source.data();
    char* out = text.data();
    std::size_t in_left = source.size();
    std::size_t out_left = text.size();
    constexpr auto failed = static_cast<std::size_t>(-1);
    if (::iconv(tables.get(), &in, &in_left, &out, &out_left) == failed ||
        ::iconv(tables.get(), nullptr, nullptr, &out, &out_left) == failed)
        return std::nullopt;
    text.resize(text.size() - out_left);
    return text;
}

}  // namespace

std::optional<charset> find_charset(std::string_view label) noexcept {
    const auto wanted = trim(label);
    const auto* const found = std::ranges::find_if(
        charsets, [wanted](const charset_row& one) { return is_one_of(one.labels, wanted); });
    if (found == std::end(charsets))
        return std::nullopt;
    return found->means;
}

std::optional<std::string> to_utf8(std::string_view bytes, charset from) {
    if (from == charset::iso_8859_1 || from == charset::windows_1252)
        return from_latin(bytes, from);
    if (is_ascii(bytes) || (from == charset::utf_8 && is_utf8(bytes)))
        return std::string(bytes);
    return from == charset::utf_8 ? std::nullopt : convert(bytes, from);
}

}  // namespace shopbell
