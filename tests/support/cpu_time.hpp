#pragma once

#include <sys/types.h>

#include <chrono>

namespace shopbell::test {

/// The CPU time that all threads of a process have used so far, in steps of the kernel's clock (10 ms).
[[nodiscard]] std::chrono::milliseconds cpu_time(::pid_t process);

/// What it uses in that time from now on.
[[nodiscard]] std::chrono::milliseconds cpu_time_over(::pid_t process, std::chrono::milliseconds time);

}  // namespace shopbell::test
