#pragma once

#include <shopbell/core/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace shopbell {

// What can be seen of an inbox from outside, beside a running daemon or without one, for `shopbell doctor`.
// All of it blocks. Nothing of it writes to the inbox or checkpoints its log.

/// The file and the disk that it is on, or where it would be made.
struct inbox_file_facts {
    bool exists = false;
    unsigned mode = 0;            ///< permission bits
    unsigned owner = 0;           ///< user id
    std::uint64_t bytes = 0;      ///< of the file
    std::uint64_t log_bytes = 0;  ///< of SQLite's log beside it
    std::uint64_t free_disk = 0;  ///< that this user may still write
};

/// Fails with `io` where the file or its directory cannot be looked at.
[[nodiscard]] result<inbox_file_facts> look_at_inbox_file(const std::string& path);

struct inbox_integrity {
    bool finished = false;            ///< false: the time was over first, and nothing is known
    std::vector<std::string> damage;  ///< in SQLite's words, the first ones; empty: none
};

/// Reads the whole file and checks its structure (PRAGMA quick_check) for no longer than `patience`. Holds a
/// snapshot meanwhile, so that the daemon's log grows. Fails as `open_sqlite_archive` does.
[[nodiscard]] result<inbox_integrity> check_inbox_integrity(const std::string& path,
                                                            std::chrono::milliseconds patience);

struct sync_times {
    std::chrono::microseconds median{0};
    std::chrono::microseconds longest{0};
};

/// How long it takes to put `bytes` on stable storage in the inbox's directory, `times` over: what each
/// commit waits for. Does it in a file of its own, which is removed. Fails with `io`.
[[nodiscard]] result<sync_times> measure_sync(const std::string& inbox_path, std::size_t times = 20,
                                              std::size_t bytes = 16UL * 1024);

}  // namespace shopbell
