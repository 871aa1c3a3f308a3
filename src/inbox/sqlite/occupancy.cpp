#include "occupancy.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace shopbell {

std::uint64_t log_bytes(const sqlite::connection& database) {
    const char* const name = sqlite3_filename_wal(sqlite3_db_filename(database.handle(), "main"));
    struct ::stat about {};
    return ::stat(name, &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

int bytes_in_use(sqlite::connection& database, std::uint64_t& into) {
    std::int64_t pages = 0, unused = 0, size = 0;
    if (const int code = database.query("PRAGMA page_count", pages); code != SQLITE_OK)
        return code;
    if (const int code = database.query("PRAGMA freelist_count", unused); code != SQLITE_OK)
        return code;
    if (const int code = database.query("PRAGMA page_size", size); code != SQLITE_OK)
        return code;
    const auto log = log_bytes(database);
    into = static_cast<std::uint64_t>((pages - unused) * size) + (log - std::min(log, ordinary_log));
    return SQLITE_OK;
}

}  // namespace shopbell
