#include <shopbell/service/watchdog.hpp>

#include "environment.hpp"
#include "support/notify_socket.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

namespace shopbell {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A loop in a thread of its own, as those of the daemon are.
class working_loop {
public:
    ~working_loop() {
        busy_.reset();
        thread_.join();
    }
    [[nodiscard]] watchdog::ping ping() {
        return [this](std::function<void()> answered) {
            ++asked;
            asio::post(context_, std::move(answered));
        };
    }
    /// Keeps the loop from going on until the future is there.
    void hang(std::shared_future<void> until) {
        asio::post(context_, [until = std::move(until)] { until.wait(); });
    }

    std::atomic<int> asked = 0;

private:
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy_{context_.get_executor()};
    std::thread thread_{[this] { context_.run(); }};
};

class a_watchdog : public testing::Test {
protected:
    test::notify_socket manager_;
    environment_variable socket_{"NOTIFY_SOCKET", manager_.address()};
    notifier notifier_{log::null()};
    working_loop first_, second_;
    watchdog watchdog_{notifier_, log::null(), 60ms};
};

TEST_F(a_watchdog, says_again_and_again_that_all_loops_work) {
    watchdog_.watch("first", first_.ping());
    watchdog_.watch("second", second_.ping());
    watchdog_.start();
    std::size_t at = 0;
    for (int i = 0; i < 5; ++i)
        at = manager_.wait_for("WATCHDOG=1", at) + 1;
    EXPECT_GE(first_.asked, 5);
    EXPECT_GE(second_.asked, 5);
}

TEST_F(a_watchdog, is_silent_while_one_loop_hangs_and_names_it) {
    std::promise<void> release;
    second_.hang(release.get_future().share());
    watchdog_.watch("first", first_.ping());
    watchdog_.watch("second", second_.ping());
    watchdog_.start();

    manager_.wait_for("STATUS=does not answer: second");
    EXPECT_EQ(manager_.count("WATCHDOG=1"), 0U) << "it was told that we live";
    release.set_value();
    const auto lives = manager_.wait_for("WATCHDOG=1");
    EXPECT_EQ(manager_.messages().at(lives - 1), "STATUS=") << "the trouble is not taken back";
}

TEST_F(a_watchdog, asks_a_loop_that_hangs_only_once) {
    std::promise<void> release;
    second_.hang(release.get_future().share());
    watchdog_.watch("first", first_.ping());
    watchdog_.watch("second", second_.ping());
    watchdog_.start();
    while (first_.asked < 4)
        std::this_thread::yield();
    EXPECT_EQ(second_.asked, 1);
    EXPECT_EQ(manager_.count("WATCHDOG=1"), 0U);
    release.set_value();
    manager_.wait_for("WATCHDOG=1");
}

TEST_F(a_watchdog, names_every_loop_that_hangs) {
    std::promise<void> release;
    const auto until = release.get_future().share();
    first_.hang(until);
    second_.hang(until);
    watchdog_.watch("first", first_.ping());
    watchdog_.watch("second", second_.ping());
    watchdog_.start();
    manager_.wait_for("STATUS=does not answer: first, second");
    release.set_value();
    manager_.wait_for("WATCHDOG=1");
}

TEST_F(a_watchdog, takes_an_answer_that_comes_at_once) {
    watchdog_.watch("immediate", [](const std::function<void()>& answered) { answered(); });
    watchdog_.start();
    manager_.wait_for("WATCHDOG=1", manager_.wait_for("WATCHDOG=1") + 1);
}

TEST(a_watchdog_that_is_gone, asks_nobody_and_may_still_be_answered) {
    const test::notify_socket manager;
    const environment_variable socket("NOTIFY_SOCKET", manager.address());
    notifier telling(log::null());
    std::promise<std::function<void()>> asked;
    {
        watchdog watching(telling, log::null(), 1h);
        watching.watch("late",
                       [&asked](std::function<void()> answered) { asked.set_value(std::move(answered)); });
        watching.start();
        asked.get_future().wait();
    }
    EXPECT_TRUE(manager.messages().empty());
}

TEST(a_late_answer, is_harmless) {
    notifier telling(log::null());
    std::promise<std::function<void()>> asked;
    auto answer = asked.get_future();
    {
        watchdog watching(telling, log::null(), 1h);
        watching.watch("late",
                       [&asked](std::function<void()> answered) { asked.set_value(std::move(answered)); });
        watching.start();
        answer.wait();
    }
    answer.get()();
}

TEST(the_watchdogs_interval, is_what_the_manager_says_and_nobody_elses) {
    const environment_variable interval("WATCHDOG_USEC", "30000000");
    const environment_variable process("WATCHDOG_PID", std::to_string(::getpid()));
    EXPECT_EQ(watchdog_interval(), 30s);
    EXPECT_FALSE(interval.is_set());
    EXPECT_FALSE(process.is_set());
    EXPECT_EQ(watchdog_interval(), std::nullopt);
}

TEST(the_watchdogs_interval, of_another_process_is_none_of_ours) {
    const environment_variable interval("WATCHDOG_USEC", "30000000");
    const environment_variable process("WATCHDOG_PID", std::to_string(::getppid()));
    EXPECT_EQ(watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace shopbell
