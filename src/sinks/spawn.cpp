#include "spawn.hpp"

#include "directories.hpp"
#include "script.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace shopbell {
namespace {

/// How long a destructor waits for the end of what it has killed: longer takes only a process in the middle
/// of a disk operation that does not end.
constexpr int longest_reaping_ms = 100;

/// The two ends of a pipe; both go to the child only by being named in its file actions.
struct pipe_ends {
    file_descriptor reading, writing;
};

/// Away from 0 to 2, where the child's own are put: a daemon may have been started without them.
file_descriptor above_standard(int number) {
    file_descriptor opened(number);
    if (number > STDERR_FILENO)
        return opened;
    return file_descriptor(::fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

/// Both ends, or neither: look at errno.
pipe_ends make_pipe() {
    std::array<int, 2> numbers{-1, -1};
    if (::pipe2(numbers.data(), O_CLOEXEC) != 0)
        return {};
    pipe_ends made{above_standard(numbers[0]), above_standard(numbers[1])};
    return made.reading && made.writing ? std::move(made) : pipe_ends();
}

/// Only our end: the child's is another open file and may block as the child expects.
void make_non_blocking(const file_descriptor& ours) noexcept {
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
}

/// What posix_spawn is told. Its calls fail for lack of memory only.
class spawn_options {
public:
    spawn_options() {
        keep(::posix_spawnattr_init(&attributes_));
        keep(::posix_spawn_file_actions_init(&actions_));
        ::sigset_t all;
        ::sigset_t none;
        ::sigfillset(&all);
        ::sigemptyset(&none);
        keep(::posix_spawnattr_setsigdefault(&attributes_, &all));
        keep(::posix_spawnattr_setsigmask(&attributes_, &none));
        keep(::posix_spawnattr_setpgroup(&attributes_, 0));
        constexpr int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP;
        keep(::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
    }
    ~spawn_options() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    spawn_options(const spawn_options&) = delete;
    spawn_options& operator=(const spawn_options&) = delete;

    void give(const file_descriptor& ours, int number) {
        keep(::posix_spawn_file_actions_adddup2(&actions_, ours.get(), number));
    }
    void give_nothing_else() {
        keep(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
    }

    /// 0, or what is wrong.
    int start(::pid_t& id, const char* path, char* const* arguments, char* const* environment) const {
        return error_ != 0 ? error_
                           : ::posix_spawn(&id, path, &actions_, &attributes_, arguments, environment);
    }

private:
    void keep(int error) noexcept { error_ = error_ != 0 ? error_ : error; }

    ::posix_spawnattr_t attributes_{};
    ::posix_spawn_file_actions_t actions_{};
    int error_ = 0;
};

/// As exec wants them, with a null at the end.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

}  // namespace

child::~child() {
    if (id_ == 0)
        return;
    kill();
    ::pollfd end{handle_.get(), POLLIN, 0};
    ::poll(&end, 1, longest_reaping_ms);
    ::waitpid(id_, nullptr, WNOHANG);
}

void child::kill() const noexcept {
    ::kill(id_, SIGKILL);
    ::kill(-id_, SIGKILL);
}

std::optional<program_end> child::reap() noexcept {
    ::siginfo_t about{};
    const int failed = ::waitid(P_PIDFD, static_cast<::id_t>(handle_.get()), &about, WEXITED | WNOHANG);
    id_ = 0;
    if (failed != 0 || about.si_pid == 0)
        return std::nullopt;
    program_end end;
    end.why = about.si_code == CLD_EXITED ? program_end::cause::exited : program_end::cause::signaled;
    end.number = about.si_status;
    return end;
}

std::string_view search_path_of(const program& what) noexcept {
    constexpr std::string_view name = "PATH=";
    for (const std::string& variable : what.environment) {
        if (variable.starts_with(name))
            return std::string_view(variable).substr(name.size());
    }
    return {};
}

result<started_program> spawn(const program& what) {
    const auto refused = [&what](int number) { return os_failure("cannot run", what.path, number); };
    auto input = make_pipe();
    auto output = make_pipe();
    auto errors = make_pipe();
    if (!input.reading || !output.reading || !errors.reading)
        return refused(errno);
    make_non_blocking(input.writing);
    make_non_blocking(output.reading);
    make_non_blocking(errors.reading);

    spawn_options options;
    options.give(input.reading, STDIN_FILENO);
    options.give(output.writing, STDOUT_FILENO);
    options.give(errors.writing, STDERR_FILENO);
    options.give_nothing_else();

    auto arguments = what.arguments;
    auto environment = what.environment;
    ::pid_t id = 0;
    const int error =
        options.start(id, what.path.c_str(), pointers_to(arguments).data(), pointers_to(environment).data());
    if (error != 0) {
        failure why = refused(error);
        if (const auto cause = why_not_runnable(what.path, search_path_of(what)))
            why.reason += " (" + *cause + ')';
        return why;
    }
    // Not by name: <sys/pidfd.h> of glibc 2.36 forgets that C++ includes it.
    child process(id, file_descriptor(static_cast<int>(::syscall(SYS_pidfd_open, id, 0))));
    if (process.handle() < 0)
        return refused(errno);
    return started_program{std::move(process), std::move(input.writing), std::move(output.reading),
                           std::move(errors.reading)};
}

}  // namespace shopbell
