#pragma once

#include <shopbell/postgres/connection.hpp>

#include <string>

namespace shopbell::postgres {

/// Makes the tables of an inbox where there are none yet; of several daemons that do so at once one makes
/// them. Returns which inbox it is: its copies and those made anew have other names. Fails with `corrupt`
/// where a newer Shopbell made it.
[[nodiscard]] answer<std::string> prepare_schema(connection& database, deadline until);

}  // namespace shopbell::postgres
