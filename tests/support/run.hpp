#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace shopbell::test {

template <class T>
boost::asio::awaitable<void> keep_result(boost::asio::awaitable<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
}

/// Runs `context` until a coroutine and everything it began have ended, and returns what it returned.
/// (Stopping the context instead would let its owner destroy it under a thread that still answers to it.) The
/// bound only turns a hang into a failure; nothing waits for it.
template <class T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> task,
      std::chrono::seconds bound = std::chrono::seconds(60)) {
    std::optional<T> value;
    std::exception_ptr error;
    auto finished = [&error](std::exception_ptr thrown) { error = thrown; };
    boost::asio::co_spawn(context, keep_result(std::move(task), value), std::move(finished));
    context.restart();
    context.run_for(bound);
    if (error)
        std::rethrow_exception(error);
    if (!value)
        throw std::runtime_error("the coroutine did not finish");
    return std::move(*value);
}

}  // namespace shopbell::test
