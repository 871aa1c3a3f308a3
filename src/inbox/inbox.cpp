#include <shopbell/inbox/inbox.hpp>

#include <shopbell/core/async.hpp>

#include <memory>
#include <utility>

namespace shopbell {

namespace {

/// Hands `done` to an engine's thread and brings the answer back to the caller's executor, which stays alive
/// until then.
template <class Value, class Done>
auto return_to(asio::any_io_executor home, Done done) {
    return [guard = asio::make_work_guard(home), done = std::move(done)](Value value) mutable {
        asio::post(guard.get_executor(), asio::append(std::move(done), std::move(value)));
    };
}

}  // namespace

asio::awaitable<result<receipt>> inbox::put(arrival one) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    // g++ 12: named, captures by reference only.
    auto start = [this, &one, &home](auto done) { start_put(std::move(one), home, std::move(done)); };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<receipt>)>(
        std::move(start), asio::use_awaitable);
}

namespace {

/// Collects the answers to deliveries that belong together. Only on their caller's executor.
class gathering {
public:
    using handler = asio::any_completion_handler<void(result<std::vector<receipt>>)>;

    gathering(std::size_t count, handler done) : receipts_(count), waiting_(count), done_(std::move(done)) {}

    void add(std::size_t place, result<receipt> one) {
        if (one)
            receipts_[place] = *std::move(one);
        else
            failed_ = one.error();
        if (--waiting_ > 0)
            return;
        if (failed_)
            std::move(done_)(*std::move(failed_));
        else
            std::move(done_)(std::move(receipts_));
    }

private:
    std::vector<receipt> receipts_;
    std::size_t waiting_;
    std::optional<failure> failed_;
    handler done_;
};

}  // namespace

asio::awaitable<result<std::vector<receipt>>> inbox::put_all(std::vector<arrival> all) {
    if (all.empty())
        co_return std::vector<receipt>();
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    auto start = [this, &all, &home](auto done) {
        const auto answers = std::make_shared<gathering>(all.size(), std::move(done));
        for (std::size_t i = 0; i < all.size(); ++i)
            start_put(std::move(all[i]), home,
                      [answers, i](result<receipt> one) { answers->add(i, std::move(one)); });
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                            void(result<std::vector<receipt>>)>(std::move(start),
                                                                                asio::use_awaitable);
}

asio::awaitable<result<void>> inbox::settle(settlement results) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    auto start = [this, &results, &home](auto done) {
        start_settle(std::move(results), return_to<result<void>>(home, std::move(done)));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<void>)>(
        std::move(start), asio::use_awaitable);
}

asio::awaitable<result<std::size_t>> inbox::apply(change decision) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    auto start = [this, &decision, &home](auto done) {
        start_apply(std::move(decision), return_to<result<std::size_t>>(home, std::move(done)));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<std::size_t>)>(
        std::move(start), asio::use_awaitable);
}

}  // namespace shopbell
