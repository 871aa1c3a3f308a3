#pragma once

#include <shopbell/cli/operator_command.hpp>

#include <string>

namespace shopbell {

/// `shopbell backup FILE`: a copy of the inbox as it is at one moment, beside a running daemon or without
/// one. On a terminal it says how far it is.
[[nodiscard]] int backup(const std::string& config_path, const std::string& file, const command_output& to);

}  // namespace shopbell
