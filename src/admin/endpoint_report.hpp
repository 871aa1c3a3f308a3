#pragma once

#include <shopbell/core/json_writer.hpp>
#include <shopbell/metrics/readings.hpp>
#include <shopbell/rejections/rejection_log.hpp>

namespace shopbell {

/// One endpoint, as /api/status shows it. `refused`: where to look for why its last request failed; null:
/// nowhere.
void write_endpoint(json_writer& out, const readings::endpoint& endpoint, const rejection_log* refused);

}  // namespace shopbell
