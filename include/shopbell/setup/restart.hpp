#pragma once

#include <shopbell/setup/configuration.hpp>

#include <string>
#include <vector>

namespace shopbell {

/// The keys, as "[server] listen", in which two configurations differ and that a running daemon cannot take
/// up: it says so and goes on with the old value until it is started anew.
[[nodiscard]] std::vector<std::string> keys_for_a_restart(const configuration& running,
                                                          const configuration& wanted);

}  // namespace shopbell
