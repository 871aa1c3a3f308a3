#include "reading.hpp"

#include "schema.hpp"

#include <shopbell/core/permission.hpp>

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace shopbell {

namespace {

namespace fs = std::filesystem;

result<void> look_at(const std::string& path) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found)
        return failure{errc::io, "no inbox at " + path + ": has the daemon run with this [inbox] path?"};
    if (error)
        return failure{errc::io, "looking at the inbox " + path + ": " + error.message()};
    if (!fs::is_regular_file(status))
        return failure{errc::corrupt, path + " is no file, and so no inbox: set [inbox] path"};
    return {};
}

// SQLite needs its two files beside the inbox, also to read what a killed daemon left in the log.
result<void> open_and_check(sqlite::connection& database, const std::string& path) {
    if (auto there = look_at(path); !there)
        return there;
    if (const int code = database.open(path, sqlite::access::read_only); code != SQLITE_OK)
        return describe_failure(database, code, "opening the inbox " + path);
    auto checked = check_schema(database, path);
    if (checked)
        return checked;
    const int code = sqlite3_errcode(database.handle()) & 0xff;
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
        return checked;
    const auto folder = fs::absolute(path).parent_path().string();
    failure why{errc::io, checked.error().reason + ": reading it needs the right to write to " + folder};
    return with_permission_advice(std::move(why), folder, W_OK);
}

}  // namespace

result<void> open_for_reading(sqlite::connection& database, const std::string& path) {
    auto opened = open_and_check(database, path);
    if (opened)
        return opened;
    return with_permission_advice(opened.error(), path, R_OK | W_OK);
}

}  // namespace shopbell
