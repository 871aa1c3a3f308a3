#pragma once

#include <shopbell/cli/operator_command.hpp>

#include <cstddef>

namespace shopbell {

/// `shopbell rejections`: the latest refused requests, each with the reason and what to change.
[[nodiscard]] int rejections(const std::string& config_path, std::size_t limit, const command_output& to);

}  // namespace shopbell
