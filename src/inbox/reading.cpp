#include "reading.hpp"

#include "schema.hpp"

#include <filesystem>
#include <system_error>

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

}  // namespace

// SQLite needs its two files beside the inbox, also to read what a killed daemon left in the log.
result<void> open_for_reading(sqlite::connection& database, const std::string& path) {
    if (auto there = look_at(path); !there)
        return there;
    if (const int code = database.open(path, sqlite::access::read_only); code != SQLITE_OK) {
        auto why = describe_failure(database, code, "opening the inbox " + path);
        if ((code & 0xff) == SQLITE_CANTOPEN)
            why.reason += "; run this as root or as the daemon's user (sudo -u shopbell)";
        return why;
    }
    auto checked = check_schema(database, path);
    if (checked)
        return checked;
    const int code = sqlite3_errcode(database.handle()) & 0xff;
    if (code != SQLITE_CANTOPEN && code != SQLITE_READONLY)
        return checked;
    return failure{errc::io, checked.error().reason + ": reading it needs the right to write to " +
                                 fs::absolute(path).parent_path().string()};
}

}  // namespace shopbell
