#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// application/x-www-form-urlencoded (URL Standard, section 5), read as leniently as PHP reads it: nothing is
/// refused, so that no order is lost over one odd byte. A byte order mark in front and line ends behind are
/// none of its fields' bytes.
///
///     body    = [ mark ] [ field *( "&" field ) ] *( CR | LF )
///                                             ; an empty field says nothing and is skipped
///     field   = name [ "=" value ]            ; split at the first "="; no "=" means an empty value
///     octet   = "+" | "%" HEX HEX | any       ; a space, that byte, itself; so "%zz" stays as it is
namespace shopbell {

/// One field with its escapes undone. Bytes, not yet text: only the sender knows their charset.
struct form_field {
    std::string name;
    std::string value;
};

/// A form's fields in the order sent; names may repeat and are case-sensitive.
class form {
public:
    /// Takes time and memory in proportion to the body, whatever it holds.
    [[nodiscard]] static form parse(std::string_view body);

    form() = default;
    explicit form(std::vector<form_field> fields) noexcept : fields_(std::move(fields)) {}

    [[nodiscard]] const std::vector<form_field>& fields() const& noexcept { return fields_; }
    [[nodiscard]] std::vector<form_field> fields() && noexcept { return std::move(fields_); }

    /// The value of the first field of that name, found by walking all of them. For many look-ups in one form
    /// build a `form_index`.
    [[nodiscard]] std::optional<std::string_view> first(std::string_view name) const noexcept;

private:
    std::vector<form_field> fields_;
};

/// Looks fields up in a body without taking it apart: for the few that decide whether it is let in, so that a
/// stranger's megabyte costs no more than reading it. A view of the body.
class form_scan {
public:
    explicit form_scan(std::string_view body) noexcept;

    /// The value of the first field of that name.
    [[nodiscard]] std::optional<std::string> first(std::string_view name) const;
    /// Whether two fields of that name have different values: such that `same` does not hold.
    using comparison = bool (*)(std::string_view, std::string_view);
    [[nodiscard]] bool contradicts_itself(std::string_view name, comparison same) const;
    /// The same of values that are the same only byte for byte.
    [[nodiscard]] bool contradicts_itself(std::string_view name) const;

private:
    std::string_view fields_;
};

/// Finds fields by name in logarithmic time. Sorted rather than hashed: bodies come from outside, and nobody
/// can choose names that make it slow. Refers to the form, which must outlive it and keep its place.
class form_index {
public:
    explicit form_index(const form& of);
    form_index(form&&) = delete;

    /// Positions in `form::fields()` of all the fields of that name, ascending.
    [[nodiscard]] std::span<const std::uint32_t> positions(std::string_view name) const noexcept;
    [[nodiscard]] bool has(std::string_view name) const noexcept { return !positions(name).empty(); }
    /// The first value of that name, or empty.
    [[nodiscard]] std::string_view first(std::string_view name) const noexcept;

private:
    const std::vector<form_field>& fields_;
    std::vector<std::uint32_t> order_;
};

/// Undoes "+" and percent-escapes; a bad escape stays as it is.
[[nodiscard]] std::string form_decode(std::string_view text);

/// Escapes one name or value (URL Standard, section 5.2).
[[nodiscard]] std::string form_encode(std::string_view bytes);

/// "a=1&b=2" of these fields, escaped.
[[nodiscard]] std::string form_body(std::span<const form_field> fields);

/// The same body with one field of that name and value in place of all that carry the name, or at the end.
/// Every other byte stays as it is.
[[nodiscard]] std::string with_form_field(std::string_view body, std::string_view name,
                                          std::string_view value);

/// The same body with the values of all fields of that name left out, "name=" alone. Every other byte stays
/// as it is.
[[nodiscard]] std::string with_blank_form_field(std::string_view body, std::string_view name);

}  // namespace shopbell
