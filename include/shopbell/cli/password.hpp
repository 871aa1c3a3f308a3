#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/crypto/secret.hpp>

#include <ostream>
#include <string_view>

namespace shopbell {

/// Reads one line (without its end) from the descriptor `input`. On a terminal it writes `prompt` to `err`,
/// turns echo off and puts the terminal back as it was, also when a signal (^C, ^Z, SIGTERM) ends or stops
/// the program meanwhile. Fails with `io` at a closed input, `malformed` at an empty or overlong line.
[[nodiscard]] result<secret> read_password(int input, std::string_view prompt, std::ostream& err);

}  // namespace shopbell
