#pragma once

#include "event_brief.hpp"

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace shopbell {

/// The events that streams tell of. However many streams there are, each event is read and parsed once, kept
/// once, and its deliveries are looked up about once a second. Thread-safe.
class recent_events {
public:
    /// Events that are kept, whether a stream still needs them or not.
    static constexpr std::size_t most = 300;

    /// Those behind `after`, up to and including `up_to`, oldest first.
    [[nodiscard]] asio::awaitable<result<std::vector<event_brief>>> read(api_state& in, sequence after,
                                                                         sequence up_to);

    /// Where an event stands at every sink; less than a second old.
    [[nodiscard]] asio::awaitable<result<std::vector<delivery_state>>> deliveries(api_state& in,
                                                                                  sequence number);

private:
    using clock = std::chrono::steady_clock;
    struct entry {
        std::optional<event_brief> brief;  ///< nothing: there is no event with that number
        clock::time_point looked_at;
    };
    [[nodiscard]] std::vector<sequence> unknown(sequence after, sequence up_to);
    void keep(const std::vector<sequence>& asked, std::vector<event_brief> found);

    std::mutex mutex_;  // guards all below
    std::map<sequence, entry> known_;
};

}  // namespace shopbell
