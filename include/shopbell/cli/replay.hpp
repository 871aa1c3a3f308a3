#pragma once

#include <shopbell/cli/operator_command.hpp>

namespace shopbell {

/// Either ids or a choice.
struct replay_options {
    std::vector<std::string> ids = {};
    event_choice which = {};
    std::string sink = {};  ///< empty: all that the routes name
};

/// `shopbell replay`: delivers events again and prints how many.
[[nodiscard]] int replay(const std::string& config_path, const replay_options& options,
                         const command_output& to);

}  // namespace shopbell
