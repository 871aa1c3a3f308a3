#pragma once

#include <shopbell/core/blocking_thread.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace shopbell {

/// Threads of one sink, each with a resource (a connection) that only it uses and on which it may block. A
/// call that does not end in its time is left alone, and its worker gets no other one until it has ended.
/// Nobody joins a worker. Lives on the delivery thread.
template <class Resource>
class worker_pool {
public:
    using time_point = blocking_thread::time_point;

    /// `make` is called once for each worker; what it makes may be one resource for all of them, where that
    /// is thread-safe.
    worker_pool(const std::string& name, std::size_t count,
                const std::function<std::shared_ptr<Resource>()>& make) {
        for (std::size_t i = 0; i < count; ++i)
            workers_.emplace_back(name, make());
    }

    /// A resource that was used may block at its end: it ends on a thread that used it, also where workers
    /// share it that never did.
    ~worker_pool() {
        for (auto& each : workers_) {
            if (!each.used)
                each.resource.reset();
        }
        for (auto& each : workers_) {
            if (each.used)
                each.thread.post([last = std::move(each.resource)] {});
        }
    }
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    /// What `work` returns of a worker's resource; nothing where it has not ended by then, or where all
    /// workers are still at what was given up. `work` owns what it uses.
    template <class Work>
    [[nodiscard]] asio::awaitable<std::optional<std::invoke_result_t<Work&, Resource&>>> run(
        Work work, time_point until) {
        const auto free =
            std::ranges::find_if(workers_, [](const worker& each) { return !each.busy->load(); });
        if (free == workers_.end())
            co_return std::nullopt;
        free->used = true;
        auto job = [resource = free->resource, lease = take(free->busy), work = std::move(work)]() mutable {
            return work(*resource);
        };
        auto answer = co_await free->thread.run(std::move(job), until);
        co_return answer;
    }

private:
    struct worker {
        worker(const std::string& name, std::shared_ptr<Resource> own)
            : thread(name), resource(std::move(own)) {}

        blocking_thread thread;
        std::shared_ptr<Resource> resource;
        std::shared_ptr<std::atomic<bool>> busy = std::make_shared<std::atomic<bool>>(false);
        bool used = false;
    };

    /// Marks the worker busy for as long as its job exists, whether it is made or given up.
    [[nodiscard]] static std::shared_ptr<void> take(std::shared_ptr<std::atomic<bool>> busy) {
        busy->store(true);
        return {nullptr, [busy = std::move(busy)](void*) { busy->store(false); }};
    }

    std::list<worker> workers_;
};

}  // namespace shopbell
