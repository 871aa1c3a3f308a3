#pragma once

#include <shopbell/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace shopbell {

/// One --set of `shopbell send`.
struct body_edit {
    std::string pointer;  ///< JSON Pointer (RFC 6901); for a form "/" and the field's name
    std::string value;    ///< JSON where it is JSON, else a string

    /// "POINTER=VALUE", split at the first "=".
    [[nodiscard]] static result<body_edit> parse(std::string_view text);
};

/// The body with one value changed or added, every other byte as it was: numbers keep their digits, members
/// their order. Fails with `malformed`: a body that cannot be read, a pointer whose parent is not there.
[[nodiscard]] result<std::string> edit_json(std::string_view body, const body_edit& edit);
[[nodiscard]] result<std::string> edit_form(std::string_view body, const body_edit& edit);
/// Whichever of the two the body is.
[[nodiscard]] result<std::string> edit_body(std::string_view body, const body_edit& edit);

/// The body as another delivery: with that number as the id that `pointer` leads to, a number where it was
/// one.
[[nodiscard]] result<std::string> make_distinct(std::string_view body, const std::string& pointer,
                                                std::uint64_t number);

}  // namespace shopbell
