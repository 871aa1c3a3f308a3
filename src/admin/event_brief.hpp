#pragma once

#include "operations.hpp"

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/json_writer.hpp>

#include <string>

namespace shopbell {

/// An event in a few words: "Order 1026 paid".
[[nodiscard]] std::string title_of(const event& content);

/// What a list shows of an event beside its summary.
struct event_brief {
    event_brief(event_report report, const delivery_reading& by);

    event_summary summary;
    std::vector<delivery_state> deliveries;
    std::shared_ptr<const event> content;
};

/// Hides what of a row may name a person; how many values that were.
std::size_t mask_summary(event_summary& summary);

/// The row of a list: the members of a summary, then title, order, sinks and problem.
void write_brief(json_writer& out, const event_brief& brief, const operator_services& around);

/// The same for these events, in the order given; those that are gone are left out.
[[nodiscard]] asio::awaitable<result<std::vector<event_brief>>> read_briefs(api_state& in,
                                                                            std::vector<sequence> numbers);

}  // namespace shopbell
