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
constexpr std::size_t most_rejecting = 64;
constexpr std::chrono::milliseconds accept_pause{100};

/// The connection died between the kernel's accept and ours, or a network error that accept(2) reports in
/// advance: the next one may be fine.
bool concerns_one_connection(int number) {
    constexpr int passing[] = {EINTR,     ECONNABORTED, EPROTO,       ENETDOWN,   ENOPROTOOPT,
                               EHOSTDOWN, ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
    return std::find(std::begin(passing), std::end(passing), number) != std::end(passing);
}

/// One line of a kind every ten seconds.
constexpr line_allowance warnings_allowed{1, std::chrono::seconds(10), std::chrono::seconds(10)};

}  // namespace

void log_suppressed(rate_limited_log& refusals, log& lines, log_level level) {
    for (const auto& missing : refusals.collect()) {
        const bool answered = missing.kind != nobody;
        log_fields fields;
        if (answered)
            fields.push_back({"status", static_cast<long long>(missing.kind)});
        fields.push_back({"suppressed", static_cast<long long>(missing.lines)});
        lines.write(level, answered ? "refused requests not logged" : "clients that left not logged", fields);
    }
}

struct worker::incoming {
    file_descriptor connection;
    int family = AF_UNSPEC;
    optional_address peer;
};

worker::worker(const server_settings& settings, const handler& answer, log& lines, rate_limited_log& refusals,
               connection_count& connections, body_budget& bodies, const snapshot<tls_identity>& tls)
    : lines_(lines),
      connections_(connections),
      tls_(tls),
      host_{.settings = settings,
            .answer = answer,
            .lines = lines,
            .refusals = refusals,
            .bodies = bodies,
            .slot_for = [this](const auto& client) { return take_slot_of(client); }},
      warnings_(lines, warnings_allowed) {}

void worker::add(file_descriptor socket, socket_owner owner) {
    listening_.push_back({asio::posix::stream_descriptor(io_, socket.get()), owner});
    static_cast<void>(socket.release());
}

void worker::ping(std::function<void()> answered) {
    asio::post(io_, std::move(answered));
}

void worker::start(unsigned number) {
    for (auto& socket : listening_)
        accept_on(socket);
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

void worker::accept_on(listener_socket& from) {
    auto again = [this, &from](const std::exception_ptr& error) {
        if (error && !host_.draining)
            accept_on(from);
    };
    asio::co_spawn(io_, accept_from(from), std::move(again));
}

asio::awaitable<void> worker::accept_from(listener_socket& from) {
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

worker::accepted worker::accept_waiting(listener_socket& from) {
    const int burst = from.owner == socket_owner::we ? accept_burst : shared_accept_burst;
    try {
        for (int i = 0; i < burst; ++i) {
            auto arriving = accept_one(from.socket.native_handle());
            const int error = errno;
            if (arriving.connection) {
                adopt(std::move(arriving));
                continue;
            }
            if (error == EAGAIN)
                return i == 0 ? accepted::none : accepted::some;
            if (concerns_one_connection(error))
                continue;
            warn(warning::cannot_accept, "cannot accept connections",
                 {{"reason", std::string(::strerrordesc_np(error))}});
            return accepted::failed;
        }
        return accepted::some;
    } catch (const std::exception& error) {
        warn(warning::cannot_accept, "cannot accept connections", {{"reason", std::string(error.what())}});
        return accepted::failed;
    }
}

/// errno is set where there is no connection.
worker::incoming worker::accept_one(int listening) {
    asio::generic::stream_protocol::endpoint from;
    auto size = static_cast<::socklen_t>(from.capacity());
    incoming arriving;
    arriving.connection =
        file_descriptor(::accept4(listening, from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    arriving.family = from.data()->sa_family;
    if (!arriving.connection || arriving.family == AF_UNIX)
        return arriving;
    asio::ip::tcp::endpoint peer;
    peer.resize(size);
    std::memcpy(peer.data(), from.data(), size);
    arriving.peer = peer.address();
    // Only a socket of the service manager takes both families.
    if (arriving.peer->is_v6() && arriving.peer->to_v6().is_v4_mapped())
        arriving.peer = asio::ip::make_address_v4(asio::ip::v4_mapped, arriving.peer->to_v6());
    return arriving;
}

void worker::adopt(incoming arriving) {
    auto slot = take_slot(arriving);
    if (!slot && !can_reject(arriving))
        return;
    timed_socket::socket socket(io_);
    socket.assign(asio::generic::stream_protocol(arriving.family, 0), arriving.connection.get());
    static_cast<void>(arriving.connection.release());
    // Who comes through a unix socket is on this machine.
    const auto tls = arriving.family == AF_UNIX ? nullptr : tls_.get();
    const auto at = sessions_.emplace(sessions_.end(), std::move(socket), arriving.peer, tls.get(), host_);
    if (slot)
        launch(at, at->run(), connections_.open, *std::move(slot));
    else
        launch(at, at->reject_overload(), connections_.being_rejected, connection_slot());
}

/// Nothing where it cannot be served.
std::optional<connection_slot> worker::take_slot(const incoming& arriving) {
    const auto& settings = host_.settings;
    const bool full = connections_.open.load() >= settings.max_connections;
    // A new descriptor has the lowest number that is free.
    if (full || static_cast<std::size_t>(arriving.connection.get()) >= connections_.most_descriptors) {
        ++connections_.refused;
        const auto reason = full ? "server.max_connections is " + std::to_string(settings.max_connections)
                                 : "the limit on open files (RLIMIT_NOFILE) leaves no more to them";
        warn(warning::too_many, "too many connections", {{"reason", reason}});
        return std::nullopt;
    }
    if (is_trusted(arriving.peer, settings.trusted_proxies))
        return connection_slot();
    return take_slot_of(*arriving.peer);
}

std::optional<connection_slot> worker::take_slot_of(const asio::ip::address& client) {
    auto slot = connections_.clients.take(client);
    if (!slot) {
        ++connections_.refused_client;
        warn(warning::too_many_of_client, "too many connections of one client",
             {{"client", describe_client(client)},
              {"reason",
               "server.max_connections_per_client is " + std::to_string(connections_.clients.most())}});
    }
    return slot;
}

/// Telling those for whom there is no slot takes a descriptor each for a while.
bool worker::can_reject(const incoming& arriving) const {
    const auto spared = host_.settings.spare_descriptors / 2;
    return connections_.being_rejected.load() < most_rejecting &&
           static_cast<std::size_t>(arriving.connection.get()) < connections_.most_descriptors + spared;
}

void worker::launch(std::list<session>::iterator at, asio::awaitable<void> work,
                    std::atomic<std::size_t>& counter, connection_slot slot) {
    ++counter;
    auto done = [this, at, &counter, held = std::move(slot)](std::exception_ptr error) {
        leave(at, std::move(error), counter);
    };
    try {
        asio::co_spawn(io_, std::move(work), asio::bind_cancellation_slot(at->slot(), std::move(done)));
    } catch (...) {
        --counter;
        sessions_.erase(at);
        throw;
    }
}

void worker::leave(std::list<session>::iterator at, std::exception_ptr error,
                   std::atomic<std::size_t>& counter) {
    --counter;
    const bool was_cut = at->is_cut();
    sessions_.erase(at);
    if (host_.draining && sessions_.empty())
        drain_timer_.cancel();
    if (!error || was_cut)
        return;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& problem) {
        warn(warning::session_failed, "a connection ended by an error of ours",
             {{"reason", std::string(problem.what())}});
    }
}

void worker::begin_drain(std::chrono::milliseconds timeout) {
    if (host_.draining)
        return;
    // Who has connected already is answered: closing our socket over him would be a reset.
    for (auto& socket : listening_) {
        while (socket.owner == socket_owner::we && accept_waiting(socket) == accepted::some) {
        }
    }
    host_.draining = true;
    // Released, not closed by Asio: it leaves it to the close to take the socket out of its epoll set, which
    // does not happen while others hold the same socket open, and the set would go on to hear of it.
    for (auto& socket : listening_)
        const file_descriptor closing(socket.socket.release());
    listening_.clear();
    summary_timer_.cancel();
    for (auto& connection : sessions_)
        connection.drain();
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
    for (auto& connection : sessions_) {
        cut_ += connection.answered() ? 0U : 1U;
        connection.cut();
    }
}

void worker::summarise_refusals() {
    summary_timer_.expires_after(host_.settings.refusals.summary);
    summary_timer_.async_wait([this](boost::system::error_code error) {
        if (error || host_.draining)
            return;
        log_suppressed(host_.refusals, host_.lines, host_.settings.request_level);
        summarise_refusals();
    });
}

void worker::warn(warning what, std::string_view message, log_fields about) {
    warnings_.warn(static_cast<unsigned>(what), message, std::move(about));
}

}  // namespace shopbell::http
