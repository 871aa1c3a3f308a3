#pragma once

#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/inbox/archive.hpp>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

// Which event goes to which sink is decided when the sink comes to it, by the routes then in force. An edit
// of the routes so decides over events that were accepted before it and wait: here is what it takes away.

namespace shopbell {

/// The routes that were in force before a reload, for the events accepted until then.
struct former_routes {
    std::shared_ptr<const routes> all;
    time_point until;
};

/// Whether the event went to the sink before the edit and does not afterwards.
[[nodiscard]] bool takes_away(const routes& before, const routes& after, std::string_view sink,
                              stored_event stored, event_cache& cache);

/// How many accepted events a sink would no longer get.
struct route_loss {
    std::string sink;
    std::size_t events = 0;
    bool at_least = false;  ///< the time was not enough to look at all
};

/// Looks at what each of the sinks has not come to yet, until `deadline`. Sinks that lose nothing are left
/// out.
[[nodiscard]] boost::asio::awaitable<result<std::vector<route_loss>>> preview_losses(
    archive& stored, std::shared_ptr<const routes> before, std::shared_ptr<const routes> after,
    std::vector<std::string> sinks, std::chrono::steady_clock::time_point deadline,
    std::shared_ptr<const delivery_reading> reading = std::make_shared<const delivery_reading>());

}  // namespace shopbell
