#pragma once

#include "connection_limiter.hpp"
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
    std::atomic<std::size_t> being_rejected = 0;
    std::atomic<std::uint64_t> refused = 0;         ///< since the start
    std::atomic<std::uint64_t> refused_client = 0;  ///< the same: it had too many, all together had not
    connection_limiter clients;
    std::size_t most_descriptors;  ///< those numbered so and above are not for connections
};

/// Writes one line for each status of which lines of refused requests are missing since the last time.
void log_suppressed(rate_limited_log& refusals, log& lines, log_level level);

/// One I/O thread with its own loop, listening sockets and sessions. `start`, `drain` and `join` are called
/// by the server's thread; everything else happens on the worker's own.
class worker {
public:
    worker(const server_settings& settings, const handler& answer, log& lines, rate_limited_log& refusals,
           connection_count& connections, body_budget& bodies, const snapshot<tls_identity>& tls);

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
    /// What is warned of at most every ten seconds each.
    enum class warning : unsigned { cannot_accept, too_many, too_many_of_client, session_failed };
    struct listener_socket {
        asio::posix::stream_descriptor socket;
        socket_owner owner;
    };
    struct incoming;

    void run();
    void accept_on(listener_socket& from);
    asio::awaitable<void> accept_from(listener_socket& from);
    accepted accept_waiting(listener_socket& from);
    static incoming accept_one(int listening);
    void adopt(incoming arriving);
    std::optional<connection_slot> take_slot(const incoming& arriving);
    std::optional<connection_slot> take_slot_of(const asio::ip::address& client);
    [[nodiscard]] bool can_reject(const incoming& arriving) const;
    void launch(std::list<session>::iterator arriving, asio::awaitable<void> work,
                std::atomic<std::size_t>& counter, connection_slot slot);
    void leave(std::list<session>::iterator at, std::exception_ptr error, std::atomic<std::size_t>& counter);
    void begin_drain(std::chrono::milliseconds timeout);
    void cut_all();
    void summarise_refusals();
    void warn(warning what, std::string_view message, log_fields about);

    // Constant after construction.
    log& lines_;
    connection_count& connections_;
    const snapshot<tls_identity>& tls_;  ///< asked at each connection

    // Only on the worker's thread once it runs.
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy_{io_.get_executor()};
    std::list<listener_socket> listening_;
    session_host host_;
    std::list<session> sessions_;
    asio::steady_timer drain_timer_{io_};
    asio::steady_timer summary_timer_{io_};
    rate_limited_log warnings_;
    std::size_t cut_ = 0;

    std::thread thread_;
};

}  // namespace shopbell::http
