#include <shopbell/delivery/unrouted_census.hpp>

#include <algorithm>

namespace shopbell {

void unrouted_census::begin_at(sequence position) noexcept {
    seen_to_ = std::max(seen_to_, position);
}

void unrouted_census::look(const stored_event& one, const routes& all, event_cache& cache) {
    if (one.number <= seen_to_)
        return;
    seen_to_ = one.number;
    const auto fits = fit_of(all, one.type, one.endpoint);
    const bool routed =
        fits == route_fit::certain || (fits == route_fit::conditional && takes(all, *cache.get(one)));
    if (!routed)
        counts_.unrouted();
}

}  // namespace shopbell
