#include "small_inbox.hpp"

#include "schema.hpp"

namespace shopbell {

namespace {

constexpr std::int64_t small_inbox = 32LL * 1024 * 1024;

}  // namespace

result<void> check_if_small(sqlite::connection& database) {
    const auto doing = "checking the inbox " + database.path();
    std::int64_t pages = 0, size = 0;
    for (const int code :
         {database.query("PRAGMA page_count", pages), database.query("PRAGMA page_size", size)}) {
        if (code != SQLITE_OK)
            return describe_failure(database, code, doing);
    }
    if (pages * size > small_inbox)
        return {};
    sqlite::statement rows;
    int code = database.prepare("PRAGMA integrity_check(1)", rows);
    if (code == SQLITE_OK)
        code = rows.step();
    if (code != SQLITE_ROW)
        return describe_failure(database, code, doing);
    if (const std::string found(rows.bytes(0)); found != "ok")
        return failure{errc::corrupt, doing + ": " + found +
                                          "; the file is damaged: restore it from a backup, or move it aside "
                                          "to start empty"};
    return {};
}

}  // namespace shopbell
