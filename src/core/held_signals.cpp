#include <shopbell/core/held_signals.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace shopbell {

namespace {

/// The kernel's own set: one bit for each signal. Not sigprocmask, which sanitizers replace with a function
/// that needs them to be initialised.
void change_mask(int how) noexcept {
    unsigned long long held = 0;
    for (const int one : {SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2})
        held |= 1ULL << static_cast<unsigned>(one - 1);
    (void)::syscall(SYS_rt_sigprocmask, how, &held, nullptr, sizeof held);
}

}  // namespace

void hold_signals() noexcept {
    change_mask(SIG_BLOCK);
}

void release_signals() noexcept {
    change_mask(SIG_UNBLOCK);
}

}  // namespace shopbell
