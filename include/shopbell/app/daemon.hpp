#pragma once

#include <string>

namespace shopbell {

/// Runs the receiver in the foreground with that configuration until SIGTERM or SIGINT, and returns the
/// process's exit status: 0 after a graceful stop, 1 when it cannot start, 78 for a bad configuration. SIGHUP
/// re-opens the log and the file sinks; a second SIGTERM or SIGINT ends the process at once.
[[nodiscard]] int serve(const std::string& config_path);

}  // namespace shopbell
