#pragma once

#include <shopbell/core/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace shopbell::http {

namespace asio = boost::asio;

using endpoints = std::vector<asio::ip::tcp::endpoint>;

/// Looks one host name up, with a bound. Asio's own resolver has one thread for the whole io_context and
/// cannot give up: a name server that does not answer would hold up every other sink. Here each client has a
/// thread of its own and leaves a lookup behind that takes too long; the next caller joins it instead of
/// starting another. An address needs neither thread nor lookup. All calls come from one io_context's thread.
class name_resolver {
public:
    name_resolver(std::string host, const std::string& port);
    ~name_resolver();  ///< waits for a lookup under way

    [[nodiscard]] asio::awaitable<result<endpoints>> resolve(std::chrono::steady_clock::time_point until);

private:
    struct lookup;
    void start(const asio::any_io_executor& home);

    std::string host_;
    std::string port_;
    endpoints literal_;
    std::shared_ptr<lookup> current_;
    std::unique_ptr<asio::thread_pool> thread_;
};

}  // namespace shopbell::http
