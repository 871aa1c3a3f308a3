#include <shopbell/core/async.hpp>
#include <shopbell/delivery/delivery.hpp>
#include <shopbell/delivery/dispatcher.hpp>
#include <shopbell/delivery/event_cache.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <pthread.h>

#include <atomic>
#include <deque>
#include <future>
#include <thread>

namespace shopbell {

struct delivery::state {
    state(std::vector<configured_sink>& to, const routes& all, inbox& from, asio::thread_pool& pool,
          const std::shared_ptr<log>& lines)
        : sinks(to), store(from), blocking(pool) {
        for (auto& one : sinks)
            dispatchers.emplace_back(context.get_executor(), one, all, store, cache, lines);
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
        store.on_arrival([this] {
            if (!woken.exchange(true))
                asio::post(context, [this] { wake(); });
        });
        thread = std::thread([this] {
            ::pthread_setname_np(::pthread_self(), "delivery");
            context.run();
        });
    }

    void wake() {
        woken = false;
        for (auto& one : dispatchers)
            one.wake();
    }

    std::vector<configured_sink>& sinks;
    inbox& store;
    asio::thread_pool& blocking;
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    event_cache cache;
    std::deque<dispatcher> dispatchers;
    std::size_t running = 0;
    std::promise<void> all_ended;
    std::atomic<bool> woken = false;
    std::thread thread;
};

delivery::delivery(std::vector<configured_sink>& sinks, const routes& all, inbox& store,
                   asio::thread_pool& blocking, std::shared_ptr<log> lines)
    : state_(std::make_unique<state>(sinks, all, store, blocking, lines)) {
    state_->start();
}

delivery::~delivery() {
    state_->store.on_arrival({});
    state_->context.stop();
    state_->thread.join();
    state_->blocking.join();
}

void delivery::reopen() {
    asio::post(state_->context, [this] {
        for (auto& one : state_->sinks)
            one.target->reopen();
    });
}

bool delivery::stop(std::chrono::milliseconds timeout) {
    auto ended = state_->all_ended.get_future();
    if (state_->dispatchers.empty())
        return true;
    asio::post(state_->context, [this] {
        for (auto& one : state_->dispatchers)
            one.stop();
    });
    return ended.wait_for(timeout) == std::future_status::ready;
}

}  // namespace shopbell
