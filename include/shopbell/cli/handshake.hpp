#pragma once

#include <shopbell/crypto/secret.hpp>

#include <ostream>
#include <string>
#include <string_view>

namespace shopbell {

/// E-junkie's handshake: md5hex(email + md5hex(password)), the inner digest as lower-case text
/// (providers.md 2.5). The email as registered.
[[nodiscard]] secret make_handshake(std::string_view email, const secret& password);

/// `shopbell handshake`: reads the password from the descriptor `input` and prints the handshake on `out`. On
/// a terminal it asks on `err` and turns echo off while the password is typed; elsewhere it takes the first
/// line. Nothing is stored. Returns the exit status.
[[nodiscard]] int handshake(const std::string& email, int input, std::ostream& out, std::ostream& err);

}  // namespace shopbell
