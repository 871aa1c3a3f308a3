#include "group_writer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <utility>

namespace shopbell::bench {

namespace asio = boost::asio;

void group_writer::start(std::vector<arrival> group) {
    finish();
    inbox_.ping([this] {
        held_.release();
        go_on_.acquire();
    });
    held_.acquire();
    for (auto& one : group)
        asio::co_spawn(context_, put(std::move(one)), asio::detached);
    context_.restart();
    context_.poll();  // as far as the inbox's queue
    go_on_.release();
}

void group_writer::finish() {
    context_.run();
}

asio::awaitable<void> group_writer::put(arrival one) {
    const auto stored = co_await inbox_.put(std::move(one));
    if (stored && !stored->duplicate)
        ++stored_;
    else
        ++not_stored_;
}

}  // namespace shopbell::bench
