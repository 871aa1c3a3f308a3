#pragma once

#include "client_places.hpp"
#include "complaint.hpp"
#include "listener.hpp"
#include "session.hpp"

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/snapshot.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <list>
#include <thread>
#include <vector>

namespace shopbell::http {

/// How many connections all workers hold together.
struct connection_count {
    std::atomic<std::size_t> open = 0;
    std::atomic<std::size_t> turned_away = 0;
    std::atomic<std::uint64_t> refused = 0;         ///< since the start
    std::atomic<std::uint64_t> refused_client = 0;  ///< the same: it had too many, all together had not
    client_places clients;
    std::size_t most_descriptors;  ///< those numbered so and above are not for connections
};

/// One I/O thread with its own loop, listening sockets and sessions. `start`, `drain` and `join` are called
/// by the server's thread; everything else happens on the worker's own.
class worker {
public:
    worker(const server_settings& settings, const handler& answer, log& lines, refusal_lines& refusals,
           connection_count& connections, body_memory& bodies, const snapshot<tls_identity>& tls);

    /// Before `start`.
    void add(file_descriptor socket, socket_owner owner);
    void start(unsigned number);

    /// Calls `answered` on the worker's thread. From any thread.
    void ping(std::function<void()> answered);

    /// Begins to stop; what is still busy after `timeout` is cut.
    void drain(std::chrono::milliseconds timeout);

    /// Waits for the end and returns how many sessions were cut.
    std::size_t join();

private:
    enum class accepted : unsigned char { none, some, failed };
    struct door {
        asio::posix::stream_descriptor socket;
        socket_owner owner;
    };
    struct incoming;

    void run();
    void accept_on(door& from);
    asio::awaitable<void> accept_from(door& from);
    accepted accept_waiting(door& from);
    static incoming accept_one(int listening);
    void adopt(incoming one);
    std::optional<client_place> find_place(const incoming& one);
    std::optional<client_place> find_place_of(const asio::ip::address& client);
    [[nodiscard]] bool can_turn_away(const incoming& one) const;
    void launch(std::list<session>::iterator one, asio::awaitable<void> work,
                std::atomic<std::size_t>& counter, client_place place);
    void leave(std::list<session>::iterator one, std::exception_ptr error, std::atomic<std::size_t>& counter);
    void begin_drain(std::chrono::milliseconds timeout);
    void cut_all();
    void summarise_refusals();

    // Constant after construction.
    log& lines_;
    connection_count& connections_;
    const snapshot<tls_identity>& tls_;  ///< asked at each connection

    // Only on the worker's thread once it runs.
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy_{io_.get_executor()};
    std::list<door> doors_;
    session_host host_;
    std::list<session> sessions_;
    asio::steady_timer drain_timer_{io_};
    asio::steady_timer summary_timer_{io_};
    complaint cannot_accept_{lines_, "cannot accept connections"};
    complaint too_many_{lines_, "too many connections"};
    complaint too_many_of_one_{lines_, "too many connections of one client"};
    complaint failed_{lines_, "a connection ended by an error of ours"};
    std::size_t cut_ = 0;

    std::thread thread_;
};

}  // namespace shopbell::http
