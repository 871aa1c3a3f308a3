#pragma once

#include "operations.hpp"

#include "masking.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/delivery/first_tries.hpp>

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// By sink the id of an earlier event of the same subject that has to be delivered there first.
using delivery_holders = std::map<std::string, std::string, std::less<>>;

/// Who holds the event with that number back, as far as events of its subject tell, oldest first.
[[nodiscard]] delivery_holders find_holders(const std::vector<event_report>& related, sequence number,
                                            const operator_services& around);

/// What a report of deliveries needs beside them.
struct delivery_context {
    const operator_services& around;
    const delivery_holders& holders;
    std::span<const first_try> first_tries;  ///< of that event
    const personal_data* hidden;  ///< what is not to be shown of what targets said; null: all is shown
    std::size_t& masked;          ///< counts what was hidden
};

/// Writes the array of what became of one event at each sink that it concerns: those that the routes take it
/// to, and those that have something to tell of it all the same. A sink that is not configured any more says
/// so.
void write_deliveries(json_writer& out, const std::vector<delivery_state>& all, const event& one,
                      const delivery_context& with);

/// What an operator reads of one event at one sink.
struct shown_delivery {
    std::string_view sink;
    std::string_view state;
};
/// Of the sinks that the event concerns.
[[nodiscard]] std::vector<shown_delivery> shown_deliveries(const std::vector<delivery_state>& all,
                                                           const event& content,
                                                           const operator_services& around);

/// Of all of an event's deliveries: dead weighs more than pending, and that more than delivered.
[[nodiscard]] event_state overall_state(const std::vector<delivery_state>& all) noexcept;

}  // namespace shopbell
