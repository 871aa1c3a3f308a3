#pragma once

#include <shopbell/sinks/program.hpp>
#include <shopbell/sinks/registry.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// What an ended program means (sysexits.h): 0 delivered; 65 (EX_DATAERR) reject; anything else, a signal or
/// the end of its time included, retry. The reason names the status and the first line of standard error, the
/// response is what it said on standard output and then on standard error.
[[nodiscard]] outcome classify_exit(const program_end& end, std::chrono::milliseconds timeout);

/// Fails with `io` and what is wrong with a file that is to be run, be it a script whose first line names
/// what is not there. Blocks.
[[nodiscard]] result<> check_program(const std::string& path, std::string_view search_path);

/// A file that can be run, for the first word of a command: the word itself where it has a slash, else what
/// PATH finds first. Fails with `io` and what is wrong. Blocks.
[[nodiscard]] result<std::string> find_program(const std::string& word, std::string_view search_path);

/// The part of our environment that a program gets: nothing that could be a secret, and the variables that
/// its owner lets through.
[[nodiscard]] std::vector<std::string> inherited_environment(
    const std::function<const char*(const char*)>& look_up, const std::vector<std::string>& more);

/// `start`: everything of a program but its input and what its environment says of the event.
[[nodiscard]] std::unique_ptr<sink> make_exec(program start, const sink_context& context);

}  // namespace shopbell
