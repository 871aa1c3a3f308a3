#pragma once

#include "sqlite.hpp"

#include <shopbell/core/result.hpp>

#include <string>

namespace shopbell {

/// Opens the inbox file at `path` for a connection that never writes and never checkpoints, whether a daemon
/// uses it, was stopped or was killed. Fails as `open_sqlite_archive` does.
[[nodiscard]] result<void> open_for_reading(sqlite::connection& database, const std::string& path);

}  // namespace shopbell
