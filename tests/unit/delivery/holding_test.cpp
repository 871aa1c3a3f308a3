#include "support/eventually.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/delivery/delivery.hpp>
#include <shopbell/inbox/arrival_listeners.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

// Several processes share an inbox, and one at a time delivers to a sink. What the others do, the tests do.

namespace shopbell::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// An inbox of which another process holds the sinks, until the test says otherwise.
class contested_inbox final : public inbox {
public:
    explicit contested_inbox(inbox& stored) : stored_(stored) {}

    void hold(bool held) {
        held_ = held;
        changes_.call();
    }
    /// Another process has changed the sink's deliveries.
    void outdate() { changes_.call(); }
    /// The term is over, and nobody has told so yet.
    void let_term_end() { term_is_over_ = true; }

    asio::awaitable<result<sink_progress>> open_sink(std::string name) override {
        ++opened;
        auto progress = co_await stored_.open_sink(std::move(name));
        if (progress)
            progress->held = held_;
        if (progress && held_)
            term_is_over_ = false;
        co_return progress;
    }
    steady_point held_until(const std::string&) const override {
        return held_ && !term_is_over_ ? steady_point::max() : steady_point::min();
    }
    subscription on_sink_change(std::function<void(const std::string&)> tell) override {
        return changes_.add([tell = std::move(tell)] { tell("target"); });
    }
    asio::awaitable<result<void>> settle(settlement results) override {
        if (!held_)
            co_return failure{errc::unavailable, "another process holds the sink"};
        co_return co_await stored_.settle(std::move(results));
    }

    asio::awaitable<result<receipt>> put(arrival one) override { return stored_.put(std::move(one)); }
    asio::awaitable<result<std::vector<receipt>>> put_all(std::vector<arrival> all) override {
        return stored_.put_all(std::move(all));
    }
    asio::awaitable<result<std::size_t>> apply(change decision) override {
        return stored_.apply(std::move(decision));
    }
    asio::awaitable<result<std::vector<stored_event>>> read_after(sequence position, std::size_t count,
                                                                  std::size_t bytes) override {
        return stored_.read_after(position, count, bytes);
    }
    asio::awaitable<result<std::optional<stored_event>>> read_head_after(sequence position) override {
        return stored_.read_head_after(position);
    }
    asio::awaitable<result<std::vector<pending_delivery>>> read_queued(std::string sink, sequence after,
                                                                       std::size_t count) override {
        return stored_.read_queued(std::move(sink), after, count);
    }
    asio::awaitable<result<std::optional<stored_event>>> read(sequence number) override {
        return stored_.read(number);
    }
    subscription on_arrival(std::function<void()> wake) override {
        return stored_.on_arrival(std::move(wake));
    }
    std::optional<std::string> trouble() const override { return stored_.trouble(); }
    void ping(std::function<void()> answered) override { stored_.ping(std::move(answered)); }

    std::atomic<int> opened = 0;

private:
    inbox& stored_;
    std::atomic<bool> held_ = false;
    std::atomic<bool> term_is_over_ = false;
    arrival_listeners changes_;
};

/// Remembers what it was given; its latest attempt may be kept under way.
class noting_sink final : public sink {
public:
    struct notes {
        std::mutex mutex;
        std::vector<std::string> bodies;
        std::atomic<bool> is_held_up = false;
        std::atomic<int> under_way = 0;

        std::vector<std::string> received() {
            const std::lock_guard guard(mutex);
            return bodies;
        }
    };
    explicit noting_sink(notes& into) : into_(into) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        const auto executor = co_await asio::this_coro::executor;
        ++into_.under_way;
        while (into_.is_held_up)
            co_await asio::post(executor, asio::use_awaitable);
        {
            const std::lock_guard guard(into_.mutex);
            for (const auto& each : events)
                into_.bodies.push_back(each->original_body);
        }
        --into_.under_way;
        co_return std::vector<outcome>(events.size(), outcome(delivered()));
    }

private:
    notes& into_;
};

class holding_test : public ::testing::Test {
protected:
    holding_test() {
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = 0;
        stored_ = open_sqlite_inbox(settings, log::null()).value();
        contested_ = std::make_unique<contested_inbox>(*stored_);
        delivery_ = std::make_unique<delivery>(sinks(), everything(), *contested_, counts_, log::null());
    }
    ~holding_test() override {
        if (delivery_)
            stop();
    }

    void stop() {
        EXPECT_TRUE(delivery_->stop(20s));
        contested_.reset();
        stored_.reset();
        delivery_.reset();
    }

    std::vector<configured_sink> sinks() {
        std::vector<configured_sink> all(1);
        all[0].name = "target";
        all[0].target = std::make_unique<noting_sink>(notes_);
        return all;
    }

    static std::shared_ptr<const routes> everything() {
        route all;
        all.events = {"**"};
        all.endpoints = {"*"};
        all.sinks = {"target"};
        return std::make_shared<const routes>(routes{std::move(all)});
    }

    void put(const std::string& body) {
        arrival event;
        event.endpoint = "shop";
        event.provider = "ejunkie";
        event.type = "ejunkie.order.paid";
        event.identity = event.body = body;
        ASSERT_TRUE(run(context_, stored_->put(std::move(event))));
    }

    bool receives(const std::vector<std::string>& bodies) {
        return eventually([&] { return notes_.received() == bodies; });
    }

    sink_status::state state() { return run(context_, delivery_->status()).at(0).what; }

    bool opens_again(int before) {
        return eventually([&] { return contested_->opened > before; });
    }

    temp_dir folder_;
    asio::io_context context_{1};
    std::unique_ptr<inbox> stored_;
    std::unique_ptr<contested_inbox> contested_;
    noting_sink::notes notes_;
    metrics counts_;
    std::unique_ptr<delivery> delivery_;
};

TEST_F(holding_test, a_sink_that_another_process_holds_gets_nothing_until_it_may_be_had) {
    ASSERT_TRUE(delivery_->start());
    put("one");
    EXPECT_TRUE(eventually([&] { return state() == sink_status::state::standby; }));
    EXPECT_TRUE(opens_again(1));  // beyond that of the start
    EXPECT_TRUE(notes_.received().empty());
    contested_->hold(true);
    EXPECT_TRUE(receives({"one"}));
    EXPECT_EQ(state(), sink_status::state::running);
}

TEST_F(holding_test, being_told_while_another_process_still_holds_it_is_no_reason_to_deliver) {
    ASSERT_TRUE(delivery_->start());
    put("one");
    EXPECT_TRUE(opens_again(1));
    const int before = contested_->opened;
    contested_->hold(false);
    EXPECT_TRUE(opens_again(before));
    EXPECT_EQ(state(), sink_status::state::standby);
    EXPECT_TRUE(notes_.received().empty());
}

TEST_F(holding_test, new_events_do_not_make_it_ask_for_a_sink_again_and_again) {
    ASSERT_TRUE(delivery_->start());
    EXPECT_TRUE(opens_again(1));
    const int before = contested_->opened;
    for (int i = 0; i < 20; ++i)
        put(std::to_string(i));
    EXPECT_EQ(state(), sink_status::state::standby);
    EXPECT_EQ(contested_->opened, before);
}

TEST_F(holding_test, a_lost_sink_ends_its_attempts_settles_nothing_and_goes_on_where_the_inbox_says) {
    contested_->hold(true);
    ASSERT_TRUE(delivery_->start());
    notes_.is_held_up = true;
    put("one");
    put("two");
    EXPECT_TRUE(eventually([&] { return notes_.under_way == 1; }));
    contested_->hold(false);
    notes_.is_held_up = false;
    EXPECT_TRUE(eventually([&] { return state() == sink_status::state::standby; }));
    EXPECT_EQ(notes_.received(), std::vector<std::string>{"one"});
    // The other process has delivered the first two, and dies.
    settlement others;
    others.sink = "target";
    others.position = 2;
    ASSERT_TRUE(run(context_, stored_->settle(std::move(others))));
    put("three");
    contested_->hold(true);
    EXPECT_TRUE(receives({"one", "three"}));
}

TEST_F(holding_test, nothing_begins_after_the_term_though_nobody_has_told_yet) {
    contested_->hold(true);
    ASSERT_TRUE(delivery_->start());
    put("one");
    EXPECT_TRUE(receives({"one"}));
    contested_->let_term_end();
    put("two");
    const auto had_time_to_look = [&] { return run(context_, delivery_->status()).size() == 1; };
    EXPECT_TRUE(had_time_to_look());
    EXPECT_EQ(notes_.received(), std::vector<std::string>{"one"});
    contested_->hold(true);
    EXPECT_TRUE(receives({"one", "two"}));
}

TEST_F(holding_test, what_another_process_changes_takes_effect_here) {
    contested_->hold(true);
    ASSERT_TRUE(delivery_->start());
    put("one");
    EXPECT_TRUE(receives({"one"}));
    ASSERT_TRUE(run(context_, stored_->apply(replay_request{"target", {1}})));
    contested_->outdate();
    EXPECT_TRUE(receives({"one", "one"}));
    ASSERT_TRUE(run(context_, stored_->apply(pause_request{"target", true})));
    contested_->outdate();
    EXPECT_TRUE(eventually([&] { return state() == sink_status::state::paused; }));
}

TEST_F(holding_test, a_reload_and_a_stop_wait_for_no_sink_of_another_process) {
    ASSERT_TRUE(delivery_->start());
    EXPECT_TRUE(opens_again(1));
    ASSERT_TRUE(delivery_->reload(sinks(), everything()));
    put("one");
    contested_->hold(true);
    EXPECT_TRUE(receives({"one"}));
    contested_->hold(false);
    EXPECT_TRUE(eventually([&] { return state() == sink_status::state::standby; }));
    stop();
}

}  // namespace
}  // namespace shopbell::test
