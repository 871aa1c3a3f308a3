#pragma once

#include "sqlite.hpp"

#include <shopbell/core/result.hpp>

namespace shopbell {

/// Looks through the whole of an inbox that is small enough for nobody to notice (32 MiB): SQLite finds
/// damage only where it reads, and an index that leads past an event is no error to it. Fails with `corrupt`,
/// or as reading does.
[[nodiscard]] result<void> check_if_small(sqlite::connection& database);

}  // namespace shopbell
