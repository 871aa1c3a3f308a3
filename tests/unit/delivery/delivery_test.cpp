#include "support/eventually.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/delivery/delivery.hpp>
#include <shopbell/inbox/sqlite_inbox.hpp>

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
        route everything;
        everything.events = {"**"};
        everything.endpoints = {"*"};
        everything.sinks = {"target"};
        routes_.push_back(std::move(everything));
    }

    std::vector<configured_sink> sinks() {
        std::vector<configured_sink> all(1);
        all[0].name = "target";
        all[0].target = std::make_unique<counting_sink>(count_);
        return all;
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
    routes routes_;
    asio::thread_pool blocking_{1};
};

TEST_F(delivery_test, places_sinks_before_it_returns_so_that_the_first_event_passes_none_by) {
    delivery running(sinks(), routes_, *inbox_, blocking_, log::null());
    ASSERT_TRUE(running.start());
    put("the first event of all");
    EXPECT_TRUE(eventually([this] { return count_ == 1; }));
    EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
    inbox_.reset();
}

TEST_F(delivery_test, ends_what_sinks_keep_open_before_the_loop_it_belongs_to) {
    {
        delivery running(sinks(), routes_, *inbox_, blocking_, log::null());
        ASSERT_TRUE(running.start());
        put("one");
        EXPECT_TRUE(eventually([this] { return count_ == 1; }));
        EXPECT_TRUE(running.stop(std::chrono::seconds(20)));
        inbox_.reset();
    }
    EXPECT_EQ(count_, 1);  // the sanitizers have the last word
}

}  // namespace
}  // namespace shopbell::test
