#pragma once

#include <shopbell/core/async.hpp>
#include <shopbell/core/exceptions.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/postgres/connection.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

namespace shopbell::postgres {

/// What a caller of the inbox is told. Nothing that PostgreSQL refuses later on is the caller's fault.
[[nodiscard]] failure failure_of(const error& why);

/// A thread with a connection of its own, which is opened when it is needed and again once it is lost. What
/// it is given is done one after the other; what is still waiting when it stops is done before that.
class session {
public:
    using clock = std::chrono::steady_clock;

    struct duties {
        std::string thread;  ///< its name
        std::function<answer<connection>()> open;
        /// Whether an open connection is still the one to use.
        std::function<bool()> is_current = [] { return true; };
        /// The connection is lost or useless, and why.
        std::function<void(const std::string& host, const error& why)> lost = [](const auto&, const auto&) {};
        /// What is done of itself; returns when it is due again.
        std::function<clock::time_point()> work = [] { return clock::time_point::max(); };
        /// The last thing that is done.
        std::function<void()> leave = [] {};
    };

    explicit session(duties what);
    ~session() { stop(); }
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    /// From here on duties are called, on the thread.
    void start();
    /// Returns when the thread has ended.
    void stop();
    /// What is done of itself is due now.
    void hurry();

    /// Does it on the thread and answers where the caller runs. `task` takes the connection and returns an
    /// `answer`.
    template <class Value, class Task>
    [[nodiscard]] asio::awaitable<result<Value>> ask(Task task) {
        const asio::any_io_executor home = co_await asio::this_coro::executor;
        // g++ 12: named, captures by reference only.
        auto start = [this, &task, &home](auto done) {
            auto told = std::make_shared<reply<result<Value>, decltype(done)>>(asio::make_work_guard(home),
                                                                               std::move(done));
            submit([this, told, task = std::move(task)] { told->send(attempt<Value>(task)); });
        };
        co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<Value>)>(
            std::move(start), asio::use_awaitable);
    }

    // On the thread only:

    /// The connection, opened if need be; the error where none can be had.
    [[nodiscard]] answer<connection*> connected();
    /// What has the time to be done again at once is, a few times. A connection that is of no more use is
    /// given up.
    template <class Task>
    [[nodiscard]] auto run(const Task& task) -> decltype(task(std::declval<connection&>())) {
        for (int tries = 1;; ++tries) {
            const auto database = connected();
            if (!database)
                return database.error();
            auto done = task(**database);
            if (done)
                return done;
            give_up_if_useless(done.error());
            if (done.error().code != errc::busy || tries == most_tries)
                return done;
        }
    }
    void give_up(const error& why);

    /// Does it on the thread. It throws nothing that somebody waits for.
    void submit(std::function<void()> task);

private:
    static constexpr int most_tries = 3;
    /// Between two attempts to connect.
    static constexpr std::chrono::milliseconds pause{100};

    template <class Value, class Done>
    struct reply {
        reply(asio::executor_work_guard<asio::any_io_executor> home, Done to)
            : guard(std::move(home)), done(std::move(to)) {}
        void send(Value value) {
            asio::post(guard.get_executor(), asio::append(std::move(done), std::move(value)));
        }
        asio::executor_work_guard<asio::any_io_executor> guard;
        Done done;
    };

    template <class Value, class Task>
    [[nodiscard]] result<Value> attempt(const Task& task) noexcept {
        try {
            auto done = run(task);
            if (!done)
                return failure_of(done.error());
            if constexpr (std::is_void_v<Value>)
                return {};
            else
                return *std::move(done);
        } catch (...) {
            return failure{errc::unavailable, describe_exception()};
        }
    }

    void loop();
    [[nodiscard]] clock::time_point do_one(const std::function<void()>& task, clock::time_point due) noexcept;
    void give_up_if_useless(const error& why);

    const duties duties_;

    // Only on the thread.
    std::optional<connection> connection_;
    std::optional<error> refused_;  ///< why the latest attempt to connect failed
    clock::time_point next_attempt_{};

    std::mutex mutex_;  // guards the next four
    std::condition_variable wake_;
    std::deque<std::function<void()>> tasks_;
    bool hurried_ = true;
    bool stopping_ = false;

    std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace shopbell::postgres
