#pragma once

#include <shopbell/core/async.hpp>
#include <shopbell/inbox/put_job.hpp>

#include <boost/asio/any_completion_handler.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace shopbell {

/// Makes one answer of those to deliveries that belong together. Only on their caller's executor.
class joined_answers {
public:
    using handler = asio::any_completion_handler<void(result<std::vector<receipt>>)>;

    joined_answers(std::size_t count, handler done)
        : receipts_(count), waiting_(count), done_(std::move(done)) {}

    void add(std::size_t place, result<receipt> answer) {
        if (answer)
            receipts_[place] = *std::move(answer);
        else
            failed_ = answer.error();
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

/// `inbox::put_all` for an engine that begins a put with `start(arrival, home, put_handler)`.
template <class Start>
asio::awaitable<result<std::vector<receipt>>> put_together(std::vector<arrival> all, Start start) {
    if (all.empty())
        co_return std::vector<receipt>();
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    auto begin = [&all, &home, &start](auto done) {
        const auto answers = std::make_shared<joined_answers>(all.size(), std::move(done));
        for (std::size_t i = 0; i < all.size(); ++i)
            start(std::move(all[i]), home,
                  put_handler([answers, i](result<receipt> answer) { answers->add(i, std::move(answer)); }));
    };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&,
                                            void(result<std::vector<receipt>>)>(std::move(begin),
                                                                                asio::use_awaitable);
}

}  // namespace shopbell
