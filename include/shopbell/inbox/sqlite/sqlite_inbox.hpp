#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/inbox/settings.hpp>

#include <memory>
#include <string>

namespace shopbell {

/// An inbox in one SQLite file (WAL, synchronous=FULL), for one process at a time. A new file is created with
/// mode 0600 and its directory synced; missing directories are created with 0750. One thread of its own
/// writes, in groups; reading calls (`open_sink`, `read_after`, `read_queued`, `read`) come from one
/// other thread, the caller's. Whoever else reads the file keeps it neither from opening nor from recovering.
///
/// Beside the file: SQLite's `-wal` and `-shm`, `.lock` (one process at a time), `.acknowledged` (what the
/// inbox must not end before) and `.reserve` (room for a full disk).
///
/// Fails with `io` (not accessible, or held by another process), `corrupt` (damaged, not an inbox, or written
/// by a newer Shopbell).
[[nodiscard]] result<std::unique_ptr<inbox>> open_sqlite_inbox(sqlite_settings settings,
                                                               std::shared_ptr<log> lines);

/// Opens the inbox file at `path` for reading, whether a daemon uses it, was stopped or was killed. Fails
/// with `io` (not there, not accessible: SQLite must be able to write beside it) or `corrupt` (no inbox, or
/// another version's).
[[nodiscard]] result<std::unique_ptr<archive>> open_sqlite_archive(const std::string& path);

}  // namespace shopbell
