#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace shopbell::test {

/// What a program is started with.
struct command {
    std::vector<std::string> arguments;         ///< the program's path first
    std::string input = {};                     ///< its standard input
    std::vector<std::string> environment = {};  ///< "NAME=value", besides our own
    std::string folder = {};                    ///< where it runs; empty: where we do
    /// Ours, passed as 3, 4, ... with LISTEN_FDS and LISTEN_PID (sd_listen_fds(3)). They stay ours.
    std::vector<int> descriptors = {};
};

/// How a process ended: by itself with `code`, or by `signal`.
struct exit_status {
    int code = -1;
    int signal = 0;
    bool dumped_core = false;
};

/// What a process writes to one pipe, read by a thread as it comes. Its functions may be called from any
/// thread.
class captured_output {
public:
    explicit captured_output(int descriptor);  ///< takes it
    ~captured_output();                        ///< waits for the end: the writer must have ended
    captured_output(const captured_output&) = delete;
    captured_output& operator=(const captured_output&) = delete;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::size_t line_count() const;  ///< complete lines so far
    /// Waits for a line for which `wanted` holds, looking from line number `from` on. Nothing where the
    /// output ended without one, or after a minute.
    [[nodiscard]] std::optional<std::string> wait_for(const std::function<bool(std::string_view)>& wanted,
                                                      std::size_t from = 0) const;

private:
    void read();

    const int descriptor_;
    mutable std::mutex mutex_;  // guards the three below
    mutable std::condition_variable more_;
    std::vector<std::string> lines_;  // the last one may be unfinished
    bool ended_ = false;
    std::thread reader_;
};

/// A running program. It ends with the test: killed by the destructor and, where the test itself is killed,
/// by the kernel (when the thread that made it ends).
class process {
public:
    explicit process(const command& what);
    ~process();
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    [[nodiscard]] ::pid_t id() const noexcept { return id_; }
    void signal(int number) const;
    /// Whether it ends within that time.
    [[nodiscard]] bool ends_within(std::chrono::milliseconds bound) const;
    /// Waits for its end; one that takes longer than two minutes is killed and fails the test.
    exit_status wait();

    [[nodiscard]] const captured_output& output() const noexcept { return *output_; }
    [[nodiscard]] const captured_output& errors() const noexcept { return *errors_; }

private:
    ::pid_t id_ = -1;
    int handle_ = -1;  // readable once it has ended
    std::optional<exit_status> ended_;
    std::optional<captured_output> output_, errors_;
};

/// A program that has run to its end.
struct finished {
    exit_status status;
    std::string output;
    std::string errors;
};

[[nodiscard]] finished run_command(const command& what);

}  // namespace shopbell::test
