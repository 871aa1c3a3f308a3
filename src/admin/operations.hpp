#pragma once

#include "api_call.hpp"
#include "audit.hpp"
#include "route_matches.hpp"

#include <shopbell/admin/operator_api.hpp>
#include <shopbell/core/async.hpp>
#include <shopbell/core/blocking_thread.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>

namespace shopbell {

struct sink_view;
class recent_events;

struct operator_api::state : std::enable_shared_from_this<state> {
    explicit state(operator_services services);
    ~state();

    const operator_services around;
    std::atomic<std::size_t> streams = 0;  ///< open ones

    const std::unique_ptr<recent_events> recent;
    personal_data_log seen;
    route_matches matched{around.routes, around.reading};

    blocking_thread checkups{"checkup"};
    std::atomic<bool> checkup_runs = false;

    /// The sinks as they were seen last: streams look once a second, however many there are.
    std::mutex sinks_mutex;
    std::shared_ptr<const std::vector<sink_view>> sinks;
    std::chrono::steady_clock::time_point sinks_at;
};

using api_state = operator_api::state;

// The operations, which routes.cpp puts at their paths. One that changes something is called only where
// `around.store` is there.

asio::awaitable<http::response> show_liveness(api_state& in, api_call call);
asio::awaitable<http::response> show_readiness(api_state& in, api_call call);
asio::awaitable<http::response> show_metrics(api_state& in, api_call call);
asio::awaitable<http::response> show_page(api_state& in, api_call call);
asio::awaitable<http::response> show_attention(api_state& in, api_call call);
asio::awaitable<http::response> list_events(api_state& in, api_call call);
asio::awaitable<http::response> search_events(api_state& in, api_call call);
asio::awaitable<http::response> show_sent(api_state& in, api_call call);
asio::awaitable<http::response> show_event(api_state& in, api_call call);
asio::awaitable<http::response> show_original(api_state& in, api_call call);
asio::awaitable<http::response> replay_event(api_state& in, api_call call);
asio::awaitable<http::response> replay_events(api_state& in, api_call call);
asio::awaitable<http::response> list_dead(api_state& in, api_call call);
asio::awaitable<http::response> retry_dead(api_state& in, api_call call);
asio::awaitable<http::response> drop_dead(api_state& in, api_call call);
asio::awaitable<http::response> list_rejections(api_state& in, api_call call);
asio::awaitable<http::response> list_sinks(api_state& in, api_call call);
asio::awaitable<http::response> list_waiting(api_state& in, api_call call);
asio::awaitable<http::response> pause_sink(api_state& in, api_call call);
asio::awaitable<http::response> resume_sink(api_state& in, api_call call);
asio::awaitable<http::response> forget_sink(api_state& in, api_call call);
asio::awaitable<http::response> preview_routes(api_state& in, api_call call);
asio::awaitable<http::response> forget_person(api_state& in, api_call call);
asio::awaitable<http::response> list_codes(api_state& in, api_call call);
asio::awaitable<http::response> add_codes(api_state& in, api_call call);
asio::awaitable<http::response> void_codes(api_state& in, api_call call);
asio::awaitable<http::response> follow_events(api_state& in, api_call call);
asio::awaitable<http::response> show_config(api_state& in, api_call call);
asio::awaitable<http::response> reload_config(api_state& in, api_call call);
asio::awaitable<http::response> run_checkup(api_state& in, api_call call);
asio::awaitable<http::response> show_status(api_state& in, api_call call);
asio::awaitable<http::response> show_series(api_state& in, api_call call);

/// How many events an operation over many of them reads at a time.
constexpr std::size_t page_size = 200;

/// How long one request may go on with work that has no natural end.
class work_time {
public:
    [[nodiscard]] bool is_over() const { return std::chrono::steady_clock::now() >= end_; }

private:
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

}  // namespace shopbell
