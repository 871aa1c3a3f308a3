#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>

namespace shopbell {

/// Runs the receiver with the configuration at that path until it is told to stop; returns the exit status.
/// Given by main: the commands know nothing of the daemon.
using serve_function = std::function<int(const std::string& config_path)>;

/// Reads the command line, `shopbell [--config FILE] COMMAND` (interface.md, section 2), and runs its
/// command. Returns the exit status; throws nothing.
[[nodiscard]] int run(int argc, const char* const* argv, const serve_function& serve, std::istream& in,
                      std::ostream& out, std::ostream& err);

}  // namespace shopbell
