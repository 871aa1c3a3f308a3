#include "inbox_fixture.hpp"

#include <sqlite3.h>

namespace shopbell::test {

namespace {

class open_test : public inbox_test {
protected:
    result<std::unique_ptr<inbox>> try_open() { return open_sqlite_inbox(settings(), log::null()); }

    void execute(const char* sql) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(database);
    }
};

TEST_F(open_test, makes_missing_directories) {
    auto deep = settings();
    deep.path = folder_.file("a/b/inbox.db");
    open(deep);
    EXPECT_TRUE(std::filesystem::exists(deep.path));
}

TEST_F(open_test, refuses_a_second_process_and_names_the_first) {
    open();
    const auto second = try_open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, errc::io);
    EXPECT_NE(second.error().reason.find("another shopbell (process "), std::string::npos)
        << second.error().reason;
    close();
    EXPECT_TRUE(try_open());
}

TEST_F(open_test, refuses_a_second_process_that_comes_through_a_link) {
    open();
    std::filesystem::create_symlink(path(), folder_.file("link.db"));
    auto other = settings();
    other.path = folder_.file("link.db");
    const auto second = open_sqlite_inbox(other, log::null());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().reason.find("another shopbell (process "), std::string::npos)
        << second.error().reason;
}

TEST_F(open_test, refuses_a_newer_schema) {
    open();
    close();
    execute("PRAGMA user_version=99");
    const auto refused = try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::corrupt);
    EXPECT_NE(refused.error().reason.find("newer Shopbell (schema 99, this one knows 7)"), std::string::npos)
        << refused.error().reason;
}

TEST_F(open_test, refuses_the_database_of_another_program) {
    execute("CREATE TABLE notes (text)");
    const auto refused = try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::corrupt);
}

TEST_F(open_test, refuses_a_damaged_file_instead_of_starting_empty) {
    open();
    ASSERT_TRUE(put(make("one", std::string(100'000, 'x'))));
    close();
    auto content = read_file(path());
    const struct {
        const char* name;
        std::string content;
    } damages[] = {{"header zeroed", std::string(100, '\0') + content.substr(100)},
                   {"cut to half", content.substr(0, content.size() / 2)},
                   {"not a database", std::string(5000, 'x')}};
    for (const auto& [name, damaged] : damages) {
        write_file(path(), damaged);
        const auto refused = try_open();
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().code, errc::corrupt) << name << ": " << refused.error().reason;
        EXPECT_EQ(read_file(path()), damaged) << name;
    }
}

TEST_F(open_test, says_which_directory_it_cannot_use) {
    auto impossible = settings();
    impossible.path = "/proc/shopbell/inbox.db";
    const auto refused = open_sqlite_inbox(impossible, log::null());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::io);
    EXPECT_NE(refused.error().reason.find("/proc/shopbell"), std::string::npos) << refused.error().reason;
}

}  // namespace

}  // namespace shopbell::test
