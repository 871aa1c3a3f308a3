#pragma once

#include "support/process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace shopbell::test {

/// The openssl program makes a certificate for localhost, 127.0.0.1 and hooks.example.com, valid for two days
/// and signed by itself, and its key for nobody else's eyes.
void make_certificate(const std::string& certificate, const std::string& key);

/// `openssl s_client` to that port of 127.0.0.1: sends `input` and reads until the server closes. Further
/// arguments say how it speaks.
[[nodiscard]] finished s_client(std::uint16_t port, const std::vector<std::string>& more,
                                const std::string& input = {});

}  // namespace shopbell::test
