#pragma once

#include <shopbell/cli/operator_command.hpp>

namespace shopbell {

struct events_options {
    event_choice which = {};
    std::string state = {};  ///< delivered, pending or dead; empty: any
    std::size_t limit = 50;
};

/// `shopbell events`: the stored events, newest first, one a line.
[[nodiscard]] int events(const std::string& config_path, const events_options& options,
                         const command_output& to);

}  // namespace shopbell
