#pragma once

#include "job.hpp"
#include "sqlite.hpp"

#include <shopbell/core/log.hpp>

#include <chrono>
#include <deque>

namespace shopbell {

/// After an erasure the write-ahead log still holds what was erased, until it is cut to nothing. A reader in
/// the middle of a call is in the way of that, so it is tried again between the writer's groups, until it
/// worked; those who asked are answered then, or after three seconds. Lives on the writer thread.
class log_truncation {
public:
    using clock = std::chrono::steady_clock;

    /// From now on there is something in the log to get rid of.
    void want(clock::time_point now);
    [[nodiscard]] bool wanted() const noexcept { return wanted_; }
    /// When to try next; far away where nothing is wanted.
    [[nodiscard]] clock::time_point due() const noexcept;

    /// Answers that job when the log is clean, or at once where it is.
    void answer_when_clean(change_job one, clock::time_point now);

    /// Tries, without waiting for anybody: SQLITE_OK, SQLITE_BUSY (a reader is in the way) or an error after
    /// which the connection is lost.
    [[nodiscard]] int attempt(sqlite::connection& database, clock::time_point now);
    /// The log is empty.
    void clean();
    /// Lets those who waited long enough go, with a warning.
    void answer_late(clock::time_point now, log& lines);

private:
    struct waiting {
        change_job one;
        clock::time_point until;
    };

    bool wanted_ = false;
    clock::time_point next_;
    // In the order of their `until`. (Boost 1.81: move-assigning an any_completion_handler never ends, so
    // nothing here may be shifted within a vector.)
    std::deque<waiting> waiting_;
};

}  // namespace shopbell
