#include "../src/inbox/sqlite/write_gathering.hpp"

#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace shopbell::test {

namespace {

struct call {
    enum class kind : unsigned char { write, sync };
    kind what;
    bool to_log;
    int size;
};

/// What reaches the file system, and whether it is to fail there.
struct file_system {
    std::vector<call> calls;
    bool full = false;
    bool broken = false;  // every sync fails

    [[nodiscard]] auto count(call::kind what, bool to_log) const {
        return std::ranges::count_if(
            calls, [=](const call& one) { return one.what == what && one.to_log == to_log; });
    }
};

/// SQLite's own VFS, whose writes and syncs are noted.
class watched_vfs : public sqlite3_vfs {
public:
    explicit watched_vfs(file_system& below) : sqlite3_vfs(*sqlite3_vfs_find("unix")), below_(below) {
        szOsFile += static_cast<int>(sizeof(file));
        xOpen = [](sqlite3_vfs* self, const char* name, sqlite3_file* at, int flags, int* opened) {
            auto& one = *std::construct_at(reinterpret_cast<file*>(at));
            one.below = &static_cast<watched_vfs*>(self)->below_;
            one.is_log = (flags & SQLITE_OPEN_WAL) != 0;
            auto* const unix_vfs = sqlite3_vfs_find("unix");
            const int code = unix_vfs->xOpen(unix_vfs, name, one.real(), flags, opened);
            one.pMethods = one.real()->pMethods == nullptr ? nullptr : &one.methods;
            if (one.pMethods != nullptr)
                one.watch();
            return code;
        };
    }

private:
    struct file : sqlite3_file {
        file() : sqlite3_file{} {}
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
        static file& of(sqlite3_file* one) { return *static_cast<file*>(one); }
        template <auto method, class... Arguments>
        static auto pass(sqlite3_file* one, Arguments... arguments) {
            return (of(one).real()->pMethods->*method)(of(one).real(), arguments...);
        }

        void watch() {
            using io = sqlite3_io_methods;
            methods = {.iVersion = 2,
                       .xClose = pass<&io::xClose>,
                       .xRead = pass<&io::xRead, void*, int, sqlite3_int64>,
                       .xWrite = write,
                       .xTruncate = pass<&io::xTruncate, sqlite3_int64>,
                       .xSync = sync,
                       .xFileSize = pass<&io::xFileSize, sqlite3_int64*>,
                       .xLock = pass<&io::xLock, int>,
                       .xUnlock = pass<&io::xUnlock, int>,
                       .xCheckReservedLock = pass<&io::xCheckReservedLock, int*>,
                       .xFileControl = pass<&io::xFileControl, int, void*>,
                       .xSectorSize = pass<&io::xSectorSize>,
                       .xDeviceCharacteristics = pass<&io::xDeviceCharacteristics>,
                       .xShmMap = pass<&io::xShmMap, int, int, int, void volatile**>,
                       .xShmLock = pass<&io::xShmLock, int, int, int>,
                       .xShmBarrier = pass<&io::xShmBarrier>,
                       .xShmUnmap = pass<&io::xShmUnmap, int>,
                       .xFetch = nullptr,
                       .xUnfetch = nullptr};
        }

        static int write(sqlite3_file* one, const void* data, int size, sqlite3_int64 offset) {
            if (of(one).below->full)
                return SQLITE_FULL;
            of(one).below->calls.push_back({call::kind::write, of(one).is_log, size});
            return pass<&sqlite3_io_methods::xWrite>(one, data, size, offset);
        }
        static int sync(sqlite3_file* one, int flags) {
            if (of(one).below->broken)
                return SQLITE_IOERR_FSYNC;
            of(one).below->calls.push_back({call::kind::sync, of(one).is_log, 0});
            return pass<&sqlite3_io_methods::xSync>(one, flags);
        }

        file_system* below = nullptr;
        bool is_log = false;
        sqlite3_io_methods methods{};
    };

    file_system& below_;
};

class write_gathering_test : public ::testing::Test {
protected:
    struct closer {
        void operator()(sqlite3* one) const { sqlite3_close_v2(one); }
    };
    using connection = std::unique_ptr<sqlite3, closer>;

    write_gathering_test() : writer_(open("gathering")) {
        run("PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "PRAGMA wal_autocheckpoint=0; CREATE TABLE events (number INTEGER PRIMARY KEY, body BLOB)");
        below_.calls.clear();
    }

    connection open(const char* vfs) const {
        sqlite3* raw = nullptr;
        EXPECT_EQ(sqlite3_open_v2(folder_.file("inbox.db").c_str(), &raw,
                                  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs),
                  SQLITE_OK);
        return connection(raw);
    }

    int try_to(const std::string& sql) {
        return sqlite3_exec(writer_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    }
    void run(const std::string& sql) { ASSERT_EQ(try_to(sql), SQLITE_OK) << sqlite3_errmsg(writer_.get()); }

    /// That many events of that size, in one transaction.
    static std::string insert(int count, int size) {
        return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
               std::to_string(count) + ") INSERT INTO events (body) SELECT randomblob(" +
               std::to_string(size) + ") FROM n";
    }

    /// As somebody with SQLite's own VFS sees the file.
    std::string seen(const char* query) const {
        const auto reader = open("unix");
        std::string answer;
        const auto take = [](void* into, int, char** columns, char**) {
            *static_cast<std::string*>(into) = columns[0];
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(reader.get(), query, take, &answer, nullptr), SQLITE_OK)
            << sqlite3_errmsg(reader.get());
        return answer;
    }

    file_system below_;

private:
    temp_dir folder_;
    watched_vfs watched_{below_};
    sqlite::write_gathering gathering_{watched_, "gathering"};
    connection writer_;
};

TEST_F(write_gathering_test, writes_a_commit_in_few_pieces_and_syncs_it_once) {
    run(insert(30, 3000));
    std::size_t written = 0;
    for (const auto& one : below_.calls)
        written += static_cast<std::size_t>(one.size);
    EXPECT_GT(written, 30U * 3000U);
    EXPECT_LE(below_.count(call::kind::write, true), 2);
    EXPECT_EQ(below_.count(call::kind::sync, true), 1);
    EXPECT_EQ(below_.calls.back().what, call::kind::sync);
    EXPECT_EQ(seen("SELECT count(*) FROM events"), "30");
}

// SQLite's own VFS masks a length with 17 bits, so that 128 KiB would be written as nothing.
TEST_F(write_gathering_test, writes_no_piece_that_the_system_would_cut) {
    run(insert(1, 3'000'000));
    for (const auto& one : below_.calls)
        EXPECT_LT(one.size, 128 * 1024);
    EXPECT_EQ(seen("PRAGMA integrity_check"), "ok");
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    for (const auto& one : below_.calls)
        EXPECT_LT(one.size, 128 * 1024);
    EXPECT_EQ(seen("SELECT length(body) FROM events"), "3000000");
    EXPECT_EQ(seen("PRAGMA integrity_check"), "ok");
}

TEST_F(write_gathering_test, does_not_sync_a_log_again_that_was_not_written_to) {
    run(insert(30, 3000));
    below_.calls.clear();
    run("PRAGMA wal_checkpoint(PASSIVE)");
    EXPECT_EQ(below_.count(call::kind::sync, true), 0);
    EXPECT_EQ(below_.count(call::kind::sync, false), 1);
    EXPECT_EQ(below_.calls.back().what, call::kind::sync);
}

// Such a checkpoint publishes what it has copied without a sync.
TEST_F(write_gathering_test, shows_what_a_checkpoint_copied_that_a_reader_kept_from_ending) {
    run(insert(30, 3000));
    const auto reader = open("unix");
    ASSERT_EQ(sqlite3_exec(reader.get(), "BEGIN; SELECT count(*) FROM events", nullptr, nullptr, nullptr),
              SQLITE_OK);
    run(insert(30, 3000));
    run("PRAGMA wal_checkpoint(PASSIVE)");
    EXPECT_EQ(seen("SELECT count(*) FROM events"), "60");
    EXPECT_EQ(seen("PRAGMA integrity_check"), "ok");
}

TEST_F(write_gathering_test, reads_what_a_transaction_has_spilled) {
    run("PRAGMA cache_size=2; BEGIN");
    run(insert(200, 3000));
    run("UPDATE events SET body = zeroblob(2000) WHERE number % 2 = 0");
    run("COMMIT");
    EXPECT_EQ(seen("SELECT sum(length(body)) FROM events"), "500000");
    EXPECT_EQ(seen("PRAGMA integrity_check"), "ok");
}

TEST_F(write_gathering_test, leaves_nothing_of_a_transaction_that_was_rolled_back) {
    run("PRAGMA cache_size=2; BEGIN");
    run(insert(200, 3000));
    run("ROLLBACK");
    run(insert(3, 100));
    EXPECT_EQ(seen("SELECT count(*) FROM events"), "3");
    EXPECT_EQ(seen("PRAGMA integrity_check"), "ok");
}

TEST_F(write_gathering_test, fails_the_commit_that_cannot_be_written) {
    run(insert(2, 100));
    below_.full = true;
    EXPECT_EQ(try_to(insert(30, 3000)), SQLITE_FULL);
    below_.full = false;
    EXPECT_EQ(seen("SELECT count(*) FROM events"), "2");
    run(insert(1, 100));
    EXPECT_EQ(seen("SELECT count(*) FROM events"), "3");
    EXPECT_EQ(seen("PRAGMA integrity_check"), "ok");
}

TEST_F(write_gathering_test, fails_the_commit_that_cannot_be_synced_and_syncs_the_next_one) {
    run(insert(2, 100));
    below_.broken = true;
    EXPECT_EQ(try_to(insert(30, 3000)), SQLITE_IOERR);
    below_.broken = false;
    EXPECT_EQ(seen("SELECT count(*) FROM events"), "2");
    below_.calls.clear();
    run(insert(1, 100));
    EXPECT_EQ(below_.count(call::kind::sync, true), 1);
    EXPECT_EQ(seen("SELECT count(*) FROM events"), "3");
}

}  // namespace

}  // namespace shopbell::test
