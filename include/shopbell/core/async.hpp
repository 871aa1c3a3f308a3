#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace shopbell {

namespace asio = boost::asio;

/// `auto [ec, n] = co_await socket.async_read_some(buffer, as_result);`
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// Runs `work` on `pool` (blocking calls: files, children) and resumes the caller where it was. What `work`
/// throws is thrown here, and never on the pool's thread. It cannot be cancelled once it has started.
template <class Work>
asio::awaitable<std::invoke_result_t<Work&>> run_on(asio::any_io_executor pool, Work work) {
    using value = std::optional<std::invoke_result_t<Work&>>;
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    // g++ 12: named, and captures references only; see gcc bug 107288.
    auto start = [&work, &pool, &home](auto done) {
        asio::post(pool, [work = std::move(work), done = std::move(done),
                          guard = asio::make_work_guard(home)]() mutable {
            value made;
            std::exception_ptr thrown;
            try {
                made.emplace(work());
            } catch (...) {
                thrown = std::current_exception();
            }
            asio::post(guard.get_executor(), asio::append(std::move(done), thrown, std::move(made)));
        });
    };
    auto made =
        co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr, value)>(
            std::move(start), asio::use_awaitable);
    co_return *std::move(made);
}

}  // namespace shopbell
