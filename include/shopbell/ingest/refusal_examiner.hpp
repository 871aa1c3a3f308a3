#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/ingest/endpoint.hpp>
#include <shopbell/ingest/rejection_log.hpp>
#include <shopbell/metrics/endpoint_metrics.hpp>

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace shopbell {

/// A request that was not accepted, with as much of it as was read.
struct refused_request {
    std::string endpoint;  ///< its name; empty: none has the path
    std::string_view provider = {};
    unsigned status = 0;
    rejection why = rejection::internal;
    std::string reason;  ///< for the operator
    http::mismatch what = http::mismatch::none;
    time_point at;
    /// The endpoints in force when it came; null where the HTTP server refused it without asking anybody.
    std::shared_ptr<const endpoints> among = {};
    std::optional<boost::asio::ip::address> client = {};
    std::string method = {};
    std::string path = {};
    std::string query = {};  ///< never shown: tokens stand in it
    headers fields = {};
    std::string body = {};
    std::uint64_t bytes = 0;  ///< of the body that came, of which a very large one is cut
    bool keep_body = false;
};

/// The endpoints of a configuration that was replaced.
struct former_endpoints {
    std::shared_ptr<const endpoints> all;
    time_point until;
};

/// Finds out why requests were refused, on a thread of its own and behind the answers' back, and keeps what
/// it found in a file. It takes one at a time and rests longer than it works; what comes faster than that is
/// counted and no more. Thread-safe.
class refusal_examiner {
public:
    /// Begins with what is in the file at `path`; says so through `lines` where that cannot be read.
    refusal_examiner(std::string path, std::shared_ptr<log> lines);
    /// Looks at what still waits, then writes the file.
    ~refusal_examiner();

    refusal_examiner(const refusal_examiner&) = delete;
    refusal_examiner& operator=(const refusal_examiner&) = delete;

    /// These are in force from now on. The secrets of those before are remembered for three days, as long as
    /// the most patient store repeats a delivery, of the last eight configurations.
    void attach(std::shared_ptr<const endpoints> all);

    /// Takes bounded time, whatever is wrong: no answer may wait for this, nor tell by its time what is
    /// wrong.
    void add(refused_request one);

    [[nodiscard]] rejection_log& found() noexcept { return found_; }

private:
    using clock = std::chrono::steady_clock;
    struct former {
        former_endpoints those;
        clock::time_point forget_at;
    };
    /// Refused requests that found no room to wait.
    struct crowd {
        std::string_view provider;
        std::uint64_t count = 0;
        time_point last;
    };

    void run(const std::stop_token& end);
    void await_work(const std::stop_token& end);
    void rest(const std::stop_token& end, clock::duration worked);
    [[nodiscard]] std::optional<refused_request> take();
    [[nodiscard]] bool make_room(const refused_request& one, std::size_t bytes);
    void give_up_latest_of(const boost::asio::ip::address& network);
    void count_only(const refused_request& one);
    bool examine_next();  ///< false: nothing waited
    void look_into(const refused_request& one);
    void add_crowds();
    void keep_up(clock::time_point present);
    void save_if_due(clock::time_point present);
    [[nodiscard]] std::vector<former_endpoints> former_ones();

    const std::string path_;
    const std::shared_ptr<log> log_;
    rejection_log found_;

    // Only on the thread.
    clock::duration tired_{};
    std::uint64_t saved_version_ = 0;
    clock::time_point next_save_;
    bool told_of_trouble_ = false;

    mutable std::mutex mutex_;  // guards all below, but for the thread
    std::condition_variable_any work_;
    std::condition_variable_any rest_;  ///< nobody calls: a flood must not wake who rests from it
    std::deque<refused_request> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::map<std::pair<std::string, unsigned>, crowd> crowds_;  ///< by endpoint and status
    std::shared_ptr<const endpoints> current_;
    std::deque<former> former_;

    std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace shopbell
