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
/// From a queue that all threads share: the others are to get theirs, for a connection stays with its thread.
constexpr int shared_accept_burst = 4;
constexpr std::size_t most_turned_away = 64;
constexpr std::chrono::milliseconds accept_pause{100};

/// The connection died between the kernel's accept and ours, or a network error that accept(2) reports in
/// advance: the next one may be fine.
bool concerns_one_connection(int number) {
    constexpr int passing[] = {EINTR,     ECONNABORTED, EPROTO,       ENETDOWN,   ENOPROTOOPT,
                               EHOSTDOWN, ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
    return std::find(std::begin(passing), std::end(passing), number) != std::end(passing);
}

}  // namespace

struct worker::incoming {
    file_descriptor connection;
    int family = AF_UNSPEC;
    optional_address peer;
};

worker::worker(const server_settings& settings, const handler& answer, log& lines, refusal_lines& refusals,
               connection_count& connections, body_memory& bodies, const snapshot<tls_identity>& tls)
    : lines_(lines),
      connections_(connections),
      tls_(tls),
      host_{.settings = settings,
            .answer = answer,
            .lines = lines,
            .refusals = refusals,
            .bodies = bodies,
            .place_for = [this](const auto& client) { return find_place_of(client); }} {}

void worker::add(file_descriptor socket, socket_owner owner) {
    doors_.push_back({asio::posix::stream_descriptor(io_, socket.get()), owner});
    static_cast<void>(socket.release());
}

void worker::ping(std::function<void()> answered) {
    asio::post(io_, std::move(answered));
}

void worker::start(unsigned number) {
    for (auto& one : doors_)
        accept_on(one);
    if (number == 0)  // for all of them: the count is common
        summarise_refusals();
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

void worker::accept_on(door& from) {
    auto again = [this, &from](const std::exception_ptr& error) {
        if (error && !host_.draining)
            accept_on(from);
    };
    asio::co_spawn(io_, accept_from(from), std::move(again));
}

asio::awaitable<void> worker::accept_from(door& from) {
    asio::steady_timer pause(io_);
    while (!host_.draining) {
        const auto [error] =
            co_await from.socket.async_wait(asio::posix::descriptor_base::wait_read, as_result);
        if (host_.draining)
            co_return;
        if (!error && accept_waiting(from) != accepted::failed)
            continue;
        pause.expires_after(accept_pause);
        co_await pause.async_wait(as_result);
    }
}

worker::accepted worker::accept_waiting(door& from) {
    const int burst = from.owner == socket_owner::we ? accept_burst : shared_accept_burst;
    try {
        for (int i = 0; i < burst; ++i) {
            auto one = accept_one(from.socket.native_handle());
            const int error = errno;
            if (one.connection) {
                adopt(std::move(one));
                continue;
            }
            if (error == EAGAIN)
                return i == 0 ? accepted::none : accepted::some;
            if (concerns_one_connection(error))
                continue;
            cannot_accept_.tell({{"reason", std::string(::strerrordesc_np(error))}});
            return accepted::failed;
        }
        return accepted::some;
    } catch (const std::exception& error) {
        cannot_accept_.tell({{"reason", std::string(error.what())}});
        return accepted::failed;
    }
}

/// errno is set where there is no connection.
worker::incoming worker::accept_one(int listening) {
    asio::generic::stream_protocol::endpoint from;
    auto size = static_cast<::socklen_t>(from.capacity());
    incoming one;
    one.connection = file_descriptor(::accept4(listening, from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    one.family = from.data()->sa_family;
    if (!one.connection || one.family == AF_UNIX)
        return one;
    asio::ip::tcp::endpoint peer;
    peer.resize(size);
    std::memcpy(peer.data(), from.data(), size);
    one.peer = peer.address();
    // Only a socket of the service manager takes both families.
    if (one.peer->is_v6() && one.peer->to_v6().is_v4_mapped())
        one.peer = asio::ip::make_address_v4(asio::ip::v4_mapped, one.peer->to_v6());
    return one;
}

void worker::adopt(incoming one) {
    auto place = find_place(one);
    if (!place && !can_turn_away(one))
        return;
    timed_socket::socket socket(io_);
    socket.assign(asio::generic::stream_protocol(one.family, 0), one.connection.get());
    static_cast<void>(one.connection.release());
    // Who comes through a unix socket is on this machine.
    const auto tls = one.family == AF_UNIX ? nullptr : tls_.get();
    const auto at = sessions_.emplace(sessions_.end(), std::move(socket), one.peer, tls.get(), host_);
    if (place)
        launch(at, at->run(), connections_.open, *std::move(place));
    else
        launch(at, at->turn_away(), connections_.turned_away, client_place());
}

/// Nothing where it cannot be served.
std::optional<client_place> worker::find_place(const incoming& one) {
    const auto& settings = host_.settings;
    const bool full = connections_.open.load() >= settings.max_connections;
    // A new descriptor has the lowest number that is free.
    if (full || static_cast<std::size_t>(one.connection.get()) >= connections_.most_descriptors) {
        ++connections_.refused;
        const auto reason = full ? "server.max_connections is " + std::to_string(settings.max_connections)
                                 : "the limit on open files (RLIMIT_NOFILE) leaves no more to them";
        too_many_.tell({{"reason", reason}});
        return std::nullopt;
    }
    if (is_trusted(one.peer, settings.trusted_proxies))
        return client_place();
    return find_place_of(*one.peer);
}

std::optional<client_place> worker::find_place_of(const asio::ip::address& client) {
    auto place = connections_.clients.take(client);
    if (!place) {
        ++connections_.refused_client;
        too_many_of_one_.tell({{"client", describe_client(client)},
                               {"reason", "server.max_connections_per_client is " +
                                              std::to_string(connections_.clients.most())}});
    }
    return place;
}

/// Telling those for whom there is no place takes a descriptor each for a while.
bool worker::can_turn_away(const incoming& one) const {
    const auto spared = host_.settings.spare_descriptors / 2;
    return connections_.turned_away.load() < most_turned_away &&
           static_cast<std::size_t>(one.connection.get()) < connections_.most_descriptors + spared;
}

void worker::launch(std::list<session>::iterator one, asio::awaitable<void> work,
                    std::atomic<std::size_t>& counter, client_place place) {
    ++counter;
    auto done = [this, one, &counter, held = std::move(place)](std::exception_ptr error) {
        leave(one, std::move(error), counter);
    };
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
        failed_.tell({{"reason", std::string(problem.what())}});
    }
}

void worker::begin_drain(std::chrono::milliseconds timeout) {
    if (host_.draining)
        return;
    // Who has connected already is answered: closing our socket over him would be a reset.
    for (auto& one : doors_) {
        while (one.owner == socket_owner::we && accept_waiting(one) == accepted::some) {
        }
    }
    host_.draining = true;
    // Released, not closed by Asio: it leaves it to the close to take the socket out of its epoll set, which
    // does not happen while others hold the same socket open, and the set would go on to hear of it.
    for (auto& one : doors_)
        const file_descriptor closing(one.socket.release());
    doors_.clear();
    summary_timer_.cancel();
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

void worker::summarise_refusals() {
    summary_timer_.expires_after(host_.refusals.interval());
    summary_timer_.async_wait([this](boost::system::error_code error) {
        if (error || host_.draining)
            return;
        host_.refusals.summarise();
        summarise_refusals();
    });
}

}  // namespace shopbell::http
