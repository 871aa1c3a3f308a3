#include "support/daemon.hpp"
#include "support/inbox_file.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <thread>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

unsigned mode_of(const std::string& path) {
    struct ::stat about {};
    EXPECT_EQ(::stat(path.c_str(), &about), 0) << path;
    return about.st_mode & 07777U;
}

finished back_up(const shop& place, const std::string& file) {
    return run_shopbell(place.config(), {"backup", file});
}

store_request order(int number) {
    return jumpseller_request("order_paid", jumpseller_order(number, "paid", std::string(2000, 'x')));
}

TEST(backup, of_a_daemon_under_load_is_whole_and_its_owners_alone) {
    const shop place;
    const daemon running(place.config());
    std::atomic<int> sent = 0;
    std::atomic<bool> enough = false;
    std::thread store([&] {
        while (!enough) {
            if (running.send(order(sent + 1)).status == 200)
                ++sent;
            sent.notify_all();
        }
    });
    for (int i = 0; i < 5; ++i) {
        const int before = sent;
        const auto file = place.file("backup " + std::to_string(i % 2));
        const auto done = back_up(place, file);
        EXPECT_EQ(done.status.code, 0) << done.errors;
        EXPECT_EQ(done.errors, "") << "nothing moves but on a terminal";
        EXPECT_EQ(mode_of(file), 0600U);
        EXPECT_EQ(check_integrity(file), "ok");
        EXPECT_GE(std::stoi(inbox_file(file).text("SELECT count(*) FROM events")), before);
        for (const auto* const beside : {".partial", "-wal", "-shm", "-journal", ".partial-journal"})
            EXPECT_FALSE(fs::exists(file + beside)) << beside;
        sent.wait(before);
    }
    enough = true;
    store.join();
}

TEST(backup, of_a_stopped_daemons_inbox_can_be_put_in_its_place) {
    const shop place;
    std::optional<daemon> running(std::in_place, place.config());
    for (int i = 1; i <= 3; ++i)
        EXPECT_EQ(running->send(order(i)).status, 200U);
    wait_for_events(place.events(), 3);
    EXPECT_EQ(running->stop().code, 0);
    const auto file = place.file("backup.db");
    const auto made = place.ask({"backup", file});
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0]["events"], 3);
    EXPECT_EQ(made[0]["bytes"], fs::file_size(file));

    // What is accepted afterwards is not in it, and going back is the owner's decision.
    running.emplace(place.config());
    EXPECT_EQ(running->send(order(4)).status, 200U);
    wait_for_events(place.events(), 4);
    EXPECT_EQ(running->stop().code, 0);
    fs::copy_file(file, place.inbox(), fs::copy_options::overwrite_existing);
    running.emplace(place.config());
    EXPECT_EQ(running->send(order(5)).status, 200U);
    EXPECT_EQ(running->send(order(3)).outcome, "duplicate");
    EXPECT_EQ(running->stop().code, 0);
}

TEST(backup, of_what_a_killed_daemon_left_has_its_log_in_it) {
    const shop place;
    daemon running(place.config());
    for (int i = 1; i <= 3; ++i)
        EXPECT_EQ(running.send(order(i)).status, 200U);
    running.kill();
    const auto file = place.file("backup.db");
    EXPECT_EQ(back_up(place, file).status.code, 0);
    EXPECT_EQ(inbox_file(file).text("SELECT count(*) FROM events"), "3");
}

TEST(backup, destroys_nothing) {
    const shop place;
    const daemon running(place.config());
    EXPECT_EQ(running.send(order(1)).status, 200U);
    write_file(place.file("letter"), "dear customer");
    fs::create_directory(place.file("folder"));
    fs::create_symlink(place.inbox(), place.file("link"));
    for (const auto& file : {place.inbox(), place.inbox() + "-wal", place.file("link"), place.file("letter"),
                             place.file("folder"), place.config()}) {
        const auto before = fs::is_directory(file) ? "" : read_file(file);
        const auto refused = back_up(place, file);
        EXPECT_EQ(refused.status.code, 2) << file << ": " << refused.errors;
        EXPECT_NE(refused.errors.find(file), std::string::npos) << refused.errors;
        if (!fs::is_directory(file)) {
            EXPECT_TRUE(read_file(file) == before) << file;
        }
    }
    EXPECT_EQ(back_up(place, place.file("nowhere/backup.db")).status.code, 1);
    EXPECT_EQ(running.send(order(2)).status, 200U);
}

TEST(backup, of_a_damaged_inbox_says_so_and_leaves_nothing) {
    const shop place;
    {
        daemon running(place.config());
        for (int i = 1; i <= 20; ++i)
            EXPECT_EQ(running.send(order(i)).status, 200U);
        EXPECT_EQ(running.stop().code, 0);
    }
    auto content = read_file(place.inbox());
    const auto at = content.find(std::string(1000, 'x'));
    ASSERT_NE(at, content.npos);
    content[at + 500] = 'y';
    write_file(place.inbox(), content);
    const auto file = place.file("backup.db");
    const auto refused = back_up(place, file);
    EXPECT_EQ(refused.status.code, 1);
    EXPECT_NE(refused.errors.find("is not as it was stored"), std::string::npos) << refused.errors;
    EXPECT_FALSE(fs::exists(file));
    EXPECT_FALSE(fs::exists(file + ".partial"));
}

}  // namespace
}  // namespace shopbell::test
