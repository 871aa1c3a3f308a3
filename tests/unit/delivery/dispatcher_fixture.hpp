#pragma once

#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/delivery/dispatcher.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <stdexcept>

namespace shopbell::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Answers each event from a script keyed by its body, and remembers what it was given.
class scripted_sink final : public sink {
public:
    explicit scripted_sink(std::size_t limit) : limit_(limit) {}

    std::size_t batch_limit() const noexcept override { return limit_; }

    asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        if (thrower && thrower(events))
            throw std::runtime_error("a template that never ends");
        ++in_flight;
        std::vector<outcome> outcomes;
        for (const auto& one : events) {
            attempts.push_back(one->original_body);
            auto& script = scripts[one->original_body];
            if (always) {
                outcomes.push_back(*always);
            } else if (script.empty()) {
                received.push_back(one->original_body);
                outcomes.emplace_back(delivered{});
            } else {
                outcomes.push_back(script.front());
                script.erase(script.begin());
            }
        }
        if (on_deliver)
            on_deliver();
        // Lets other attempts start, as a socket would.
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::post(executor, asio::use_awaitable);
        --in_flight;
        co_return outcomes;
    }

    std::map<std::string, std::vector<outcome>> scripts;
    std::optional<outcome> always;  ///< whatever the scripts say
    std::vector<std::string> attempts, received;
    std::function<void()> on_deliver;
    std::function<bool(const event_batch&)> thrower;  ///< whether the sink breaks its promise
    std::size_t in_flight = 0;

private:
    std::size_t limit_;
};

class dispatcher_test : public ::testing::Test {
protected:
    void SetUp() override {
        open_inbox();
        route everything;
        everything.events = {"**"};
        everything.endpoints = {"*"};
        everything.sinks = {"target"};
        routes_.push_back(std::move(everything));
        make_sink(1, 1);
        // A new sink starts at the present: it must be known before the first event.
        (void)run(context_, inbox_->open_sink("target")).value();
    }

    void open_inbox() {
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = 0;
        inbox_ = open_sqlite_inbox(settings, log::null()).value();
    }

    void make_sink(std::size_t limit, std::size_t concurrency) {
        auto target = std::make_unique<scripted_sink>(limit);
        sink_ = target.get();
        configured_.name = "target";
        configured_.concurrency = concurrency;
        configured_.retry = {1ms, 1ms, 1h};
        configured_.target = std::move(target);
    }

    static arrival make_arrival(const std::string& body, const std::string& subject) {
        arrival one;
        one.endpoint = "shop";
        one.provider = "ejunkie";
        one.type = "ejunkie.order.paid";
        one.subject = subject;
        one.identity = body;
        one.body = body;
        return one;
    }

    void put(const std::string& body, const std::string& subject = "") {
        ASSERT_TRUE(run(context_, inbox_->put(make_arrival(body, subject))));
    }

    /// Runs a dispatcher until the sink received that many events (or was asked that often, for scripts that
    /// end in dead letters), then stops it.
    void deliver_until(const std::function<bool()>& enough) {
        dispatcher_context shared{context_.get_executor(), *inbox_, counts_, log::null()};
        dispatcher dispatching(shared, configured_, routes_, tally_);
        sink_->on_deliver = [&] {
            if (enough())
                dispatching.stop();
        };
        auto job = [](dispatcher& one) -> asio::awaitable<bool> {
            co_await one.run();
            co_return true;
        };
        EXPECT_TRUE(run(context_, job(dispatching)));
        sink_->on_deliver = nullptr;
    }

    void deliver(std::size_t events) {
        deliver_until([&] { return sink_->received.size() >= events; });
    }

    /// Runs a dispatcher until `enough` holds, looking at it every millisecond; then stops it. `meanwhile` is
    /// called once, after it has started.
    void run_until(const std::function<bool(dispatcher&)>& enough,
                   const std::function<void(dispatcher&)>& meanwhile = {}) {
        dispatcher_context shared{context_.get_executor(), *inbox_, counts_, log::null()};
        dispatcher dispatching(shared, configured_, routes_, tally_);
        auto watch = [](dispatcher& one, const std::function<bool(dispatcher&)>& condition,
                        const std::function<void(dispatcher&)>& act) -> asio::awaitable<bool> {
            asio::steady_timer timer(co_await asio::this_coro::executor);
            if (act)
                act(one);
            for (int looks = 0; looks < 20'000 && !condition(one); ++looks) {
                timer.expires_after(1ms);
                co_await timer.async_wait(asio::use_awaitable);
            }
            const bool held = condition(one);
            one.stop();
            co_return held;
        };
        auto job = [](dispatcher& one) -> asio::awaitable<void> { co_await one.run(); };
        asio::co_spawn(context_, job(dispatching), asio::detached);
        EXPECT_TRUE(run(context_, watch(dispatching, enough, meanwhile)));
    }

    /// As the operator's requests come, by way of the inbox's own thread.
    void replay_meanwhile(dispatcher& to, std::vector<sequence> numbers) {
        auto ask = [](inbox& store, dispatcher& asked, replay_request again) -> asio::awaitable<void> {
            const auto applied = co_await store.apply(std::move(again));
            EXPECT_TRUE(applied);
            asked.wake_replays();
        };
        asio::co_spawn(context_, ask(*inbox_, to, {"target", std::move(numbers)}), asio::detached);
    }

    /// A new event, while a dispatcher runs.
    void put_meanwhile(dispatcher& to, const std::string& body, const std::string& subject = "") {
        auto bring = [](inbox& store, dispatcher& asked, arrival one) -> asio::awaitable<void> {
            const auto stored = co_await store.put(std::move(one));
            EXPECT_TRUE(stored);
            asked.wake();
        };
        asio::co_spawn(context_, bring(*inbox_, to, make_arrival(body, subject)), asio::detached);
    }

    std::size_t apply(change decision) { return run(context_, inbox_->apply(std::move(decision))).value(); }

    /// What is recorded of an event at the sink.
    delivery_state recorded(sequence number) {
        const auto reader = open_sqlite_archive(folder_.file("inbox.db")).value();
        return run(context_, reader->deliveries(number)).value().at(0);
    }

    std::vector<sequence> dead_numbers() {
        const auto reader = open_sqlite_archive(folder_.file("inbox.db")).value();
        std::vector<sequence> numbers;
        for (const auto& one : run(context_, reader->dead_letters("target", {}, 1000)).value().items)
            numbers.push_back(one.about.number);
        return numbers;
    }

    std::vector<sequence> queued_numbers() {
        std::vector<sequence> numbers;
        for (const auto& one : run(context_, inbox_->read_queued("target", 0, 10'000)).value())
            numbers.push_back(one.number);
        return numbers;
    }

    sink_progress progress() { return run(context_, inbox_->open_sink("target")).value(); }

    temp_dir folder_;
    asio::io_context context_{1};
    std::unique_ptr<inbox> inbox_;
    routes routes_;
    metrics counts_;
    sink_status tally_;
    configured_sink configured_;
    scripted_sink* sink_ = nullptr;
};

}  // namespace shopbell::test
