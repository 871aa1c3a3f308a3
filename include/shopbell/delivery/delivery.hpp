#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/delivery/configured_sink.hpp>
#include <shopbell/delivery/first_tries.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/metrics/metrics.hpp>
#include <shopbell/stores/catalog.hpp>

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// The second half of the program: one thread that brings what the inbox holds to every sink.
class delivery {
public:
    /// Takes the sinks, for what they keep open belongs to its thread and ends before that does. Everything
    /// referred to outlives the delivery.
    delivery(std::vector<configured_sink> sinks, std::shared_ptr<const routes> all, inbox& store,
             metrics& counts, std::shared_ptr<log> lines,
             std::shared_ptr<const delivery_reading> reading = std::make_shared<const delivery_reading>());
    /// Stops at once where `stop` was not called. The inbox may still hold an answer to what was in flight,
    /// and brings it to a loop of the delivery: it must be gone before the delivery is.
    ~delivery();

    delivery(const delivery&) = delete;
    delivery& operator=(const delivery&) = delete;

    /// Gives each sink its place in the inbox, on stable storage, then starts the thread. To be done before
    /// anything is received: a sink never seen before starts at the present, and an event accepted earlier
    /// than that would pass it by. Once; the other functions come after it.
    [[nodiscard]] result<void> start();

    /// Puts other sinks and routes in force. Each sink ends its current attempts and goes on where it stands,
    /// as newly configured; one that is no longer there keeps its place in the inbox, and one that is new
    /// gets it before this returns. Fails, with nothing changed, where the inbox cannot store that. Blocks;
    /// not from the delivery's own thread.
    [[nodiscard]] result<void> reload(std::vector<configured_sink> sinks, std::shared_ptr<const routes> all);

    /// Has the thread call `answered` when its loop comes to it: proof that it works.
    void ping(std::function<void()> answered);

    /// SIGHUP: every sink lets go of its open files. From any thread.
    void reopen();

    /// Every sink, in the order of the configuration. Like the next three callable from any coroutine;
    /// answers on its executor. Not after `stop`.
    [[nodiscard]] boost::asio::awaitable<std::vector<sink_status>> status();

    /// Stops or continues a sink, from now on; false where there is none of that name. That it lasts beyond a
    /// restart is the inbox's part (pause_request).
    [[nodiscard]] boost::asio::awaitable<bool> pause(std::string sink, bool paused);

    /// The sinks that took that event at their first attempt, as far as the latest of those are kept. From
    /// any thread.
    [[nodiscard]] std::vector<first_try> first_tries_of(sequence number) const;

    /// What that sink would be sent now of the event, for people; nothing where there is no sink of that
    /// name.
    [[nodiscard]] boost::asio::awaitable<std::optional<result<sink_message>>> preview(
        std::string sink, std::shared_ptr<const event> content);

    /// A person has queued deliveries in the inbox.
    void wake();

    /// Lets go of events that were erased from the inbox: they are tried no more.
    [[nodiscard]] boost::asio::awaitable<void> forget(std::vector<sequence> numbers);

    /// Lets the current attempts end, records them, and ends the thread. False if that took longer than
    /// `timeout`: what was then in flight is abandoned, and delivered again at the next start. Blocks, never
    /// longer than that, whatever a sink does. The inbox may go from then on.
    bool stop(std::chrono::milliseconds timeout);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell
