#pragma once

#include <shopbell/cli/operator_command.hpp>

namespace shopbell {

/// `shopbell show ID`: one event with its headers, what became of it at each sink, and its data. With
/// `original` the exact bytes of its body and nothing else.
[[nodiscard]] int show(const std::string& config_path, const std::string& id, bool original,
                       const command_output& to);

}  // namespace shopbell
