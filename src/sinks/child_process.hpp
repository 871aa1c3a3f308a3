#pragma once

#include <shopbell/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace shopbell {

/// What to run.
struct program {
    std::string path;                      ///< as it is; PATH is not searched
    std::vector<std::string> arguments;    ///< its own name first
    std::vector<std::string> environment;  ///< "NAME=value"; ours is not added
    std::string input;                     ///< what it may read from its standard input
};

/// How a program ended, and what it said.
struct program_end {
    enum class cause : unsigned char { exited, signaled, timed_out };
    cause why = cause::exited;
    int number = 0;      ///< the exit status or the signal
    std::string output;  ///< the first `most_said` bytes of standard output
    std::string errors;  ///< and of standard error
};

constexpr std::size_t most_said = 1024;

/// Runs one program to its end, or kills it after `timeout`; with it goes all that it has left in its process
/// group, and nothing else is waited for. The program inherits no descriptor but its three standard ones, no
/// signal handling and no blocked signals. Whether it reads its input is its own affair; what it writes is
/// always read. Fails with `io` where it cannot be started: "cannot run /x: Permission denied".
///
/// To be awaited on a loop of one thread; starting the program blocks and is done on `blocking`. Where the
/// coroutine is destroyed the program is killed, and reaped. The process must ignore SIGPIPE and must not
/// ignore SIGCHLD.
[[nodiscard]] boost::asio::awaitable<result<program_end>> run_program(program what,
                                                                      std::chrono::milliseconds timeout,
                                                                      boost::asio::any_io_executor blocking);

}  // namespace shopbell
