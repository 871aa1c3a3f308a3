#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/blocking_thread.hpp>
#include <shopbell/core/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// Bytes of what a program says that are kept where nothing else is asked for.
constexpr std::size_t most_said = 1024;

/// What to run.
struct program {
    std::string path;                      ///< as it is; PATH is not searched
    std::vector<std::string> arguments;    ///< its own name first
    std::vector<std::string> environment;  ///< "NAME=value"; ours is not added
    std::string input;                     ///< what it may read from its standard input
    std::size_t most_output = most_said;   ///< bytes of its standard output that are kept
};

/// How a program ended, and what it said.
struct program_end {
    enum class cause : unsigned char { exited, signaled, timed_out };
    cause why = cause::exited;
    int number = 0;      ///< the exit status or the signal
    std::string output;  ///< the beginning of standard output
    std::string errors;  ///< and of standard error, `most_said` bytes at most
};

/// "exited with 3: no such product", "killed after 10s: it did not end in time".
[[nodiscard]] std::string describe(const program_end& end, std::chrono::milliseconds timeout);

/// The program that the keys "command" (an array, never a shell) and "env" name, with the part of our
/// environment that it gets. Nothing where it cannot be run: the keys say what is wrong. Blocks.
[[nodiscard]] std::optional<program> read_program(config::reader& keys);

/// Runs one program to its end, or kills it after `timeout` with all of its process group. What it leaves
/// behind in its group when it ends is not waited for, and killed when that time has passed. The program
/// inherits no descriptor but its three standard ones, no signal handling and no blocked signals. Whether it
/// reads its input is its own affair; what it writes is always read. Fails with `io` where it cannot be
/// started: "cannot run /x: Permission denied", and with `timeout` where starting it takes that long.
///
/// To be awaited on a loop of one thread; starting the program blocks and is done on `starter`, which the
/// coroutine uses only until it waits for the first time. Where the coroutine is destroyed the program is
/// left to itself. The process must ignore SIGPIPE and must not ignore SIGCHLD.
[[nodiscard]] boost::asio::awaitable<result<program_end>> run_program(program what,
                                                                      std::chrono::milliseconds timeout,
                                                                      blocking_thread& starter);

}  // namespace shopbell
