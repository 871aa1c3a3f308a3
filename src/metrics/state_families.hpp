#pragma once

#include <shopbell/metrics/readings.hpp>

#include <prometheus/metric_family.h>

#include <vector>

namespace shopbell {

/// The families of what is a state, made anew of what was just read: a sink or endpoint that left the
/// configuration leaves nothing behind. `started`: when the process did.
[[nodiscard]] std::vector<prometheus::MetricFamily> state_families(const readings& present,
                                                                   time_point started);

}  // namespace shopbell
