#include <shopbell/delivery/delivery.hpp>

#include <shopbell/core/async.hpp>
#include <shopbell/delivery/dispatcher.hpp>
#include <shopbell/delivery/event_cache.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <future>
#include <optional>
#include <thread>

namespace shopbell {

namespace {

asio::awaitable<result<void>> place_all(const std::vector<configured_sink>& sinks, inbox& store) {
    for (const auto& one : sinks) {
        const auto placed = co_await store.open_sink(one.name);
        if (!placed)
            co_return placed.error();
    }
    co_return result<void>();
}

}  // namespace

struct delivery::state {
    state(std::vector<configured_sink> to, const routes& all, inbox& from, asio::thread_pool& pool,
          const std::shared_ptr<log>& lines)
        : store(from), blocking(pool), sinks(std::move(to)) {
        for (auto& one : sinks)
            dispatchers.emplace_back(context.get_executor(), one, all, store, cache, lines);
    }

    /// On the caller's thread, but in the context that stays: the inbox may still be letting go of it
    /// afterwards.
    result<void> place() {
        std::optional<result<void>> placed;
        auto finished = [&placed](std::exception_ptr thrown, result<void> returned) {
            if (thrown)
                std::rethrow_exception(thrown);
            placed = std::move(returned);
        };
        asio::co_spawn(context, place_all(sinks, store), std::move(finished));
        while (!placed)
            context.run_one();
        return *placed;
    }

    void start() {
        running = dispatchers.size();
        for (auto& one : dispatchers) {
            auto finished = [this](std::exception_ptr thrown) {
                if (thrown)
                    std::rethrow_exception(thrown);
                if (--running == 0)
                    all_ended.set_value();
            };
            asio::co_spawn(context, one.run(), std::move(finished));
        }
        // Many commits may come before the thread gets to look: one wake for all of them is enough.
        arrivals = store.on_arrival([this] {
            if (!woken.exchange(true))
                asio::post(context, [this] { wake(); });
        });
        thread = std::thread([this] {
            ::pthread_setname_np(::pthread_self(), "delivery");
            context.run();
        });
    }

    bool end_attempts(std::chrono::milliseconds timeout) {
        if (dispatchers.empty())
            return true;
        asio::post(context, [this] {
            for (auto& one : dispatchers)
                one.stop();
        });
        return all_ended.get_future().wait_for(timeout) == std::future_status::ready;
    }

    /// Ends the threads; the context stays, for what the inbox and the pool still answer to.
    void join() {
        if (!thread.joinable())
            return;
        arrivals = subscription();
        context.stop();
        thread.join();
        blocking.join();
    }

    void wake() {
        woken = false;
        for (auto& one : dispatchers)
            one.wake();
    }

    inbox& store;
    asio::thread_pool& blocking;
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    event_cache cache;
    std::vector<configured_sink> sinks;  // behind the context: their connections end before it does
    std::deque<dispatcher> dispatchers;
    std::size_t running = 0;
    std::promise<void> all_ended;
    std::atomic<bool> woken = false;
    subscription arrivals;
    std::thread thread;
};

delivery::delivery(std::vector<configured_sink> sinks, const routes& all, inbox& store,
                   asio::thread_pool& blocking, std::shared_ptr<log> lines)
    : state_(std::make_unique<state>(std::move(sinks), all, store, blocking, lines)) {}

delivery::~delivery() {
    state_->join();
}

result<void> delivery::start() {
    if (auto placed = state_->place(); !placed)
        return placed;
    state_->start();
    return {};
}

void delivery::reopen() {
    asio::post(state_->context, [this] {
        for (auto& one : state_->sinks)
            one.target->reopen();
    });
}

asio::awaitable<std::vector<sink_status>> delivery::status() {
    auto look = [this] {
        std::vector<sink_status> all;
        for (const auto& one : state_->dispatchers)
            all.push_back(one.status());
        return all;
    };
    co_return co_await run_on(state_->context.get_executor(), std::move(look));
}

asio::awaitable<bool> delivery::pause(std::string sink, bool paused) {
    auto act = [this, sink = std::move(sink), paused] {
        const auto found = std::ranges::find(state_->dispatchers, sink, &dispatcher::name);
        if (found == state_->dispatchers.end())
            return false;
        found->pause(paused);
        return true;
    };
    co_return co_await run_on(state_->context.get_executor(), std::move(act));
}

void delivery::wake() {
    asio::post(state_->context, [this] {
        for (auto& one : state_->dispatchers)
            one.wake_queued();
    });
}

asio::awaitable<void> delivery::forget(std::vector<sequence> numbers) {
    auto act = [this, numbers = std::move(numbers)] {
        state_->cache.clear();
        for (auto& one : state_->dispatchers)
            one.forget(numbers);
        return true;
    };
    co_await run_on(state_->context.get_executor(), std::move(act));
}

bool delivery::stop(std::chrono::milliseconds timeout) {
    const bool in_time = state_->end_attempts(timeout);
    state_->join();
    return in_time;
}

}  // namespace shopbell
