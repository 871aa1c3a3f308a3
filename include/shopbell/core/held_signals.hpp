#pragma once

namespace shopbell {

/// Holds back what a person or a service manager sends to a daemon (SIGHUP, SIGTERM, SIGINT, SIGUSR1,
/// SIGUSR2) until `release_signals`, for this thread and those that it starts: what comes before the daemon
/// has its handlers waits for them instead of ending it. One system call and nothing else, so that it may be
/// called before anything of the program is initialised.
void hold_signals() noexcept;

/// What came meanwhile comes now.
void release_signals() noexcept;

}  // namespace shopbell
