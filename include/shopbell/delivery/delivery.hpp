#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/delivery/configured_sink.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <memory>
#include <vector>

namespace shopbell {

/// The second half of the program: one thread that brings what the inbox holds to every sink.
class delivery {
public:
    /// Starts the thread. Everything referred to outlives the delivery; `blocking` is the pool the sinks were made with.
    delivery(std::vector<configured_sink>& sinks, const routes& all, inbox& store,
             boost::asio::thread_pool& blocking, std::shared_ptr<log> lines);
    /// Abandons attempts in flight, which are made again at the next start, and joins the pool: what it still does
    /// must not come back to a thread that is gone.
    ~delivery();

    delivery(const delivery&) = delete;
    delivery& operator=(const delivery&) = delete;

    /// SIGHUP: every sink lets go of its open files. From any thread.
    void reopen();

    /// Lets the current attempts end and records them. False if that took longer than `timeout`: what was then in
    /// flight is delivered again at the next start. Blocks.
    bool stop(std::chrono::milliseconds timeout);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell
