#include "resolver.hpp"

#include <shopbell/core/async.hpp>

#include <netdb.h>

#include <charconv>
#include <cstring>
#include <list>

namespace shopbell::http {

namespace {

struct address_list_deleter {
    void operator()(::addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

asio::ip::tcp::endpoint to_endpoint(const ::addrinfo& one) {
    asio::ip::tcp::endpoint endpoint;
    endpoint.resize(one.ai_addrlen);
    std::memcpy(endpoint.data(), one.ai_addr, one.ai_addrlen);
    return endpoint;
}

/// Blocks.
result<endpoints> look_up(const std::string& host, const std::string& port) {
    ::addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    ::addrinfo* raw = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &raw); error != 0)
        return failure{errc::unavailable, "resolve " + host + ": " + ::gai_strerror(error)};
    const std::unique_ptr<::addrinfo, address_list_deleter> list(raw);
    endpoints found;
    for (const auto* one = list.get(); one != nullptr; one = one->ai_next)
        found.push_back(to_endpoint(*one));
    return found;
}

}  // namespace

struct name_resolver::lookup {
    bool done = false;
    result<endpoints> outcome{endpoints{}};
    std::list<asio::steady_timer> waiting;  ///< one for each caller, cancelled when it is done
};

name_resolver::name_resolver(std::string host, const std::string& port)
    : host_(std::move(host)), port_(port) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host_, error);
    if (error)
        return;
    std::uint16_t number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    literal_.emplace_back(address, number);
}

name_resolver::~name_resolver() = default;

void name_resolver::start(const asio::any_io_executor& home) {
    if (!thread_)
        thread_ = std::make_unique<asio::thread_pool>(1);
    current_ = std::make_shared<lookup>();
    asio::post(*thread_, [one = current_, host = host_, port = port_, guard = asio::make_work_guard(home)] {
        auto outcome = look_up(host, port);
        asio::post(guard.get_executor(), [one, outcome = std::move(outcome)]() mutable {
            one->outcome = std::move(outcome);
            one->done = true;
            for (auto& timer : one->waiting)
                timer.cancel();
        });
    });
}

asio::awaitable<result<endpoints>> name_resolver::resolve(std::chrono::steady_clock::time_point until) {
    if (!literal_.empty())
        co_return literal_;
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    if (!current_ || current_->done)
        start(home);
    const auto one = current_;
    const auto timer = one->waiting.emplace(one->waiting.end(), home, until);
    co_await timer->async_wait(as_result);
    one->waiting.erase(timer);
    if (!one->done)
        co_return failure{errc::timeout, "resolve " + host_ + ": no answer in time"};
    co_return one->outcome;
}

}  // namespace shopbell::http
