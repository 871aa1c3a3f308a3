#pragma once

#include "event_removal.hpp"
#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>
#include <shopbell/inbox/retention_clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace shopbell {

/// Removes what every sink has and nobody needs any more, oldest first, in steps small enough to stand
/// between two groups of the writer. Undelivered events and dead letters stay, whatever their age. Lives on
/// the writer thread.
class retention {
public:
    /// `keep`: delivered events younger than this stay. `max_size`: bytes in use beyond which the oldest
    /// delivered ones go whatever their age; 0 for no bound.
    retention(std::chrono::milliseconds keep, std::uint64_t max_size) : keep_(keep), max_size_(max_size) {}

    [[nodiscard]] int attach(sqlite::connection& database);
    void detach();

    struct progress {
        std::int64_t removed = 0;
        bool more = false;  ///< there may be more to remove right now
    };

    /// One step in a transaction of its own. SQLITE_OK with `into` filled in, or an error after which the
    /// caller rolls back.
    [[nodiscard]] int step(time_point at, progress& into);

private:
    struct range {
        std::vector<sequence> removable;
        sequence looked_at = 0;
        bool more = false;
    };
    [[nodiscard]] int find(time_point at, range& into);
    [[nodiscard]] int remove(const std::vector<sequence>& numbers, progress& into);
    [[nodiscard]] int look_at_size(bool& oversized);
    [[nodiscard]] int trust_clock(time_point at, bool& trusted);

    const std::chrono::milliseconds keep_;
    const std::uint64_t max_size_;
    std::optional<retention_clock> clock_;  ///< from the first step on
    std::vector<sequence> ahead_;           ///< removable once something behind them is old
    sequence from_ = 0;                     ///< what is left in front of it has to stay for now
    sqlite::connection* database_ = nullptr;
    sqlite::statement find_;
    event_removal removal_;
};

}  // namespace shopbell
