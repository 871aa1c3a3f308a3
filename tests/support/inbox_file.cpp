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

inbox_reader::inbox_reader(const std::string& path) {
    ::sqlite3_open_v2(path.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr);
    ::sqlite3_busy_timeout(database_, 2000);
}

inbox_reader::~inbox_reader() {
    ::sqlite3_close(database_);
}

bool inbox_reader::run(const std::string& sql) {
    return ::sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::set<std::string> inbox_reader::texts(const std::string& sql) {
    std::set<std::string> all;
    const auto take = [](void* into, int, char** values, char**) {
        if (values[0] != nullptr)
            static_cast<std::set<std::string>*>(into)->insert(values[0]);
        return 0;
    };
    EXPECT_EQ(::sqlite3_exec(database_, sql.c_str(), take, &all, nullptr), SQLITE_OK)
        << sql << ": " << ::sqlite3_errmsg(database_);
    return all;
}

std::string check_integrity(const std::string& path) {
    return inbox_file(path).text("PRAGMA integrity_check");
}

}  // namespace shopbell::test
