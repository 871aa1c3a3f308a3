#pragma once

#include <shopbell/cli/operator_command.hpp>

namespace shopbell {

/// Exactly one of `email` and `subject`.
struct forget_options {
    std::string email = {};
    std::string subject = {};
    std::string endpoint = {};  ///< empty: any
};

/// `shopbell forget`: erases a person's events, prints how many, and where copies may be left.
[[nodiscard]] int forget(const std::string& config_path, const forget_options& options,
                         const command_output& to);

}  // namespace shopbell
