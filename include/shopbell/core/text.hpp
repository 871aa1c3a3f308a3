#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace shopbell {

/// ASCII only, whatever the locale. (beast::iequals of Boost 1.81 reads past the end.)
[[nodiscard]] bool iequals(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] std::string to_upper(std::string_view text);

/// Without leading and trailing space, tab, CR and LF.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// The text behind the byte order marks (U+FEFF in UTF-8) that it begins with. Programs put one in front when
/// they save or send a text, and none means anything.
[[nodiscard]] std::string_view without_byte_order_marks(std::string_view text) noexcept;

/// The same text with every ill-formed byte sequence as U+FFFD: fit for JSON and logs.
[[nodiscard]] std::string to_utf8_lossy(std::string_view text);

/// The candidate at most two edits (a third of the word's length) away from `word`, for "did you mean".
[[nodiscard]] std::optional<std::string_view> closest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

/// Whether the whole text matches a pattern in which `*` stands for any run of characters.
[[nodiscard]] bool wildcard_match(std::string_view pattern, std::string_view text) noexcept;

/// Whether `name` matches a dotted glob: `*` is exactly one word between dots, `**` any number of words.
/// Within a word `*` matches any run of characters ("order.*_updated").
[[nodiscard]] bool glob_match(std::string_view glob, std::string_view name) noexcept;

}  // namespace shopbell
