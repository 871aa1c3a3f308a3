#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/core/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

/// What the stores that send JSON have in common.
namespace shopbell {

/// The trimmed value of a field that must be there exactly once, or the reason for the operator why not.
[[nodiscard]] result<std::string_view> single_value(const headers& fields, std::string_view name);

/// Joins parts so that no two lists of parts give the same text: each is preceded by its length.
[[nodiscard]] std::string join_identity(std::initializer_list<std::string_view> parts);

/// Both texts with the separator between them, or the one that is not empty.
[[nodiscard]] std::string join_given(std::string first, std::string_view separator, std::string_view second);

/// [A-Za-z0-9._-], 1 to 64 characters: fit to be an event's `store`.
[[nodiscard]] bool is_plain_code(std::string_view text) noexcept;

/// The id that a resource names, as text: an integer of any size, or a short string without control
/// characters. Empty where there is no such id, or `object` is null.
[[nodiscard]] std::string plain_id(const json::value* object, std::string_view member);

/// The id as a number that fits the inbox's index, or 0.
[[nodiscard]] std::uint64_t locality_of(std::string_view id) noexcept;

/// JSON on one line: events are written as JSON Lines, and a line break inside JSON is insignificant space.
[[nodiscard]] std::string on_one_line(std::string_view json);

/// Any bytes as a JSON string.
[[nodiscard]] std::string as_json_string(std::string_view bytes);

/// The members of an object that tells of nothing (provider_entry::probe): "id" is the mark, and in the
/// others stands what JSON may be written as but a rewriter would write otherwise.
[[nodiscard]] std::string probe_object(std::string_view mark, std::size_t padding);

/// The same text with its first character exchanged for another of hex and base64.
[[nodiscard]] std::string with_one_wrong_character(std::string text);

}  // namespace shopbell
