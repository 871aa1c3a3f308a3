#include "support/eventually.hpp"
#include "support/run.hpp"

#include <shopbell/core/blocking_thread.hpp>

#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

namespace shopbell {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A call that hangs until its test has ended.
class hanging_call {
public:
    ~hanging_call() { release(); }
    void release() {
        if (!std::exchange(released_, true))
            end_.set_value();
    }
    [[nodiscard]] bool has_begun() const { return *begun_; }
    /// Returns `answer` once released.
    std::function<int()> returning(int answer) {
        return [waiting = waiting_, begun = begun_, answer] {
            *begun = true;
            waiting.wait();
            return answer;
        };
    }

private:
    std::promise<void> end_;
    std::shared_future<void> waiting_ = end_.get_future().share();
    std::shared_ptr<std::atomic<bool>> begun_ = std::make_shared<std::atomic<bool>>(false);
    bool released_ = false;
};

class a_blocking_thread : public testing::Test {
protected:
    std::optional<int> call(blocking_thread& thread, std::function<int()> work,
                            clock::time_point until = clock::now() + 60s) {
        return test::run(context_, thread.run(std::move(work), until));
    }

    boost::asio::io_context context_{1};
    hanging_call hung_;
};

TEST_F(a_blocking_thread, returns_what_the_call_returns) {
    blocking_thread thread("test");
    EXPECT_EQ(call(thread, [] { return 7; }), 7);
    EXPECT_EQ(thread.run_blocking([] { return 8; }, clock::now() + 60s), 8);
}

TEST_F(a_blocking_thread, hands_on_what_the_call_throws) {
    blocking_thread thread("test");
    EXPECT_THROW((void)call(thread, []() -> int { throw std::runtime_error("no"); }), std::runtime_error);
    EXPECT_EQ(call(thread, [] { return 7; }), 7);
}

TEST_F(a_blocking_thread, is_waited_for_until_the_deadline_only) {
    blocking_thread thread("test");
    EXPECT_EQ(call(thread, hung_.returning(1), clock::now()), std::nullopt);
    EXPECT_EQ(thread.run_blocking(hung_.returning(1), clock::now()), std::nullopt);
}

TEST_F(a_blocking_thread, never_makes_a_call_that_was_given_up_before_it_began) {
    blocking_thread thread("test");
    (void)thread.post([hang = hung_.returning(1)] { (void)hang(); });
    const auto made = std::make_shared<std::atomic<bool>>(false);
    const auto late = [made] {
        *made = true;
        return 2;
    };
    EXPECT_EQ(call(thread, late, clock::now()), std::nullopt);
    hung_.release();
    EXPECT_EQ(call(thread, [] { return 3; }), 3);
    EXPECT_FALSE(*made);
}

TEST_F(a_blocking_thread, leaves_a_call_that_hangs_behind_with_what_it_owns) {
    const auto owned = std::make_shared<int>(5);
    {
        blocking_thread thread("test");
        (void)thread.post([hang = hung_.returning(0), owned] { (void)hang(); });
        EXPECT_TRUE(test::eventually([&] { return hung_.has_begun(); }));
    }
    EXPECT_GT(owned.use_count(), 1);
    hung_.release();
    EXPECT_TRUE(test::eventually([&] { return owned.use_count() == 1; }));
}

TEST_F(a_blocking_thread, still_makes_the_calls_that_nobody_has_given_up) {
    const auto made = std::make_shared<std::atomic<bool>>(false);
    {
        blocking_thread thread("test");
        (void)thread.post([hang = hung_.returning(0)] { (void)hang(); });
        (void)thread.post([made] { *made = true; });
    }
    hung_.release();
    EXPECT_TRUE(test::eventually([&] { return made->load(); }));
}

TEST_F(a_blocking_thread, answers_nobody_where_the_loop_is_gone) {
    blocking_thread thread("test");
    {
        boost::asio::io_context gone{1};
        auto task = [](blocking_thread& on, std::function<int()> what) -> asio::awaitable<void> {
            (void)co_await on.run(std::move(what), clock::now() + 60s);
        };
        boost::asio::co_spawn(gone, task(thread, hung_.returning(0)), boost::asio::detached);
        gone.poll();
        EXPECT_TRUE(test::eventually([&] { return hung_.has_begun(); }));
    }
    hung_.release();
    EXPECT_EQ(call(thread, [] { return 3; }), 3);
}

TEST_F(a_blocking_thread, is_not_needed_for_a_call_that_somebody_else_ends) {
    const auto event = std::make_shared<blocking_call>(nullptr);
    EXPECT_FALSE(test::run(context_, blocking_call::finishes_before(event, clock::now())));
    event->perform();
    EXPECT_TRUE(test::run(context_, blocking_call::finishes_before(event, clock::now() + 60s)));
}

TEST_F(a_blocking_thread, lets_several_wait_for_one_call) {
    blocking_thread thread("test");
    const auto shared = thread.post([hang = hung_.returning(0)] { (void)hang(); });
    EXPECT_TRUE(test::eventually([&] { return hung_.has_begun(); }));
    EXPECT_FALSE(test::run(context_, blocking_call::finishes_before(shared, clock::now())));
    hung_.release();
    EXPECT_TRUE(test::run(context_, blocking_call::finishes_before(shared, clock::now() + 60s)));
    EXPECT_TRUE(shared->has_ended());
}

}  // namespace
}  // namespace shopbell
