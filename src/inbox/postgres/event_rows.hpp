#pragma once

#include <shopbell/inbox/archive.hpp>
#include <shopbell/postgres/connection.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::postgres {

/// `summary_from` reads what a statement with these columns in front selects. Of the body only the length.
constexpr std::string_view summary_columns =
    "SELECT events.number, events.id, accepted_at, endpoint, provider, type, events.subject, store,"
    " octet_length(body)";
constexpr int summary_width = 9;
[[nodiscard]] event_summary summary_from(const rows& found, std::size_t row);

/// See inbox::read_after.
[[nodiscard]] answer<std::vector<stored_event>> read_after(connection& database, sequence position,
                                                           std::size_t count, std::size_t bytes,
                                                           deadline until);
/// Without its headers and body.
[[nodiscard]] answer<std::optional<stored_event>> read_head_after(connection& database, sequence position,
                                                                  deadline until);
[[nodiscard]] answer<std::optional<stored_event>> read_event(connection& database, sequence number,
                                                             deadline until);
/// Those of these events that are there, oldest first.
[[nodiscard]] answer<std::vector<stored_event>> read_events(connection& database,
                                                            const std::vector<sequence>& numbers,
                                                            deadline until);
/// 0 where there is none.
[[nodiscard]] answer<sequence> read_newest(connection& database, deadline until);

}  // namespace shopbell::postgres
