#pragma once

#include <shopbell/core/result.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// A text, and the placeholder behind it.
struct template_piece {
    std::string text;
    std::optional<std::size_t> placeholder;  ///< its index among the names; nothing: the end
};

/// Splits a text at its placeholders, "{name}" for each of the names; only the last piece has none behind it.
/// Fails with `malformed` on any other name, and on a brace without its counterpart.
[[nodiscard]] result<std::vector<template_piece>> split_at_placeholders(
    std::string_view text, std::span<const std::string_view> names);

}  // namespace shopbell
