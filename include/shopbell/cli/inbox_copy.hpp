#pragma once

#include <shopbell/cli/operator_command.hpp>

#include <string>

namespace shopbell {

struct inbox_copy_options {
    std::string from;  ///< "sqlite:PATH"
    std::string to;    ///< "postgres"
};

/// What is wrong with where to copy from; empty where nothing is.
[[nodiscard]] std::string refuse_copy_source(const std::string& from);

/// `shopbell inbox copy`: moves the inbox in a file into the configured one on PostgreSQL, which must be
/// empty, while no daemon uses either; prints how much it was, with progress on a terminal. Nothing is stored
/// unless all is. Precondition: `refuse_copy_source` is empty. Returns 0, 1 where it failed, 78 for a
/// configuration that cannot be used.
[[nodiscard]] int inbox_copy(const std::string& config_path, const inbox_copy_options& what,
                             const command_output& to);

}  // namespace shopbell
