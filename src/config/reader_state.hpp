#pragma once

#include "tree.hpp"

#include <shopbell/config/reader.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace shopbell::config {

using key_set = std::set<std::string, std::less<>>;

/// The four ways to give a secret K: K itself, K_file, K_env and K_credential.
constexpr std::string_view secret_forms[] = {"", "_file", "_env", "_credential"};

struct reader::state {
    const node* table;  ///< null where the table is absent
    position where;
    std::string title;  ///< "[server]", "[[endpoint]]"; empty for the whole file
    problems* found;
    std::set<std::string>* secret_files;  ///< what `file::secret_files` tells
    /// Shared with the tables in this one.
    std::shared_ptr<secret_sources> sources = std::make_shared<secret_sources>();
    bool silent = false;  ///< the table could not be read, which has been said already
    bool takes_any_key = false;
    key_set known;   ///< asked for
    key_set failed;  ///< reading it was reported

    /// The value, or null where the key is absent. The key is known from then on.
    const node* find(std::string_view key);
    /// The same, where it is of that kind; anything else is reported with what `accepted` names.
    const node* find(std::string_view key, node_kind kind, std::string_view accepted);
    /// The value without making the key known.
    [[nodiscard]] const node* peek(std::string_view key) const noexcept;
    [[nodiscard]] position place_of(std::string_view key) const noexcept;

    void report(severity level, position at, std::string message, problem_kind kind = problem_kind::other);
    /// Reports that the key's value cannot be used.
    void fail(std::string_view key, position at, std::string message,
              problem_kind kind = problem_kind::other);
    void report_unknown_keys();
};

/// "key" for messages.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace shopbell::config
