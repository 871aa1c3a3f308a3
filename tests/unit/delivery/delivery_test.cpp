#include "support/eventually.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/delivery/delivery.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>

namespace shopbell::test {
namespace {

namespace asio = boost::asio;

/// Counts, and keeps something open between deliveries that belongs to the thread it runs on, as a connection
/// does.
class counting_sink final : public sink {
public:
    explicit counting_sink(std::atomic<int>& count) : count_(count) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        const auto executor = co_await asio::this_coro::executor;
        kept_.emplace(executor, std::chrono::hours(1));
        ++count_;
        co_return std::vector<outcome>(events.size(), outcome(delivered()));
    }

private:
    std::atomic<int>& count_;
    std::optional<asio::steady_timer> kept_;
};

class delivery_test : public ::testing::Test {
protected:
    delivery_test() {
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = 0;
        inbox_ = open_sqlite_inbox(settings, log::null()).value();
        routes_ = everything_to("target");
    }

    static std::vector<configured_sink> one_sink(const std::string& name, std::atomic<int>& count) {
        std::vector<configured_sink> all(1);
        all[0].name = name;
        all[0].target = std::make_unique<counting_sink>(count);
        return all;
    }
    std::vector<configured_sink> sinks() { return one_sink("target", count_); }

    static std::shared_ptr<const routes> everything_to(const std::string& sink) {
        route one;
        one.events = {"**"};
        one.endpoints = {"*"};
        one.sinks = {sink};
        return std::make_shared<const routes>(routes{std::move(one)});
    }

    void put(const std::string& body) {
        arrival one;
        one.endpoint = "shop";
        one.provider = "ejunkie";
        one.type = "ejunkie.order.paid";
        one.identity = one.body = body;
        ASSERT_TRUE(run(context_, inbox_->put(std::move(one))));
    }

    temp_dir folder_;
    std::atomic<int> count_ = 0;
    asio::io_context context_{1};
    std::unique_ptr<inbox> inbox_;
    std::shared_ptr<const routes> routes_;
    metrics counts_;
};

TEST_F(delivery_test, places_sinks_before_it_returns_so_that_the_first_event_passes_none_by) {
    delivery running(sinks(), routes_, *inbox_, counts_, log::null());
    ASSERT_TRUE(running.start());
    put("the first event of all");
    EXPECT_TRUE(eventually([this] { return count_ == 1; }));
    EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
    inbox_.reset();
}

TEST_F(delivery_test, ends_what_sinks_keep_open_before_the_loop_it_belongs_to) {
    {
        delivery running(sinks(), routes_, *inbox_, counts_, log::null());
        ASSERT_TRUE(running.start());
        put("one");
        EXPECT_TRUE(eventually([this] { return count_ == 1; }));
        EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
        inbox_.reset();
    }
    EXPECT_EQ(count_, 1);  // the sanitizers have the last word
}

TEST_F(delivery_test, a_reload_goes_on_where_the_sink_stood_with_what_is_configured_now) {
    delivery running(sinks(), routes_, *inbox_, counts_, log::null());
    ASSERT_TRUE(running.start());
    put("one");
    EXPECT_TRUE(eventually([this] { return count_ == 1; }));
    std::atomic<int> after = 0;
    ASSERT_TRUE(running.reload(one_sink("target", after), routes_));
    put("two");
    EXPECT_TRUE(eventually([&] { return after == 1; }));
    EXPECT_EQ(count_, 1);
    EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
    inbox_.reset();
}

TEST_F(delivery_test, a_reload_places_new_sinks_and_keeps_the_place_of_those_it_takes_away) {
    delivery running(sinks(), routes_, *inbox_, counts_, log::null());
    ASSERT_TRUE(running.start());
    put("before");
    EXPECT_TRUE(eventually([this] { return count_ == 1; }));
    std::atomic<int> fresh = 0;
    ASSERT_TRUE(running.reload(one_sink("other", fresh), everything_to("other")));
    put("between");
    EXPECT_TRUE(eventually([&] { return fresh == 1; }));
    std::atomic<int> back = 0;
    ASSERT_TRUE(running.reload(one_sink("target", back), routes_));
    put("after");
    EXPECT_TRUE(eventually([&] { return back == 2; }));
    EXPECT_EQ(count_, 1);
    EXPECT_EQ(fresh, 1);
    EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
    inbox_.reset();
}

TEST_F(delivery_test, a_reload_goes_on_counting) {
    delivery running(sinks(), routes_, *inbox_, counts_, log::null());
    ASSERT_TRUE(running.start());
    put("one");
    EXPECT_TRUE(eventually([this] { return count_ == 1; }));
    std::atomic<int> after = 0;
    ASSERT_TRUE(running.reload(one_sink("other", after), routes_));
    ASSERT_TRUE(running.reload(one_sink("target", after), routes_));
    put("two");
    EXPECT_TRUE(eventually([&] { return after == 1; }));
    EXPECT_TRUE(eventually([&] { return run(context_, running.status()).at(0).delivered == 2; }));
    EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
    inbox_.reset();
}

TEST_F(delivery_test, a_reload_neither_lifts_a_rate_nor_begins_it_anew) {
    const auto at_rate = [this](const char* rate) {
        auto all = sinks();
        all[0].rate = parse_rate(rate);
        return all;
    };
    const auto begun = std::chrono::steady_clock::now();
    delivery running(at_rate("4/s"), routes_, *inbox_, counts_, log::null());
    ASSERT_TRUE(running.start());
    for (int i = 0; i < 6; ++i)
        put(std::to_string(i));
    // Reloaded faster than a token comes: one after a quarter of a second each, all the same.
    for (int count = 0; count < 6; count = count_) {
        ASSERT_TRUE(running.reload(at_rate("4/s"), routes_));
        const auto passed = std::chrono::steady_clock::now() - begun;
        ASSERT_GE(passed, count * std::chrono::milliseconds(250));
        ASSERT_LT(passed, std::chrono::seconds(60)) << "reloads starve the sink";
    }
    EXPECT_EQ(run(context_, running.status()).at(0).rate, parse_rate("4/s"));
    ASSERT_TRUE(running.reload(sinks(), routes_));
    EXPECT_TRUE(eventually([&] { return !run(context_, running.status()).at(0).rate; }));
    EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
    inbox_.reset();
}

TEST_F(delivery_test, survives_reloads_in_quick_succession) {
    delivery running(sinks(), routes_, *inbox_, counts_, log::null());
    ASSERT_TRUE(running.start());
    std::atomic<int> last = 0;
    constexpr int rounds = 50;
    for (int i = 0; i < rounds; ++i) {
        put(std::to_string(i));
        ASSERT_TRUE(running.reload(i + 1 < rounds ? sinks() : one_sink("target", last), routes_));
    }
    put("the last");
    EXPECT_TRUE(eventually([&] { return count_ + last == rounds + 1; }));
    EXPECT_GE(last, 1);
    EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
    inbox_.reset();
}

}  // namespace
}  // namespace shopbell::test
