#pragma once

#include <shopbell/delivery/event_cache.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/metrics/metrics.hpp>

namespace shopbell {

/// Counts the events that no route takes. Every sink shows it what it reads; each event is looked at once,
/// for the sink that is furthest ahead, since others may lag or be paused for weeks. Only on the delivery
/// thread.
class unrouted_census {
public:
    /// `counts` outlives the census.
    explicit unrouted_census(metrics& counts) noexcept : counts_(counts) {}

    /// An earlier run has looked at everything up to there.
    void begin_at(sequence position) noexcept;

    void look(const stored_event& one, const routes& all, event_cache& cache);

private:
    metrics& counts_;
    sequence seen_to_ = 0;
};

}  // namespace shopbell
