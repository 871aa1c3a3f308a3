#pragma once

#include "read_era.hpp"
#include "session.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace shopbell::postgres {

/// Reads events for the deliveries, on a thread and a connection of its own, on the server that confirms
/// their leases.
class reader {
public:
    struct surroundings {
        /// Of the server with that name.
        std::function<answer<connection>(const std::string& host)> open;
        std::function<void()> lost;           ///< its connection
        std::function<void()> arrived;        ///< events that it has not seen before
        std::function<bool()> is_waited_for;  ///< whether anybody waits for events
    };

    reader(surroundings around, agreed_server& server, read_ids& ids);
    ~reader() { session_.stop(); }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    [[nodiscard]] asio::awaitable<result<std::vector<stored_event>>> read_after(sequence position,
                                                                                std::size_t count,
                                                                                std::size_t bytes);
    [[nodiscard]] asio::awaitable<result<std::optional<stored_event>>> read_head_after(sequence position);
    [[nodiscard]] asio::awaitable<result<std::vector<pending_delivery>>> read_queued(std::string sink,
                                                                                     sequence after,
                                                                                     std::size_t count);
    [[nodiscard]] asio::awaitable<result<std::optional<stored_event>>> read(sequence number);

private:
    // Only on the thread.
    [[nodiscard]] answer<connection> open();
    [[nodiscard]] session::clock::time_point poll();

    const surroundings around_;
    agreed_server& server_;
    read_ids& ids_;

    // Only on the thread.
    era era_ = no_era;     ///< in which the connection was opened
    sequence newest_ = 0;  ///< that somebody was told of

    session session_;  ///< last: its thread uses all of the above
};

}  // namespace shopbell::postgres
