#include "archive_fixture.hpp"

#include <sqlite3.h>

#include <functional>

namespace shopbell::test {

namespace {

class archive_open_test : public archive_test {
protected:
    void execute(const char* sql) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(database);
    }
};

TEST_F(archive_open_test, says_why_it_cannot_read) {
    const struct {
        const char* name;
        std::function<void()> prepare;
        errc code;
        const char* reason;
    } rows[] = {
        {"missing", [] {}, errc::io, "no inbox at "},
        {"empty", [this] { write_file(path(), ""); }, errc::corrupt, "not an inbox"},
        {"text", [this] { write_file(path(), std::string(5000, 'x')); }, errc::corrupt, "no inbox"},
        {"another program's", [this] { execute("CREATE TABLE notes (text)"); }, errc::corrupt,
         "another program"},
        {"newer",
         [this] {
             open();
             close();
             execute("PRAGMA user_version=99");
         },
         errc::corrupt, "newer Shopbell"},
        {"a directory", [this] { std::filesystem::create_directory(path()); }, errc::corrupt, "is no file"},
    };
    for (const auto& row : rows) {
        for (const auto* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove_all(path() + suffix);
        row.prepare();
        const auto refused = open_sqlite_archive(path());
        ASSERT_FALSE(refused) << row.name;
        EXPECT_EQ(refused.error().code, row.code) << row.name << ": " << refused.error().reason;
        EXPECT_NE(refused.error().reason.find(row.reason), std::string::npos)
            << row.name << ": " << refused.error().reason;
    }
    std::filesystem::remove_all(path());
    EXPECT_FALSE(open_sqlite_archive(path()));
    EXPECT_FALSE(std::filesystem::exists(path())) << "reading makes no file";
}

TEST_F(archive_open_test, reads_the_inbox_of_a_stopped_daemon_which_then_goes_on) {
    open();
    put_many(3);
    close();
    open_archive();
    EXPECT_EQ(listed().size(), 3U);
    open();
    put_many(2, "more ");
    EXPECT_EQ(listed().size(), 5U);
    archive_.reset();
    reopen();
    EXPECT_EQ(after(0).size(), 5U);
}

TEST_F(archive_open_test, reads_what_a_killed_daemon_left_in_its_log) {
    open();
    put_many(3);
    // What the disk holds at that moment; the shared memory does not outlive the process.
    const auto left = folder_.file("left.db");
    for (const auto* suffix : {"", "-wal"})
        write_file(left + suffix, read_file(path() + suffix));
    ASSERT_GT(std::filesystem::file_size(left + "-wal"), 0U);
    const auto before = read_file(left);
    {
        const auto reader = open_sqlite_archive(left);
        ASSERT_TRUE(reader) << reader.error().reason;
        EXPECT_EQ(run(context_, (*reader)->list({}, {}, 10)).value().items.size(), 3U);
    }
    EXPECT_EQ(read_file(left), before) << "it never copies the log back";
    auto again = settings();
    again.path = left;
    close();
    open(again);
    EXPECT_EQ(after(0).size(), 3U);
}

TEST_F(archive_open_test, sees_each_event_at_once_and_never_holds_the_log) {
    open();
    open_archive();
    for (sequence number = 1; number <= 20; ++number) {
        ASSERT_TRUE(put(make(std::to_string(number))));
        EXPECT_EQ(list({}, {}, 3).items.at(0).number, number);
        EXPECT_EQ(read({}, number - 1, 1).items.at(0).number, number);
    }
    (void)run(context_, archive_->find(after(0)[0].id));
    (void)run(context_, archive_->deliveries(1));
    (void)run(context_, archive_->dead_letters("", {}, 10));
    (void)run(context_, archive_->sinks());
    // A snapshot would keep the log from being cut for three seconds.
    ASSERT_EQ(apply(erasure{{1}}).value(), 1U);
    EXPECT_EQ(std::filesystem::file_size(path() + "-wal"), 0U);
}

TEST_F(archive_open_test, answers_many_at_once) {
    open();
    put_many(50);
    open_archive();
    int answered = 0;
    for (int i = 0; i < 40; ++i) {
        auto count = [&](std::exception_ptr, result<page<event_summary>> part) {
            answered += part.value().items.size() == 50 ? 1 : 0;
        };
        event_filter all;
        boost::asio::co_spawn(context_, archive_->list(std::move(all), {}, 100), std::move(count));
    }
    context_.restart();
    context_.run();
    EXPECT_EQ(answered, 40);
}

}  // namespace

}  // namespace shopbell::test
