#include "support/daemon.hpp"
#include "support/inbox_file.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

void expect_refused(const receipt& answer) {
    EXPECT_EQ(answer.status, 503U) << answer.raw.body;
    EXPECT_GT(std::atoi(answer.raw.field("Retry-After").c_str()), 0) << answer.raw.head;
    EXPECT_TRUE(answer.id.empty());
}

/// Events before, during and after a time in which the inbox cannot grow: none of the acknowledged is lost.
void survive_a_full_disk(const std::string& config, const std::string& events_file, const std::string& inbox,
                         const std::function<void(const daemon&)>& fill,
                         const std::function<void(const daemon&)>& empty) {
    daemon running(config);
    std::vector<std::string> ids;
    int number = 0;
    const auto next = [&] { return usaepay_request("e" + std::to_string(number++)); };
    for (int i = 0; i < 5; ++i)
        ids.push_back(running.send(next()).id);
    wait_for_text(events_file, ids.back());

    fill(running);
    // A few may still find room in what the inbox has already.
    for (int refused = 0; refused < 5 && number < 1000;) {
        const auto answer = running.send(next());
        if (answer.status == 200) {
            ids.push_back(answer.id);
            continue;
        }
        expect_refused(answer);
        ++refused;
    }
    ASSERT_LT(number, 1000) << "never refused";

    empty(running);
    for (int i = 0; i < 5; ++i) {
        const auto answer = running.send(next());
        EXPECT_EQ(answer.status, 200U) << answer.raw.body << running.written();
        ids.push_back(answer.id);
    }
    wait_for_text(events_file, ids.back());
    EXPECT_EQ(running.stop().code, 0);

    std::vector<std::string> delivered;
    for (const auto& one : read_events(events_file))
        delivered.push_back(one["id"].get<std::string>());
    EXPECT_EQ(delivered, ids);
    EXPECT_EQ(check_integrity(inbox), "ok");
}

TEST(a_full_disk, is_answered_503_and_recovered_from_under_a_file_size_limit) {
    const shop place;
    survive_a_full_disk(
        place.config(), place.events(), place.inbox(),
        [](const daemon& running) { running.limit_file_size(4096); },
        [](const daemon& running) { running.limit_file_size(RLIM_INFINITY); });
}

/// Writes a file until the disk is full.
void fill_up(const std::string& path) {
    std::ofstream file(path, std::ios::binary);
    const std::string page(4096, 'b');
    while (file.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
    }
}

/// Runs `work` in a thread of its own that sees a small file system of its own in `folder`. False where this
/// process may not mount.
bool with_small_disk(const std::string& folder, const std::string& size, const std::function<void()>& work) {
    fs::create_directory(folder);
    bool mounted = false;
    std::thread inside([&] {
        if (::unshare(CLONE_FS | CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
            return;
        mounted = ::mount("none", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
        if (mounted)
            work();
    });
    inside.join();
    return mounted;
}

TEST(a_full_disk, is_answered_503_and_recovered_from_on_a_small_disk) {
    shop place;
    const auto disk = place.file("disk"), inbox = disk + "/inbox.db", ballast = disk + "/ballast";
    place.write_config({.inbox_path = inbox, .inbox = "min_free = \"0\""});
    const bool mounted = with_small_disk(disk, "2m", [&] {
        survive_a_full_disk(
            place.config(), place.events(), inbox, [&](const daemon&) { fill_up(ballast); },
            [&](const daemon&) { fs::remove(ballast); });
    });
    if (!mounted)
        GTEST_SKIP() << "needs the right to mount; the file size limit is tested above";
}

/// [[sink]] "events-file" that appends to that file, retries quickly, and a route of everything to it.
std::string one_file_sink(const std::string& path) {
    return "[[sink]]\nname = \"events-file\"\ntype = \"file\"\npath = \"" + path +
           "\"\nretry = { initial = \"20ms\", max = \"200ms\" }\n"
           "[[route]]\nevents = [\"**\"]\nsinks = [\"events-file\"]\n";
}

/// A daemon that ended on a disk that is full afterwards starts all the same: what it delivers makes room.
void start_on_a_full_disk(bool kill) {
    shop place;
    const auto disk = place.file("disk"), inbox = disk + "/inbox.db";
    const auto out = place.file("out"), events = out + "/events.jsonl";
    fs::create_directory(out);
    place.write_config({.inbox_path = inbox, .inbox = "min_free = \"1MiB\"", .sinks = one_file_sink(events)});
    const bool mounted = with_small_disk(disk, "32m", [&] {
        daemon running(place.config());
        fs::remove_all(out);
        write_file(out, "in the way of the sink's folder");
        for (int i = 0; i < 20; ++i) {
            const auto body = jumpseller_order(i + 1, "paid", std::string(50'000, 'x'));
            EXPECT_EQ(running.send(jumpseller_request("order_paid", body)).status, 200U);
        }
        if (kill) {
            running.kill();
        } else {
            EXPECT_EQ(running.stop().code, 0);
        }
        fill_up(disk + "/ballast");
        fs::remove(out);
        fs::create_directory(out);
        daemon again(place.config());
        EXPECT_GE(wait_for_events(events, 20).size(), 20U);
        fs::remove(disk + "/ballast");
        const auto end = again.send(usaepay_request("e1"));
        EXPECT_EQ(end.status, 200U);
        wait_for_text(events, end.id);
        EXPECT_EQ(again.stop().code, 0);
        EXPECT_EQ(check_integrity(inbox), "ok");
    });
    if (!mounted)
        GTEST_SKIP() << "needs the right to mount";
}

TEST(a_full_disk, keeps_no_daemon_from_starting_that_was_stopped) {
    start_on_a_full_disk(false);
}

TEST(a_full_disk, keeps_no_daemon_from_starting_that_was_killed) {
    start_on_a_full_disk(true);
}

TEST(a_nearly_full_disk, refuses_new_events_below_min_free) {
    const shop place({.inbox = "min_free = \"1024TiB\""});
    const daemon running(place.config());
    expect_refused(running.send(usaepay_request("e1")));
}

TEST(an_inbox_removed_while_running, is_noticed) {
    const shop place;
    const daemon running(place.config());
    EXPECT_EQ(running.send(usaepay_request("e1")).status, 200U);
    fs::remove(place.inbox());
    expect_refused(running.send(usaepay_request("e2")));
}

TEST(an_inbox_in_use, is_refused_to_a_second_daemon) {
    const shop place;
    const daemon first(place.config());
    const auto second = run_shopbell(place.config(), {"serve"});
    EXPECT_EQ(second.status.code, 1);
    EXPECT_NE(second.errors.find("another shopbell (process " + std::to_string(first.id()) +
                                 ") is using the inbox"),
              std::string::npos)
        << second.errors;
    EXPECT_EQ(first.send(usaepay_request("e1")).status, 200U);
    EXPECT_EQ(wait_for_events(place.events(), 1).size(), 1U);
}

TEST(an_inbox_locked_by_another_program, is_answered_503_until_it_is_free) {
    const shop place;
    const daemon running(place.config());
    EXPECT_EQ(running.send(usaepay_request("e1")).status, 200U);
    {
        inbox_file other(place.inbox());
        other.execute("BEGIN EXCLUSIVE");
        expect_refused(running.send(usaepay_request("e2")));
        other.execute("ROLLBACK");
        EXPECT_EQ(running.send(usaepay_request("e3")).status, 200U);
    }
    EXPECT_EQ(wait_for_events(place.events(), 2).size(), 2U);
}

/// What may have happened to an inbox, and what the daemon says of it.
struct damage_row {
    std::string name;
    std::function<void(const std::string&)> damage;
    std::string message;
};

TEST(a_damaged_inbox, is_never_taken_for_an_empty_one) {
    const damage_row rows[] = {
        {"header zeroed",
         [](const std::string& path) {
             std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
             file << std::string(100, '\0');
         },
         "damaged"},
        {"no database at all", [](const std::string& path) { write_file(path, std::string(50'000, 'x')); },
         "damaged"},
        {"a newer schema",
         [](const std::string& path) { inbox_file(path).execute("PRAGMA user_version=999"); },
         "newer Shopbell"},
    };
    for (const auto& row : rows) {
        const shop place;
        {
            daemon running(place.config());
            EXPECT_EQ(running.send(usaepay_request("e1")).status, 200U);
            EXPECT_EQ(running.stop().code, 0);
        }
        row.damage(place.inbox());
        const auto before = read_file(place.inbox());
        const auto refused = run_shopbell(place.config(), {"serve"});
        EXPECT_EQ(refused.status.code, 1) << row.name;
        EXPECT_NE(refused.errors.find(row.message), std::string::npos) << row.name << ": " << refused.errors;
        EXPECT_NE(refused.errors.find(place.inbox()), std::string::npos)
            << row.name << ": " << refused.errors;
        // All but SQLite's own header, which counts how often the file was opened.
        constexpr std::size_t header = 100;
        EXPECT_TRUE(read_file(place.inbox()).substr(header) == before.substr(header)) << row.name;
    }
}

TEST(the_inbox, is_readable_by_its_owner_only) {
    const shop place;
    const daemon running(place.config());
    EXPECT_EQ(running.send(ejunkie_request("TXN1")).status, 200U);
    for (const auto* const suffix : {"", "-wal", "-shm"}) {
        const auto mode = fs::status(place.inbox() + suffix).permissions();
        EXPECT_EQ(mode, fs::perms::owner_read | fs::perms::owner_write) << suffix;
    }
}

}  // namespace
}  // namespace shopbell::test
