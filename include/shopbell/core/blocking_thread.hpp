#pragma once

#include <shopbell/core/async.hpp>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace shopbell {

/// One call on a blocking thread, shared by the thread and whoever waits for it. Those who wait may give up
/// and go, their io_context too: the thread then answers to nobody.
class blocking_call : public std::enable_shared_from_this<blocking_call> {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Null: nothing that could be given up; it ends when somebody calls `perform`, on whatever thread.
    explicit blocking_call(std::function<void()> work) : work_(std::move(work)) {}
    blocking_call(const blocking_call&) = delete;
    blocking_call& operator=(const blocking_call&) = delete;

    /// On the blocking thread. Does nothing where the call was given up.
    void perform();

    /// Whether it ended before that time. Given up by the last who waits for it, a call that has not begun is
    /// never made; one that has begun goes on. What it threw is thrown here.
    [[nodiscard]] static asio::awaitable<bool> finishes_before(std::shared_ptr<blocking_call> one,
                                                               time_point until);
    /// The same for a caller without a loop: blocks.
    [[nodiscard]] bool wait_until(time_point until);

    [[nodiscard]] bool has_ended() const;
    [[nodiscard]] bool is_given_up() const;

private:
    class waiting_side;
    void ring(asio::steady_timer* alarm);
    [[nodiscard]] bool give_up(asio::steady_timer* alarm);

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable ended_;
    std::function<void()> work_;
    std::exception_ptr thrown_;
    std::vector<asio::steady_timer*> alarms_;  ///< of those who wait; cancelled, each on its own executor
    bool done_ = false;
    bool given_up_ = false;
};

/// A thread for the calls of one owner that may never return: a hung mount, a FIFO that nobody reads, a name
/// server that does not answer. Calls run one after the other. Nobody ever joins the thread: who waits for a
/// call gives up at a deadline, and a call that is under way when its owner is destroyed ends on its own,
/// with nothing but what it owns. Starts with its first call. Thread-safe.
class blocking_thread {
public:
    using time_point = blocking_call::time_point;

    /// `name` is what `ps -L` shows of it: 15 bytes at most count.
    explicit blocking_thread(std::string name);
    ~blocking_thread();  ///< waits for nothing; the calls that nobody has given up are still made

    blocking_thread(const blocking_thread&) = delete;
    blocking_thread& operator=(const blocking_thread&) = delete;

    /// What `work` returns, or nothing where it has not ended by then. A call given up before it began is
    /// never made. `work` owns what it uses.
    template <class Work>
    [[nodiscard]] asio::awaitable<std::optional<std::invoke_result_t<Work&>>> run(Work work,
                                                                                  time_point until) {
        auto answer = std::make_shared<std::optional<std::invoke_result_t<Work&>>>();
        auto call = post([answer, work = std::move(work)]() mutable { answer->emplace(work()); });
        const bool ended = co_await blocking_call::finishes_before(std::move(call), until);
        if (!ended)
            co_return std::nullopt;
        co_return std::move(*answer);
    }

    /// The same for a caller without a loop: blocks.
    template <class Work>
    [[nodiscard]] std::optional<std::invoke_result_t<Work&>> run_blocking(Work work, time_point until) {
        auto answer = std::make_shared<std::optional<std::invoke_result_t<Work&>>>();
        const auto call = post([answer, work = std::move(work)]() mutable { answer->emplace(work()); });
        if (!call->wait_until(until))
            return std::nullopt;
        return std::move(*answer);
    }

    /// Behind the calls before it; nobody waits.
    std::shared_ptr<blocking_call> post(std::function<void()> work);

private:
    struct queue;
    const std::string name_;
    const std::shared_ptr<queue> queue_;
};

}  // namespace shopbell
