#pragma once

#include <shopbell/cli/operator_command.hpp>

namespace shopbell {

struct dead_options {
    enum class action : unsigned char { list, show, retry, drop };
    action what = action::list;
    std::string sink = {};              ///< empty: any
    std::vector<std::string> ids = {};  ///< events; empty: any
};

/// `shopbell dead list|show|retry|drop`: what sinks gave up. `drop` asks for a sink or for ids.
[[nodiscard]] int dead(const std::string& config_path, const dead_options& options, const command_output& to);

}  // namespace shopbell
