#pragma once

#include <shopbell/core/async.hpp>

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <string_view>

namespace shopbell {

constexpr std::chrono::seconds stream_heartbeat{15};
/// A line without meaning (HTML Living Standard, section 9.2.6): shows both sides that the other is there.
constexpr std::string_view stream_comment = ":\n\n";

/// Woken by the inbox's thread, waited for on the stream's.
class arrival_signal {
public:
    using clock = std::chrono::steady_clock;

    explicit arrival_signal(const asio::any_io_executor& executor) : timer_(executor) {}

    /// From any thread. `self` keeps it alive until the stream's thread has seen it.
    static void raise(const std::shared_ptr<arrival_signal>& self) {
        if (!self->posted_.exchange(true))
            asio::post(self->timer_.get_executor(), [self] { self->land(); });
    }

    void clear() noexcept { raised_ = false; }

    /// False where nothing arrived in time.
    asio::awaitable<bool> wait_until(clock::time_point end) {
        if (!raised_) {
            timer_.expires_at(end);
            co_await timer_.async_wait(as_result);
        }
        co_return raised_;
    }

private:
    void land() {
        posted_ = false;
        raised_ = true;
        timer_.cancel();
    }

    std::atomic<bool> posted_ = false;
    bool raised_ = false;  ///< on the stream's thread
    asio::steady_timer timer_;
};

}  // namespace shopbell
