#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace shopbell::postgres {

/// A time in which nobody who reads for the deliveries has lost a connection. What was read in an earlier one
/// may be of events that a failover has undone: their numbers may stand for others by now.
using era = std::uint64_t;
constexpr era no_era = 0;

/// The server that the deliveries read from: the one that confirms their leases. Thread-safe.
class agreed_server {
public:
    struct place {
        std::string host;
        era since = no_era;
    };

    /// That era is one of this server, unless it is over.
    void agree(std::string host, era when);
    /// Nothing is read until a server is agreed on again.
    void end_era();

    [[nodiscard]] era current() const;
    /// Waits until there is one; nothing where there is none in time.
    [[nodiscard]] std::optional<place> wait(std::chrono::steady_clock::time_point until) const;

private:
    mutable std::mutex mutex_;  // guards the next two
    std::optional<std::string> host_;
    era era_ = 1;
    mutable std::condition_variable agreed_;
};

/// Which event a number stood for when it was read. Of the latest that were read only. Thread-safe.
class read_ids {
public:
    void add(const stored_event& read, era when);

    struct entry {
        std::string id;
        era when = no_era;
    };
    [[nodiscard]] std::optional<entry> find(sequence number) const;

private:
    static constexpr std::size_t most = 32'768;

    mutable std::mutex mutex_;  // guards the two below
    std::unordered_map<sequence, entry> ids_;
    std::deque<sequence> order_;  ///< the oldest first
};

}  // namespace shopbell::postgres
