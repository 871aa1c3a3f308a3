#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace shopbell {

struct send_options {
    std::string provider;
    std::string event;
    std::string endpoint = {};  ///< empty: the first of that provider
    std::string url = {};       ///< empty: where the configuration listens, and the endpoint's path
    std::string body = {};      ///< a file, "-" for the standard input, or empty for the sample
    std::vector<std::string> changes = {};  ///< "POINTER=VALUE"
    std::size_t count = 1;                  ///< each another delivery, unless `repeat`
    double rate = 0;                        ///< a second; 0: one after the other without a pause
    bool repeat = false;                    ///< the sample as it is, so that a second one is a duplicate
    bool tamper = false;                    ///< one wrong character in each credential
    bool json = false;
};

/// `shopbell send`: sends correctly signed events to the running daemon and prints one line for each answer,
/// "200 accepted ID". Each is a delivery of its own: it gets a fresh id, unless one is set or the body is the
/// caller's and sent once. Returns 0 when all answers were 2xx.
[[nodiscard]] int send(const std::string& config_path, const send_options& options, std::istream& in,
                       std::ostream& out, std::ostream& err);

}  // namespace shopbell
