#include <shopbell/delivery/delivery.hpp>

#include <shopbell/core/async.hpp>
#include <shopbell/core/exceptions.hpp>
#include <shopbell/delivery/dispatcher.hpp>
#include <shopbell/delivery/event_cache.hpp>

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

std::vector<std::string> names_of(const std::vector<configured_sink>& sinks) {
    std::vector<std::string> names;
    for (const auto& one : sinks)
        names.push_back(one.name);
    return names;
}

/// What a dispatcher works by.
struct assignment {
    configured_sink sink;
    std::shared_ptr<const routes> all;
    std::optional<former_routes> before = std::nullopt;  ///< of the reload that brought it
};

/// One sink over the life of the daemon: as configured now, and after a reload.
struct lane {
    explicit lane(assignment first) : current(std::move(first)) {}

    assignment current;
    std::optional<assignment> next;   ///< takes over when the current one has ended
    std::optional<dispatcher> works;  ///< behind `current`, which it refers to
};

/// Before a sink's delivery begins anew that broke off: whatever was in its way may have passed.
constexpr std::chrono::milliseconds pause_after_a_break{1'000};

}  // namespace

struct delivery::state {
    state(std::vector<configured_sink> to, std::shared_ptr<const routes> all, inbox& from, metrics& numbers,
          std::shared_ptr<log> output, std::shared_ptr<const delivery_reading> reading)
        : store(from), counts(numbers), lines(std::move(output)), cache(std::move(reading)) {
        for (auto& one : to)
            lanes.emplace_back(assignment{std::move(one), all});
    }

    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& one : lanes)
            all.push_back(one.current.sink.name);
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
        census.begin_at(**placed);
        return {};
    }

    void start() {
        for (auto one = lanes.begin(); one != lanes.end(); ++one)
            launch(one);
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
                lines->error("a task of the delivery failed", {{"error", describe_exception()}});
            }
        }
    }

    void launch(std::list<lane>::iterator one, std::chrono::milliseconds wait = {}) {
        const auto& to = one->current.sink;
        auto& tally = tallies[to.name];
        tally.name = to.name;
        tally.type = to.type;
        one->works.emplace(context.get_executor(), one->current.sink, *one->current.all, store, cache, census,
                           counts.sink(to.name), tally, lines);
        if (auto before = std::exchange(one->current.before, std::nullopt))
            one->works->tell_losses_since(*std::move(before));
        auto finished = [this, one](std::exception_ptr thrown) {
            if (thrown)
                std::rethrow_exception(thrown);
            hand_over(one);
        };
        asio::co_spawn(context, one->works->run(wait), std::move(finished));
    }

    void hand_over(std::list<lane>::iterator one) {
        const bool broken = one->works->is_broken() && !one->works->is_stopping();
        one->works.reset();
        if (broken && !one->next)
            return launch(one, pause_after_a_break);
        if (one->next && !stopping) {
            one->current = *std::exchange(one->next, std::nullopt);
            return launch(one);
        }
        lanes.erase(one);
        if (stopping && lanes.empty())
            all_ended.set_value();
    }

    asio::awaitable<result<void>> reload(std::vector<configured_sink> to, std::shared_ptr<const routes> all) {
        const auto wanted = names_of(to);
        const auto placed = co_await place_all(wanted, store);
        if (!placed)
            co_return placed.error();
        for (auto& one : lanes) {
            one.next.reset();
            one.works->stop();
        }
        for (auto& one : to)
            assign(assignment(std::move(one), all));
        co_return result<void>();
    }

    void assign(assignment one) {
        const auto same = [&](const lane& other) { return other.current.sink.name == one.sink.name; };
        const auto found = std::ranges::find_if(lanes, same);
        if (found != lanes.end()) {
            one.before = former_routes{found->current.all, now()};
            found->next = std::move(one);
            return;
        }
        lanes.emplace_back(std::move(one));
        launch(std::prev(lanes.end()));
    }

    bool end_attempts(std::chrono::milliseconds timeout) {
        if (!thread.joinable())
            return true;
        asio::post(context, [this] {
            stopping = true;
            if (lanes.empty())
                all_ended.set_value();
            for (auto& one : lanes)
                one.works->stop();
        });
        return all_ended.get_future().wait_for(timeout) == std::future_status::ready;
    }

    /// Ends the thread; the context stays, for what the inbox still answers to.
    void join() {
        if (!thread.joinable())
            return;
        arrivals = subscription();
        context.stop();
        thread.join();
    }

    void wake() {
        woken = false;
        for (auto& one : lanes)
            one.works->wake();
    }

    inbox& store;
    metrics& counts;
    const std::shared_ptr<log> lines;
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    event_cache cache;
    unrouted_census census{counts};
    std::map<std::string, sink_status> tallies;  ///< by sink; they go on, whoever delivers
    std::list<lane> lanes;  // behind the context: their sinks' connections end before it does
    bool stopping = false;
    std::promise<void> all_ended;
    std::atomic<bool> woken = false;
    subscription arrivals;
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
        for (auto& one : state_->lanes)
            one.current.sink.target->reopen();
    });
}

asio::awaitable<std::vector<sink_status>> delivery::status() {
    auto look = [this] {
        std::vector<sink_status> all;
        for (const auto& one : state_->lanes)
            all.push_back(one.works->status());
        return all;
    };
    co_return co_await run_on(state_->context.get_executor(), std::move(look));
}

asio::awaitable<bool> delivery::pause(std::string sink, bool paused) {
    auto act = [this, sink = std::move(sink), paused] {
        const auto same = [&](const lane& one) { return one.current.sink.name == sink; };
        const auto found = std::ranges::find_if(state_->lanes, same);
        if (found == state_->lanes.end())
            return false;
        found->works->pause(paused);
        return true;
    };
    co_return co_await run_on(state_->context.get_executor(), std::move(act));
}

void delivery::wake() {
    asio::post(state_->context, [this] {
        for (auto& one : state_->lanes)
            one.works->wake_queued();
    });
}

asio::awaitable<void> delivery::forget(std::vector<sequence> numbers) {
    auto act = [this, numbers = std::move(numbers)] {
        state_->cache.clear();
        for (auto& one : state_->lanes)
            one.works->forget(numbers);
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
