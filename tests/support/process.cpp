#include "support/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>

namespace shopbell::test {
namespace {

constexpr std::chrono::seconds longest_run{60};
constexpr std::chrono::seconds longest_end{120};
constexpr int cannot_start = 127;
constexpr int first_passed = 3;
constexpr int lowest_copy = 64;
const std::string listen_pid = "LISTEN_PID=";

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// A file in memory that reads as `text` from its beginning: no writer that could block.
int readable(const std::string& text) {
    const int file = ::memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<::ssize_t>(text.size()))
        fail("standard input");
    ::lseek(file, 0, SEEK_SET);
    return file;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts)
        all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

/// What the command says itself, and what of ours it does not: of two with one name a shell in between takes
/// the other.
std::vector<std::string> variables(const command& what) {
    auto all = what.environment;
    for (char** one = environ; *one != nullptr; ++one) {
        const std::string_view ours(*one);
        const auto name = ours.substr(0, ours.find('=') + 1);
        const auto names_it = [name](const std::string& own) { return own.starts_with(name); };
        if (std::ranges::none_of(what.environment, names_it))
            all.emplace_back(ours);
    }
    return all;
}

/// All that the child needs, made before the fork: between fork and exec it may call little.
struct start {
    explicit start(const command& what) : arguments(what.arguments), environment(variables(what)) {
        pass(what.descriptors);
        folder = what.folder;
        input = readable(what.input);
        if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(errors.data(), O_CLOEXEC) != 0)
            fail("pipe");
        argument_pointers = pointers(arguments);
        environment_pointers = pointers(environment);
        parent = ::getpid();
    }

    ~start() {
        for (const int one : passed)
            ::close(one);
    }
    start(const start&) = delete;
    start& operator=(const start&) = delete;

    /// Copies far from the numbers at which the child is to find them.
    void pass(const std::vector<int>& descriptors) {
        for (const int one : descriptors) {
            passed.push_back(::fcntl(one, F_DUPFD_CLOEXEC, lowest_copy));
            if (passed.back() < 0)
                fail("a descriptor to pass");
        }
        if (passed.empty())
            return;
        environment.push_back("LISTEN_FDS=" + std::to_string(passed.size()));
        environment.push_back(listen_pid + std::string(std::numeric_limits<::pid_t>::digits10 + 1, '\0'));
        id_text = environment.size() - 1;
    }

    /// What the child alone knows.
    void write_own_id() noexcept {
        auto& text = environment[id_text];
        std::to_chars(text.data() + listen_pid.size(), text.data() + text.size(), ::getpid());
    }

    [[noreturn]] void become() noexcept {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(cannot_start);
        ::dup2(input, STDIN_FILENO);
        ::dup2(output[1], STDOUT_FILENO);
        ::dup2(errors[1], STDERR_FILENO);
        for (std::size_t i = 0; i < passed.size(); ++i)
            ::dup2(passed[i], first_passed + static_cast<int>(i));
        if (!passed.empty())
            write_own_id();
        ::close_range(first_passed + static_cast<unsigned>(passed.size()), ~0U,
                      0);  // not all libraries mark theirs as close-on-exec
        if (folder.empty() || ::chdir(folder.c_str()) == 0)
            ::execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
        ::_exit(cannot_start);
    }

    std::vector<std::string> arguments, environment;
    std::vector<char*> argument_pointers, environment_pointers;
    std::string folder;
    std::vector<int> passed;
    std::size_t id_text = 0;
    int input = -1;
    std::array<int, 2> output{}, errors{};
    ::pid_t parent = 0;
};

}  // namespace

captured_output::captured_output(int descriptor) : descriptor_(descriptor), reader_([this] { read(); }) {}

captured_output::~captured_output() {
    reader_.join();
    ::close(descriptor_);
}

void captured_output::read() {
    std::array<char, 16384> block{};
    for (;;) {
        const auto size = ::read(descriptor_, block.data(), block.size());
        if (size < 0 && errno == EINTR)
            continue;
        const std::lock_guard lock(mutex_);
        ended_ = size <= 0;
        for (const char c : std::string_view(block.data(), size > 0 ? static_cast<std::size_t>(size) : 0)) {
            if (lines_.empty() || lines_.back().ends_with('\n'))
                lines_.emplace_back();
            lines_.back() += c;
        }
        more_.notify_all();
        if (ended_)
            return;
    }
}

std::string captured_output::text() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& line : lines_)
        all += line;
    return all;
}

std::size_t captured_output::line_count() const {
    const std::lock_guard lock(mutex_);
    const bool unfinished = !lines_.empty() && !lines_.back().ends_with('\n');
    return lines_.size() - (unfinished ? 1 : 0);
}

std::optional<std::string> captured_output::wait_for(const std::function<bool(std::string_view)>& wanted,
                                                     std::size_t from) const {
    std::unique_lock lock(mutex_);
    const auto bound = std::chrono::steady_clock::now() + longest_run;
    for (;;) {
        for (; from < lines_.size() && (lines_[from].ends_with('\n') || ended_); ++from) {
            if (wanted(lines_[from]))
                return lines_[from];
        }
        if (ended_ || more_.wait_until(lock, bound) == std::cv_status::timeout)
            return std::nullopt;
    }
}

process::process(const command& what) {
    start made(what);
    id_ = ::fork();
    if (id_ < 0)
        fail("fork");
    if (id_ == 0)
        made.become();
    ::close(made.input);
    ::close(made.output[1]);
    ::close(made.errors[1]);
    output_.emplace(made.output[0]);
    errors_.emplace(made.errors[0]);
    handle_ = static_cast<int>(::syscall(SYS_pidfd_open, id_, 0));
    if (handle_ < 0)
        fail("pidfd_open");
}

process::~process() {
    if (!ended_) {
        signal(SIGKILL);
        wait();
    }
    ::close(handle_);
}

void process::signal(int number) const {
    if (!ended_)
        ::kill(id_, number);
}

bool process::ends_within(std::chrono::milliseconds bound) const {
    ::pollfd end{handle_, POLLIN, 0};
    int ready = 0;
    while ((ready = ::poll(&end, 1, static_cast<int>(bound.count()))) < 0 && errno == EINTR) {
    }
    return ready > 0;
}

exit_status process::wait() {
    if (ended_)
        return *ended_;
    if (!ends_within(longest_end)) {
        ADD_FAILURE() << "process " << id_ << " does not end";
        ::kill(id_, SIGKILL);
    }
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    ended_ = WIFSIGNALED(status) ? exit_status{-1, WTERMSIG(status), WCOREDUMP(status) != 0}
                                 : exit_status{WEXITSTATUS(status), 0};
    return *ended_;
}

finished run_command(const command& what) {
    finished all;
    process one(what);
    all.status = one.wait();
    // The pipes end with the process: all of it is there.
    const auto never = [](std::string_view) { return false; };
    (void)one.output().wait_for(never);
    (void)one.errors().wait_for(never);
    all.output = one.output().text();
    all.errors = one.errors().text();
    return all;
}

}  // namespace shopbell::test
