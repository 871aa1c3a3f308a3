#include "placeholders.hpp"

#include <algorithm>

namespace shopbell {
namespace {

/// "{endpoint}, {type} and {date}"
std::string list_placeholders(std::span<const std::string_view> names) {
    std::string list;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0)
            list += i + 1 == names.size() ? " and " : ", ";
        ((list += '{') += names[i]) += '}';
    }
    return list;
}

}  // namespace

result<std::vector<template_piece>> split_at_placeholders(std::string_view text,
                                                          std::span<const std::string_view> names) {
    std::vector<template_piece> pieces;
    for (;;) {
        const auto open = text.find_first_of("{}");
        if (open == std::string_view::npos) {
            pieces.push_back({std::string(text), std::nullopt});
            return pieces;
        }
        const auto close = text.find('}', open);
        if (text[open] == '}' || close == std::string_view::npos)
            return failure{errc::malformed,
                           "a brace without its counterpart; placeholders are " + list_placeholders(names)};
        const std::string_view name = text.substr(open + 1, close - open - 1);
        const auto known = std::ranges::find(names, name);
        if (known == names.end())
            return failure{errc::malformed, "unknown placeholder {" + std::string(name) + "}; there are " +
                                                list_placeholders(names)};
        pieces.push_back(
            {std::string(text.substr(0, open)), static_cast<std::size_t>(known - names.begin())});
        text.remove_prefix(close + 1);
    }
}

}  // namespace shopbell
