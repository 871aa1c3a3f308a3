#include <shopbell/delivery/delivery.hpp>

#include <shopbell/core/async.hpp>
#include <shopbell/core/exceptions.hpp>
#include <shopbell/delivery/dispatcher.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <list>
#include <map>
#include <optional>
#include <thread>

namespace shopbell {

namespace {

/// Gives each sink its place. How far the one furthest ahead has come.
asio::awaitable<result<sequence>> place_all(const std::vector<std::string>& names, inbox& store) {
    sequence furthest = 0;
    for (const auto& name : names) {
        const auto placed = co_await store.open_sink(name);
        if (!placed)
            co_return placed.error();
        furthest = std::max(furthest, placed->position);
    }
    co_return furthest;
}

/// What a dispatcher works by.
struct sink_config {
    configured_sink sink;
    std::shared_ptr<const routes> all;
    std::optional<former_routes> before = std::nullopt;  ///< of the reload that brought it
};

/// One sink over the life of the daemon: as configured now, and after a reload.
struct sink_slot {
    explicit sink_slot(sink_config first) : current(std::move(first)) {}

    sink_config current;
    std::optional<sink_config> next;        ///< takes over when the current one has ended
    std::optional<dispatcher> active;       ///< behind `current`, which it refers to
    std::optional<token_bucket> rate_left;  ///< by the dispatcher before
};

/// Before a dispatcher that broke off is replaced: whatever was in its way may have passed.
constexpr std::chrono::milliseconds restart_pause{1'000};

}  // namespace

struct delivery::state {
    state(std::vector<configured_sink> to, std::shared_ptr<const routes> all, inbox& from, metrics& numbers,
          std::shared_ptr<log> output, std::shared_ptr<const delivery_reading> reading)
        : store(from),
          shared{context.get_executor(), from, numbers, std::move(output), event_cache(std::move(reading))} {
        for (auto& sink : to)
            slots.emplace_back(sink_config{std::move(sink), all});
    }

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& slot : slots)
            all.push_back(slot.current.sink.name);
        return all;
    }

    /// On the caller's thread, but in the context that stays: the inbox may still be letting go of it
    /// afterwards.
    result<void> place() {
        std::optional<result<sequence>> placed;
        auto finished = [&placed](std::exception_ptr thrown, result<sequence> returned) {
            if (thrown)
                std::rethrow_exception(thrown);
            placed = std::move(returned);
        };
        const auto all = names();
        asio::co_spawn(context, place_all(all, store), std::move(finished));
        while (!placed)
            context.run_one();
        if (!*placed)
            return placed->error();
        shared.unrouted.begin_at(**placed);
        return {};
    }

    void start() {
        sink_changes = store.on_sink_change(
            [this](const std::string& sink) { asio::post(context, [this, sink] { renew(sink); }); });
        for (auto slot = slots.begin(); slot != slots.end(); ++slot)
            launch(slot);
        // Many commits may come before the thread gets to look: one wake for all of them is enough.
        arrivals = store.on_arrival([this] {
            if (!woken.exchange(true))
                asio::post(context, [this] { wake(); });
        });
        thread = std::thread([this] {
            ::pthread_setname_np(::pthread_self(), "delivery");
            run_loop();
        });
    }

    /// What one handler throws is that handler's end, and not the program's.
    void run_loop() {
        for (;;) {
            try {
                context.run();
                return;
            } catch (...) {
                shared.lines->error("a task of the delivery failed", {{"error", describe_exception()}});
            }
        }
    }

    void launch(std::list<sink_slot>::iterator slot, std::chrono::milliseconds wait = {}) {
        auto& current = slot->current;
        slot->active.emplace(shared, current.sink, *current.all, tallies[current.sink.name]);
        if (slot->rate_left)
            slot->active->continue_rate(*slot->rate_left);
        if (auto before = std::exchange(current.before, std::nullopt))
            slot->active->tell_losses_since(*std::move(before));
        auto finished = [this, slot](std::exception_ptr thrown) {
            if (thrown)
                std::rethrow_exception(thrown);
            hand_over(slot);
        };
        asio::co_spawn(context, slot->active->run(wait), std::move(finished));
    }

    void hand_over(std::list<sink_slot>::iterator slot) {
        const bool outdated = slot->active->is_outdated();
        const bool broken = slot->active->is_broken() && (outdated || !slot->active->is_stopping());
        slot->rate_left = slot->active->rate_left();
        slot->active.reset();
        if (broken && !slot->next)
            return launch(slot, restart_pause);
        if (outdated && !slot->next)
            return launch(slot);
        if (slot->next && !stopping) {
            slot->current = *std::exchange(slot->next, std::nullopt);
            return launch(slot);
        }
        if (!stopping)
            store.close_sink(slot->current.sink.name);
        slots.erase(slot);
        if (stopping && slots.empty())
            all_ended.set_value();
    }

    asio::awaitable<result<void>> reload(std::vector<configured_sink> to, std::shared_ptr<const routes> all) {
        std::vector<std::string> added;
        for (const auto& sink : to) {
            if (find(sink.name) == slots.end())
                added.push_back(sink.name);
        }
        const auto placed = co_await place_all(added, store);
        if (!placed) {
            for (const auto& name : added)
                store.close_sink(name);
            co_return placed.error();
        }
        for (auto& slot : slots) {
            slot.next.reset();
            slot.active->stop();
        }
        for (auto& sink : to)
            configure(sink_config(std::move(sink), all));
        co_return result<void>();
    }

    void configure(sink_config config) {
        const auto found = find(config.sink.name);
        if (found != slots.end()) {
            config.before = former_routes{found->current.all, now()};
            found->next = std::move(config);
            return;
        }
        slots.emplace_back(std::move(config));
        launch(std::prev(slots.end()));
    }

    std::list<sink_slot>::iterator find(std::string_view sink) {
        const auto name = [](const sink_slot& slot) -> std::string_view { return slot.current.sink.name; };
        return std::ranges::find(slots, sink, name);
    }

    bool end_attempts(std::chrono::milliseconds timeout) {
        if (!thread.joinable())
            return true;
        asio::post(context, [this] {
            stopping = true;
            if (slots.empty())
                all_ended.set_value();
            for (auto& slot : slots)
                slot.active->stop();
        });
        return all_ended.get_future().wait_for(timeout) == std::future_status::ready;
    }

    /// Ends the thread; the context stays, for what the inbox still answers to.
    void join() {
        if (!thread.joinable())
            return;
        arrivals = subscription();
        sink_changes = subscription();
        context.stop();
        thread.join();
    }

    void renew(const std::string& sink) {
        if (const auto slot = find(sink); slot != slots.end())
            slot->active->renew();
    }

    void wake() {
        woken = false;
        for (auto& slot : slots)
            slot.active->wake();
    }

    inbox& store;
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    dispatcher_context shared;
    std::map<std::string, sink_status> tallies;  ///< by sink; they go on, whoever delivers
    std::list<sink_slot> slots;  // behind the context: their sinks' connections end before it does
    bool stopping = false;
    std::promise<void> all_ended;
    std::atomic<bool> woken = false;
    subscription arrivals, sink_changes;
    std::thread thread;
};

delivery::delivery(std::vector<configured_sink> sinks, std::shared_ptr<const routes> all, inbox& store,
                   metrics& counts, std::shared_ptr<log> lines,
                   std::shared_ptr<const delivery_reading> reading)
    : state_(std::make_unique<state>(std::move(sinks), std::move(all), store, counts, std::move(lines),
                                     std::move(reading))) {}

delivery::~delivery() {
    state_->join();
}

result<void> delivery::start() {
    if (auto placed = state_->place(); !placed)
        return placed;
    state_->start();
    return {};
}

result<void> delivery::reload(std::vector<configured_sink> sinks, std::shared_ptr<const routes> all) {
    auto task = state_->reload(std::move(sinks), std::move(all));
    auto done = asio::co_spawn(state_->context, std::move(task), asio::use_future);
    try {
        return done.get();
    } catch (...) {
        return failure{errc::unavailable, describe_exception()};
    }
}

void delivery::ping(std::function<void()> answered) {
    asio::post(state_->context, std::move(answered));
}

void delivery::reopen() {
    asio::post(state_->context, [this] {
        for (auto& slot : state_->slots)
            slot.current.sink.target->reopen();
    });
}

asio::awaitable<std::vector<sink_status>> delivery::status() {
    auto look = [this] {
        std::vector<sink_status> all;
        for (const auto& slot : state_->slots)
            all.push_back(slot.active->status());
        return all;
    };
    co_return co_await run_on(state_->context.get_executor(), std::move(look));
}

std::vector<first_try> delivery::first_tries_of(sequence number) const {
    return state_->shared.first.of_event(number);
}

asio::awaitable<bool> delivery::pause(std::string sink, bool paused) {
    auto act = [this, sink = std::move(sink), paused] {
        const auto found = state_->find(sink);
        if (found == state_->slots.end())
            return false;
        found->active->pause(paused);
        return true;
    };
    co_return co_await run_on(state_->context.get_executor(), std::move(act));
}

asio::awaitable<std::optional<result<sink_message>>> delivery::preview(std::string sink,
                                                                       std::shared_ptr<const event> content) {
    auto look = [this, sink = std::move(sink), content = std::move(content)] {
        const auto found = state_->find(sink);
        if (found == state_->slots.end())
            return std::optional<result<sink_message>>();
        return std::optional(found->current.sink.target->preview(*content));
    };
    co_return co_await run_on(state_->context.get_executor(), std::move(look));
}

void delivery::wake() {
    asio::post(state_->context, [this] {
        for (auto& slot : state_->slots)
            slot.active->wake_replays();
    });
}

asio::awaitable<void> delivery::forget(std::vector<sequence> numbers) {
    auto act = [this, numbers = std::move(numbers)] {
        state_->shared.cache.clear();
        for (auto& slot : state_->slots)
            slot.active->forget(numbers);
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
