#pragma once

#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/store.hpp"

#include <string>
#include <vector>

namespace shopbell::test {

/// POSTs with curl, a client that is not ours, and checks the server's certificate against the PEM file
/// `trusted`. `more`: further arguments. No answer fails the test.
[[nodiscard]] raw_answer curl(const store_request& one, const std::string& url, const std::string& trusted,
                              const std::vector<std::string>& more = {});

/// curl with these arguments only.
[[nodiscard]] finished run_curl(std::vector<std::string> arguments);

}  // namespace shopbell::test
