#include "worker.hpp"

#include <shopbell/core/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace shopbell::http {

namespace {

/// Accepted at a stretch before sessions get their turn.
constexpr int accept_burst = 64;
constexpr std::size_t most_turned_away = 64;
constexpr std::chrono::milliseconds accept_pause{100};
/// Lines about the same trouble; an outsider must not be able to fill the log.
constexpr std::chrono::seconds complaint_interval{10};

/// The connection died between the kernel's accept and ours, or a network error that accept(2) reports in
/// advance: the next one may be fine.
bool concerns_one_connection(int number) {
    constexpr int passing[] = {EINTR,     ECONNABORTED, EPROTO,       ENETDOWN,   ENOPROTOOPT,
                               EHOSTDOWN, ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
    return std::find(std::begin(passing), std::end(passing), number) != std::end(passing);
}

struct incoming {
    file_descriptor connection;
    optional_address peer;
};

/// errno is set where there is no connection.
incoming accept_one(int listening) {
    asio::generic::stream_protocol::endpoint from;
    auto size = static_cast<::socklen_t>(from.capacity());
    incoming one;
    one.connection = file_descriptor(::accept4(listening, from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!one.connection || from.data()->sa_family == AF_UNIX)
        return one;
    asio::ip::tcp::endpoint peer;
    peer.resize(size);
    std::memcpy(peer.data(), from.data(), size);
    one.peer = peer.address();
    return one;
}

}  // namespace

worker::worker(const server_settings& settings, const handler& answer, log& lines,
               connection_count& connections)
    : lines_(lines),
      connections_(connections),
      max_connections_(settings.max_connections),
      host_{.settings = settings, .answer = answer, .lines = lines} {}

void worker::add(file_descriptor listening) {
    listening_.emplace_back(io_, listening.release());
}

void worker::start(unsigned number) {
    for (auto& listening : listening_)
        accept_on(listening);
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), ("http-" + std::to_string(number)).c_str());
}

void worker::drain(std::chrono::milliseconds timeout) {
    asio::post(io_, [this, timeout] { begin_drain(timeout); });
}

std::size_t worker::join() {
    if (thread_.joinable())
        thread_.join();
    return std::exchange(cut_, 0);
}

void worker::run() {
    for (;;) {
        try {
            io_.run();
            return;
        } catch (const std::exception& error) {
            // Out of memory, as a rule. One connection may pay for it, not all of them.
            lines_.error("an I/O thread goes on after an error", {{"reason", std::string(error.what())}});
        }
    }
}

void worker::accept_on(asio::posix::stream_descriptor& listening) {
    auto again = [this, &listening](const std::exception_ptr& error) {
        if (error && !host_.draining)
            accept_on(listening);
    };
    asio::co_spawn(io_, accept_from(listening), std::move(again));
}

asio::awaitable<void> worker::accept_from(asio::posix::stream_descriptor& listening) {
    asio::steady_timer pause(io_);
    while (!host_.draining) {
        const auto [error] =
            co_await listening.async_wait(asio::posix::descriptor_base::wait_read, as_result);
        if (host_.draining)
            co_return;
        if (!error && accept_waiting(listening) != accepted::failed)
            continue;
        pause.expires_after(accept_pause);
        co_await pause.async_wait(as_result);
    }
}

worker::accepted worker::accept_waiting(asio::posix::stream_descriptor& listening) {
    try {
        for (int i = 0; i < accept_burst; ++i) {
            auto one = accept_one(listening.native_handle());
            const int error = errno;
            if (one.connection) {
                adopt(std::move(one.connection), one.peer);
                continue;
            }
            if (error == EAGAIN)
                return i == 0 ? accepted::none : accepted::some;
            if (concerns_one_connection(error))
                continue;
            complain("cannot accept connections", ::strerrordesc_np(error));
            return accepted::failed;
        }
        return accepted::some;
    } catch (const std::exception& error) {
        complain("cannot accept connections", error.what());
        return accepted::failed;
    }
}

void worker::adopt(file_descriptor connection, const optional_address& peer) {
    const int family = peer ? (peer->is_v4() ? AF_INET : AF_INET6) : AF_UNIX;
    const bool too_many = connections_.open.load() >= max_connections_;
    if (too_many) {
        complain("too many connections", "server.max_connections is " + std::to_string(max_connections_));
        if (connections_.turned_away.load() >= most_turned_away)
            return;
    }
    timed_socket::socket socket(io_);
    socket.assign(asio::generic::stream_protocol(family, 0), connection.get());
    static_cast<void>(connection.release());
    const auto one = sessions_.emplace(sessions_.end(), std::move(socket), peer, host_);
    if (too_many)
        launch(one, one->turn_away(), connections_.turned_away);
    else
        launch(one, one->run(), connections_.open);
}

void worker::launch(std::list<session>::iterator one, asio::awaitable<void> work,
                    std::atomic<std::size_t>& counter) {
    ++counter;
    auto done = [this, one, &counter](std::exception_ptr error) { leave(one, std::move(error), counter); };
    try {
        asio::co_spawn(io_, std::move(work), asio::bind_cancellation_slot(one->slot(), std::move(done)));
    } catch (...) {
        --counter;
        sessions_.erase(one);
        throw;
    }
}

void worker::leave(std::list<session>::iterator one, std::exception_ptr error,
                   std::atomic<std::size_t>& counter) {
    --counter;
    const bool was_cut = one->is_cut();
    sessions_.erase(one);
    if (host_.draining && sessions_.empty())
        drain_timer_.cancel();
    if (!error || was_cut)
        return;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& problem) {
        complain("a connection ended by an error of ours", problem.what());
    }
}

void worker::begin_drain(std::chrono::milliseconds timeout) {
    if (host_.draining)
        return;
    // Who has connected already is answered: closing the socket over him would be a reset.
    for (auto& listening : listening_) {
        while (accept_waiting(listening) == accepted::some) {
        }
    }
    host_.draining = true;
    listening_.clear();
    for (auto& one : sessions_)
        one.drain();
    busy_.reset();
    if (sessions_.empty())
        return;
    drain_timer_.expires_after(timeout);
    drain_timer_.async_wait([this](boost::system::error_code error) {
        if (!error)
            cut_all();
    });
}

void worker::cut_all() {
    for (auto& one : sessions_) {
        cut_ += one.answered() ? 0U : 1U;
        one.cut();
    }
}

void worker::complain(std::string_view message, std::string reason) {
    const auto now = clock::now();
    if (last_complaint_ != clock::time_point::min() && now - last_complaint_ < complaint_interval) {
        ++unsaid_;
        return;
    }
    last_complaint_ = now;
    lines_.warn(message, {{"reason", std::move(reason)}, {"not_logged_before", std::exchange(unsaid_, 0)}});
}

}  // namespace shopbell::http
