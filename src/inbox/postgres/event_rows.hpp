#pragma once

#include <shopbell/inbox/inbox.hpp>
#include <shopbell/postgres/connection.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace shopbell::postgres {

/// See inbox::read_after.
[[nodiscard]] answer<std::vector<stored_event>> read_after(connection& database, sequence position,
                                                           std::size_t count, std::size_t bytes,
                                                           deadline until);
/// Without its headers and body.
[[nodiscard]] answer<std::optional<stored_event>> read_head_after(connection& database, sequence position,
                                                                  deadline until);
[[nodiscard]] answer<std::optional<stored_event>> read_event(connection& database, sequence number,
                                                             deadline until);
/// 0 where there is none.
[[nodiscard]] answer<sequence> read_newest(connection& database, deadline until);

}  // namespace shopbell::postgres
