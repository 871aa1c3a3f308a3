#pragma once

#include "operations.hpp"

#include <shopbell/core/json_writer.hpp>

namespace shopbell {

/// Writes the array of what became of one event at each sink that it concerns: those that the routes take it
/// to, and those that have something to tell of it all the same. A sink that is not configured any more says
/// so.
void write_deliveries(json_writer& out, const std::vector<delivery_state>& all, const event& one,
                      const operator_services& around);

}  // namespace shopbell
