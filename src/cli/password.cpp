#include <shopbell/cli/password.hpp>
#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/text.hpp>

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace shopbell {

namespace {

constexpr std::size_t longest_password = 1024;

sigset_t terminal_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP})
        sigaddset(&set, one);
    return set;
}

/// While it lives the terminal shows nothing that is typed. The signals that would end or stop the program
/// wait until the terminal is as it was before; `pending` tells that one has come.
class quiet_terminal {
public:
    explicit quiet_terminal(int terminal) : terminal_(terminal) {
        if (::tcgetattr(terminal_, &before_) != 0)
            return;
        const auto signals = terminal_signals();
        ::pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
        pending_ = file_descriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ICANON | ISIG | ECHONL;
        ::tcsetattr(terminal_, TCSAFLUSH, &quiet);
        is_quiet_ = true;
    }
    ~quiet_terminal() { restore(); }
    quiet_terminal(const quiet_terminal&) = delete;
    quiet_terminal& operator=(const quiet_terminal&) = delete;

    explicit operator bool() const noexcept { return is_quiet_; }

    /// Waits for a line. Returns false after a signal that did not end the program (SIGTSTP and back).
    [[nodiscard]] bool wait() {
        std::array<pollfd, 2> either{{{terminal_, POLLIN, 0}, {pending_.get(), POLLIN, 0}}};
        while (::poll(either.data(), either.size(), -1) < 0 && errno == EINTR) {
        }
        if (either[1].revents == 0)
            return true;
        restore();
        return false;
    }

private:
    void restore() {
        if (!std::exchange(is_quiet_, false))
            return;
        ::tcsetattr(terminal_, TCSADRAIN, &before_);
        ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);  // a signal that has come takes effect here
    }

    int terminal_;
    bool is_quiet_ = false;
    termios before_{};
    sigset_t mask_before_{};
    file_descriptor pending_;
};

/// The bytes up to the line's end, one by one, so that nothing behind it is taken from whoever reads next.
result<secret> read_line(int input) {
    std::string line;
    line.reserve(longest_password + 2);  // growing would leave copies of it behind
    const auto refuse = [&line](errc code, std::string reason) {
        const secret wiped(std::move(line));
        return failure{code, std::move(reason)};
    };
    char next = 0;
    while (true) {
        const auto count = ::read(input, &next, 1);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return refuse(errc::io, "the password cannot be read: " + std::generic_category().message(errno));
        if (count == 0 || next == '\n')
            break;
        if (line.size() > longest_password)
            return refuse(errc::malformed, "the password is longer than 1024 bytes");
        line += next;
    }
    if (line.ends_with('\r'))
        line.pop_back();
    line.erase(0, line.size() - without_byte_order_marks(line).size());
    if (line.empty())
        return failure{errc::malformed, "the password is empty"};
    return secret(std::move(line));
}

}  // namespace

result<secret> read_password(int input, std::string_view prompt, std::ostream& err) {
    if (::isatty(input) == 0)
        return read_line(input);
    while (true) {
        quiet_terminal terminal(input);
        if (!terminal)
            return failure{errc::io, "the terminal's echo cannot be turned off"};
        err << prompt << std::flush;
        if (terminal.wait())
            return read_line(input);
    }
}

}  // namespace shopbell
