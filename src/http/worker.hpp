#pragma once

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
    std::atomic<std::uint64_t> refused = 0;  ///< since the start
};

/// One I/O thread with its own loop, listening sockets and sessions. `start`, `drain` and `join` are called
/// by the server's thread; everything else happens on the worker's own.
class worker {
public:
    worker(const server_settings& settings, const handler& answer, log& lines, refusal_lines& refusals,
           connection_count& connections, const snapshot<tls_identity>& tls);

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
    using clock = std::chrono::steady_clock;

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
    void launch(std::list<session>::iterator one, asio::awaitable<void> work,
                std::atomic<std::size_t>& counter);
    void leave(std::list<session>::iterator one, std::exception_ptr error, std::atomic<std::size_t>& counter);
    void begin_drain(std::chrono::milliseconds timeout);
    void cut_all();
    void summarise_refusals();
    void complain(std::string_view message, std::string reason);

    // Constant after construction.
    log& lines_;
    connection_count& connections_;
    const snapshot<tls_identity>& tls_;  ///< asked at each connection
    std::size_t max_connections_;

    // Only on the worker's thread once it runs.
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy_{io_.get_executor()};
    std::list<door> doors_;
    session_host host_;
    std::list<session> sessions_;
    asio::steady_timer drain_timer_{io_};
    asio::steady_timer summary_timer_{io_};
    clock::time_point last_complaint_ = clock::time_point::min();
    long long unsaid_ = 0;
    std::size_t cut_ = 0;

    std::thread thread_;
};

}  // namespace shopbell::http
