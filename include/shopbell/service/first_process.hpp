#pragma once

#include <optional>

namespace shopbell {

/// Where this is process 1 (a container without an init), forks: the child goes on as the daemon, and this
/// process hands signals on to it and reaps whatever ends, orphans of an exec sink's programs included, until
/// the child has ended. Returns the status to exit with, in that process; nothing in the child, and where
/// this is any other process. To be called while there is one thread.
[[nodiscard]] std::optional<int> stand_in_for_init();

}  // namespace shopbell
