#pragma once

#include <shopbell/core/blocking_thread.hpp>
#include <shopbell/core/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace shopbell::http {

namespace asio = boost::asio;

using endpoints = std::vector<asio::ip::tcp::endpoint>;

/// Looks one host name up, with a bound. Asio's own resolver has one thread for the whole io_context and
/// cannot give up: a name server that does not answer would hold up every other sink. Here each client has a
/// thread of its own and leaves a lookup behind that takes too long, also when it is destroyed; the next
/// caller waits for that one instead of starting another. An address needs neither thread nor lookup. All
/// calls come from one io_context's thread.
class name_resolver {
public:
    name_resolver(std::string host, const std::string& port);

    [[nodiscard]] asio::awaitable<result<endpoints>> resolve(std::chrono::steady_clock::time_point until);

private:
    struct lookup;
    [[nodiscard]] std::shared_ptr<lookup> start();

    std::string host_;
    std::string port_;
    endpoints literal_;
    std::shared_ptr<lookup> current_;
    blocking_thread thread_{"resolver"};
};

}  // namespace shopbell::http
