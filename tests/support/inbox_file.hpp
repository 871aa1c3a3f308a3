#pragma once

#include <cstdint>
#include <set>
#include <string>

struct sqlite3;

namespace shopbell::test {

/// A connection of the test's own to an inbox file, beside the daemon's.
class inbox_file {
public:
    explicit inbox_file(const std::string& path);
    ~inbox_file();
    inbox_file(const inbox_file&) = delete;
    inbox_file& operator=(const inbox_file&) = delete;

    void execute(const std::string& sql);                    ///< fails the test where it fails
    [[nodiscard]] std::string text(const std::string& sql);  ///< the first column of the first row

private:
    sqlite3* database_ = nullptr;
};

/// A connection of the test's own that only reads, as `sqlite3 -readonly` makes it.
class inbox_reader {
public:
    explicit inbox_reader(const std::string& path);
    ~inbox_reader();
    inbox_reader(const inbox_reader&) = delete;
    inbox_reader& operator=(const inbox_reader&) = delete;

    /// False where it cannot be done now: a daemon that recovers keeps readers out for a moment.
    [[nodiscard]] bool run(const std::string& sql);
    /// The first column of all rows; fails the test where it fails.
    [[nodiscard]] std::set<std::string> texts(const std::string& sql);

private:
    sqlite3* database_ = nullptr;
};

/// "ok", or what SQLite's integrity check finds. Only after the daemon has ended.
[[nodiscard]] std::string check_integrity(const std::string& path);

}  // namespace shopbell::test
