#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/core/observer.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace shopbell {

/// The keys of [inbox] (interface.md, section 3), and the bounds of its queue.
struct sqlite_settings {
    std::string path = "/var/lib/shopbell/inbox.db";
    std::uint64_t min_free =
        64 * 1024 * 1024;  ///< bytes of free disk below which `put` fails; `settle` does not
    std::chrono::milliseconds retain{30LL * 86'400'000};  ///< delivered events older than this are removed
    std::uint64_t max_size =
        0;  ///< bytes in use beyond which the oldest delivered ones go sooner; 0: no bound
    std::chrono::milliseconds sweep_every{10'000};  ///< how often to look for them
    /// Deliveries that may wait for the writer, and their bodies' bytes; beyond either, `put` fails with
    /// `busy`.
    std::size_t queue_events = 4096;
    std::size_t queue_bytes = 64 * 1024 * 1024;
    commit_observer* observer = nullptr;  ///< told of each group commit; null: nobody is. Outlives the inbox
};

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
