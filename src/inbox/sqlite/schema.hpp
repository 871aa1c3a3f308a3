#pragma once

#include "sqlite.hpp"

#include <shopbell/core/result.hpp>

#include <string>

namespace shopbell {

/// Brings a writable connection's file to the current schema (`user_version`) in one transaction, and sets
/// what durability rests on (WAL, synchronous=FULL, no automatic checkpoints) and that deleted rows are
/// overwritten with zeros. Fails with `corrupt` for a file that is damaged, foreign or newer, else with `io`.
[[nodiscard]] result<void> prepare_schema(sqlite::connection& database, const std::string& path);

/// The same checks for a connection that only reads: also an older file is `corrupt` to it.
[[nodiscard]] result<void> check_schema(sqlite::connection& database, const std::string& path);

/// SQLite's result as a failure for the operator.
[[nodiscard]] failure describe_failure(const sqlite::connection& database, int code,
                                       const std::string& doing);

/// Fails with `corrupt` where the place of a sink is not what was written: one that is moved would cost
/// events.
[[nodiscard]] result<void> check_places(sqlite::connection& database, const std::string& path);

}  // namespace shopbell
