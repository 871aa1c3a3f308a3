#pragma once

#include "sink_rows.hpp"

#include <shopbell/inbox/retention_clock.hpp>
#include <shopbell/inbox/settings.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace shopbell::postgres {

/// Removes what every sink has and nobody needs any more, oldest first, in steps that each take little time.
/// By the server's clock, unless it leaps. For as long as its daemon holds the lease "retention".
class retention {
public:
    explicit retention(const inbox_settings& chosen) : keep_(chosen.retain), max_size_(chosen.max_size) {}

    /// Another daemon has removed events meanwhile, or another server goes on.
    void begin_anew();

    [[nodiscard]] answer<removed_events> step(connection& database, const settled_by& who,
                                              std::chrono::milliseconds patience);

private:
    [[nodiscard]] answer<time_point> read_clock(connection& database, deadline until);
    [[nodiscard]] answer<bool> count_stored(connection& database, deadline until);

    const std::chrono::milliseconds keep_;
    const std::uint64_t max_size_;
    std::optional<retention_clock> clock_;
    stored_size stored_;  ///< of all that is there, once it has no more
    std::chrono::steady_clock::time_point count_anew_{};
};

}  // namespace shopbell::postgres
