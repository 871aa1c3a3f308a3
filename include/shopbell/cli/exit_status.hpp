#pragma once

namespace shopbell {

// What a command returns to the shell (interface.md, section 2).
constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_configuration = 78;  ///< EX_CONFIG; the systemd unit does not restart on it

}  // namespace shopbell
