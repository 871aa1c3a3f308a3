#include <shopbell/inbox/sqlite/examination.hpp>

#include "archive_fixture.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr auto long_enough = 60s;

class inbox_examination : public archive_test {};

TEST_F(inbox_examination, sees_the_file_and_its_disk) {
    open();
    put_many(3);
    const auto seen = look_at_inbox_file(path());
    ASSERT_TRUE(seen);
    EXPECT_TRUE(seen->exists);
    EXPECT_EQ(seen->mode, 0600U);
    EXPECT_EQ(seen->owner, ::geteuid());
    EXPECT_EQ(seen->bytes, std::filesystem::file_size(path()));
    EXPECT_EQ(seen->log_bytes, std::filesystem::file_size(path() + "-wal"));
    EXPECT_GT(seen->free_disk, 0U);
}

TEST_F(inbox_examination, looks_at_the_disk_where_the_inbox_is_to_be) {
    const auto seen = look_at_inbox_file(folder_.file("later/deep/inbox.db"));
    ASSERT_TRUE(seen);
    EXPECT_FALSE(seen->exists);
    EXPECT_GT(seen->free_disk, 0U);
    EXPECT_FALSE(std::filesystem::exists(folder_.file("later")));
    EXPECT_FALSE(look_at_inbox_file(folder_.file("not-a-folder") + "/x").value().exists);
}

TEST_F(inbox_examination, finds_a_sound_file_in_order_beside_the_daemon_and_without_it) {
    open();
    put_many(100);
    for (const bool stopped : {false, true}) {
        if (stopped)
            close();
        const auto seen = check_inbox_integrity(path(), long_enough);
        ASSERT_TRUE(seen) << seen.error().reason;
        EXPECT_TRUE(seen->finished);
        EXPECT_TRUE(seen->damage.empty()) << seen->damage.front();
    }
}

TEST_F(inbox_examination, leaves_the_log_to_the_daemon) {
    open();
    put_many(50);
    const auto before = read_file(path());
    const auto log = std::filesystem::file_size(path() + "-wal");
    ASSERT_GT(log, 0U);
    ASSERT_TRUE(check_inbox_integrity(path(), long_enough));
    EXPECT_EQ(read_file(path()), before);
    EXPECT_EQ(std::filesystem::file_size(path() + "-wal"), log);
}

TEST_F(inbox_examination, finds_damage) {
    open();
    put_many(500);
    close();
    constexpr std::streamoff page = 16384;
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path()));
    ASSERT_GT(size, 6 * page);
    {
        std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(size - 2 * page);
        const std::string wrong(page, '\x7f');
        file.write(wrong.data(), page);
    }
    const auto seen = check_inbox_integrity(path(), long_enough);
    const bool found = !seen || !seen->damage.empty();
    EXPECT_TRUE(found);
}

TEST_F(inbox_examination, refuses_what_is_no_inbox) {
    EXPECT_EQ(check_inbox_integrity(path(), long_enough).error().code, errc::io);
    write_file(path(), std::string(5000, 'x'));
    EXPECT_EQ(check_inbox_integrity(path(), long_enough).error().code, errc::corrupt);
}

TEST_F(inbox_examination, ends_when_its_time_is_over) {
    open();
    put_many(10);
    close();
    // Whoever holds the file like that makes every reader wait for seconds.
    sqlite3* holder = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &holder), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(holder, "PRAGMA locking_mode=EXCLUSIVE; SELECT count(*) FROM events", nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
    const auto seen = check_inbox_integrity(path(), 20ms);
    ASSERT_TRUE(seen) << seen.error().reason;
    EXPECT_FALSE(seen->finished);
    EXPECT_TRUE(seen->damage.empty());
    sqlite3_close(holder);
}

TEST_F(inbox_examination, measures_how_long_the_disk_takes_and_leaves_nothing_behind) {
    const auto seen = measure_sync(path(), 5, 4096);
    ASSERT_TRUE(seen) << seen.error().reason;
    EXPECT_LE(seen->median, seen->longest);
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(inbox_examination, says_where_nothing_can_be_written) {
    const auto refused = measure_sync("/proc/inbox.db");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().reason.find("/proc"), std::string::npos) << refused.error().reason;
}

}  // namespace
}  // namespace shopbell::test
