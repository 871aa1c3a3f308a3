#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// The charsets that a form's text comes in (providers.md 2.6), as the Encoding Standard has them: all of
/// them write ASCII as itself. Only `iso_8859_1` is none of the Standard's, where its labels mean
/// windows-1252.
enum class charset : std::uint8_t {
    utf_8,
    iso_8859_1,
    windows_1252,
    ibm866,
    iso_8859_2,
    iso_8859_3,
    iso_8859_4,
    iso_8859_5,
    iso_8859_6,
    iso_8859_7,
    iso_8859_8,
    iso_8859_10,
    iso_8859_13,
    iso_8859_14,
    iso_8859_15,
    iso_8859_16,
    koi8_r,
    koi8_u,
    macintosh,
    windows_874,
    windows_1250,
    windows_1251,
    windows_1253,
    windows_1254,
    windows_1255,
    windows_1256,
    windows_1257,
    windows_1258,
    gb18030,
    big5,
    euc_jp,
    shift_jis,
    euc_kr,
};

/// The charset that a label means in the Encoding Standard (section 4.2), without regard to case and
/// surrounding space: "latin1" and "ascii" are windows-1252. Nothing for any other.
[[nodiscard]] std::optional<charset> find_charset(std::string_view label) noexcept;

/// The same text in UTF-8; nothing where the bytes are not valid in that charset. The five bytes that
/// windows-1252 leaves open become the C1 controls of the same number (Encoding Standard), so that it can
/// read anything.
[[nodiscard]] std::optional<std::string> to_utf8(std::string_view bytes, charset from);

}  // namespace shopbell
