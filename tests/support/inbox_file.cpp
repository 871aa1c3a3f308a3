#include "support/inbox_file.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace shopbell::test {

inbox_file::inbox_file(const std::string& path) {
    EXPECT_EQ(::sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK) << path;
    ::sqlite3_busy_timeout(database_, 10'000);
}

inbox_file::~inbox_file() {
    ::sqlite3_close(database_);
}

void inbox_file::execute(const std::string& sql) {
    EXPECT_EQ(::sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sql << ": " << ::sqlite3_errmsg(database_);
}

std::string inbox_file::text(const std::string& sql) {
    std::string first;
    const auto take = [](void* into, int, char** values, char**) {
        auto& found = *static_cast<std::string*>(into);
        if (found.empty() && values[0] != nullptr)
            found = values[0];
        return 0;
    };
    EXPECT_EQ(::sqlite3_exec(database_, sql.c_str(), take, &first, nullptr), SQLITE_OK)
        << sql << ": " << ::sqlite3_errmsg(database_);
    return first;
}

std::string check_integrity(const std::string& path) {
    return inbox_file(path).text("PRAGMA integrity_check");
}

}  // namespace shopbell::test
