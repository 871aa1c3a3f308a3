#pragma once

#include <shopbell/cli/operator_command.hpp>

namespace shopbell {

struct sinks_options {
    enum class action : unsigned char { list, pause, resume, forget };
    action what = action::list;
    std::string name = {};  ///< of the sink to act on
};

/// `shopbell sinks [pause|resume|forget NAME]`: how each sink is, or a decision about one.
[[nodiscard]] int sinks(const std::string& config_path, const sinks_options& options,
                        const command_output& to);

}  // namespace shopbell
