#pragma once

#include <shopbell/config/problem.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::config {

enum class node_kind : unsigned char { string, integer, floating, boolean, time, array, table };

struct member;

/// One value of a TOML file: what readers look at, so that the TOML library stays in one file.
struct node {
    node_kind kind = node_kind::table;
    position where;           ///< of the value; of a [table], its header
    std::string text;         ///< of a string
    std::int64_t number = 0;  ///< of an integer; of a boolean 0 or 1
    std::vector<node> elements;
    std::vector<member> members;  ///< in the order of the file

    [[nodiscard]] const node* find(std::string_view key) const noexcept;
};

struct member {
    std::string key;
    position where;  ///< of the key
    node value;
};

/// "an integer", "an array": for messages.
[[nodiscard]] std::string_view describe(node_kind kind) noexcept;

/// Reads a TOML 1.0 text; a syntax error goes to `found`.
[[nodiscard]] std::optional<node> parse_toml(std::string_view text, problems& found);

}  // namespace shopbell::config
