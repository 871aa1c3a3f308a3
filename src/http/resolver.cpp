#include "resolver.hpp"

#include <netdb.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

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
        return failure{errc::unresolved, "resolve " + host + ": " + ::gai_strerror(error)};
    const std::unique_ptr<::addrinfo, address_list_deleter> list(raw);
    endpoints found;
    for (const auto* one = list.get(); one != nullptr; one = one->ai_next)
        found.push_back(to_endpoint(*one));
    return found;
}

}  // namespace

struct name_resolver::lookup {
    std::shared_ptr<blocking_call> call;
    std::optional<result<endpoints>> outcome;  ///< the thread's until the call has ended
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

std::shared_ptr<name_resolver::lookup> name_resolver::start() {
    auto one = std::make_shared<lookup>();
    one->call = thread_.post([keep = std::weak_ptr(one), host = host_, port = port_] {
        auto outcome = look_up(host, port);
        if (const auto wanted = keep.lock())
            wanted->outcome = std::move(outcome);
    });
    return one;
}

asio::awaitable<result<endpoints>> name_resolver::resolve(std::chrono::steady_clock::time_point until) {
    if (!literal_.empty())
        co_return literal_;
    if (!current_ || current_->call->has_ended() || current_->call->is_given_up())
        current_ = start();
    const auto one = current_;
    const bool ended = co_await blocking_call::finishes_before(one->call, until);
    if (!ended)
        co_return failure{errc::unresolved, "resolve " + host_ + ": no answer in time"};
    co_return *one->outcome;
}

}  // namespace shopbell::http
