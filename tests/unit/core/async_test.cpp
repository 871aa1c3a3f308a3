#include "support/run.hpp"

#include <shopbell/core/async.hpp>
#include <shopbell/core/exceptions.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <thread>

namespace shopbell::test {
namespace {

using boost::asio::awaitable;

class run_on_test : public ::testing::Test {
protected:
    boost::asio::io_context context_{1};
    boost::asio::thread_pool pool_{1};
};

TEST_F(run_on_test, works_elsewhere_and_returns_the_value_here) {
    auto job = [](boost::asio::any_io_executor pool) -> awaitable<bool> {
        auto work = [] { return std::this_thread::get_id(); };
        const auto there = co_await run_on(std::move(pool), std::move(work));
        co_return there != std::this_thread::get_id();
    };
    EXPECT_TRUE(run(context_, job(pool_.get_executor())));
}

TEST_F(run_on_test, what_the_work_throws_is_thrown_here_and_ends_no_thread) {
    auto job = [](boost::asio::any_io_executor pool) -> awaitable<std::string> {
        std::string what;
        try {
            auto work = []() -> int { throw std::runtime_error("no such thing"); };
            (void)co_await run_on(pool, std::move(work));
        } catch (...) {
            what = describe_exception();
        }
        auto work = [what] { return what; };
        co_return co_await run_on(pool, std::move(work));
    };
    EXPECT_EQ(run(context_, job(pool_.get_executor())), "internal error: no such thing");
}

TEST(describe_exception, says_what_was_thrown) {
    EXPECT_EQ(describe_exception(std::make_exception_ptr(std::bad_alloc())),
              "internal error: not enough memory");
    EXPECT_EQ(describe_exception(std::make_exception_ptr(7)), "internal error: something unknown was thrown");
}

}  // namespace
}  // namespace shopbell::test
