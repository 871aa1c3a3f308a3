#include <shopbell/service/first_process.hpp>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace shopbell {

namespace {

/// What the service manager addressed to process 1 is for the child, which does its work.
void readdress(const char* variable) {
    const char* const whose = std::getenv(variable);
    if (whose != nullptr && std::string(whose) == "1")
        ::setenv(variable, std::to_string(::getpid()).c_str(), 1);
}

/// The exit status of the daemon, once it has one.
std::optional<int> reap_all(::pid_t daemon) {
    std::optional<int> ended;
    int status = 0;
    for (::pid_t one = 0; (one = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (one == daemon)
            ended = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return ended;
}

int attend(::pid_t daemon, const ::sigset_t& all) {
    // Sockets and whatever else was passed belong to the daemon.
    ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
    while (true) {
        const int number = ::sigwaitinfo(&all, nullptr);
        if (number > 0 && number != SIGCHLD)
            ::kill(daemon, number);
        if (const auto status = reap_all(daemon))
            return *status;
    }
}

}  // namespace

std::optional<int> stand_in_for_init() {
    if (::getpid() != 1)
        return std::nullopt;
    ::sigset_t all;
    ::sigset_t before;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before);
    const ::pid_t daemon = ::fork();
    if (daemon > 0)
        return attend(daemon, all);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    if (daemon == 0) {
        // Out of the terminal's foreground group: who presses Ctrl-C means one signal, which is handed on.
        ::setpgid(0, 0);
        readdress("LISTEN_PID");
        readdress("WATCHDOG_PID");
    }
    return std::nullopt;  // also where there can be no second process: then as it always was
}

}  // namespace shopbell
