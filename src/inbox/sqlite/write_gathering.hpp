#pragma once

#include <sqlite3.h>

namespace shopbell::sqlite {

/// A VFS that is another one but for this: writes of neighbouring bytes to a write-ahead log go to the kernel
/// in one piece, at the next sync, read or change of size. SQLite writes each frame in two calls; for a group
/// of thirty events those took as long as the sync behind them. A log that was not written to since its last
/// sync is not synced again.
///
/// For connections with synchronous=FULL, and SQLite's usual belief that a write leaves the bytes beside it
/// alone (SQLITE_POWERSAFE_OVERWRITE): a commit ends with a sync, hence written, before others may read it.
/// The database itself is left alone: a checkpoint that a reader keeps from its end publishes what it has
/// copied without a sync.
///
/// A log's bytes that wait, at most 128 KiB, belong to its connection and are touched on that one's thread
/// only. Known to SQLite by its name as long as it lives, which must be longer than any connection that uses
/// it.
class write_gathering {
public:
    /// Both must outlive it.
    write_gathering(sqlite3_vfs& real, const char* name);
    ~write_gathering();
    write_gathering(const write_gathering&) = delete;
    write_gathering& operator=(const write_gathering&) = delete;

    /// The one over the system's own VFS, for `sqlite3_open_v2`. From any thread.
    [[nodiscard]] static const char* system();

private:
    struct vfs : sqlite3_vfs {
        sqlite3_vfs* real;
    };
    static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* opened);

    vfs vfs_;
};

}  // namespace shopbell::sqlite
