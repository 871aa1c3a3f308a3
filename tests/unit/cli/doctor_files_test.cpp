#include "../src/cli/doctor_files.hpp"

#include <shopbell/core/permission.hpp>

#include "../src/cli/doctor_clock.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace shopbell {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1024 * 1024;

inbox_file_facts healthy() {
    inbox_file_facts facts;
    facts.exists = true;
    facts.mode = 0600;
    facts.owner = 4242;
    facts.bytes = 10 * mib;
    facts.free_disk = 1024 * mib;
    return facts;
}

void expect_finding(const finding& found, grade how, std::string_view text) {
    EXPECT_EQ(found.how, how) << to_line(found);
    EXPECT_NE(to_line(found).find(text), std::string::npos) << to_line(found);
    const bool advises = how == grade::ok || !found.advice.empty();
    EXPECT_TRUE(advises) << to_line(found);
}

TEST(the_user, should_be_the_inbox_s) {
    expect_finding(judge_user(4242, healthy()), grade::ok, "user: 4242");
    expect_finding(judge_user(4243, healthy()), grade::warn, "sudo -u '#4242' shopbell doctor");
    expect_finding(judge_user(4243, {}), grade::ok, "no inbox yet");
}

TEST(the_user, has_a_name_where_the_system_knows_one) {
    EXPECT_EQ(user_name(0), "root");
}

TEST(secrets, are_looked_at_where_they_stand) {
    const test::temp_dir folder;
    test::write_file(folder.file("token"), "x");
    ASSERT_EQ(::chmod(folder.file("token").c_str(), 0620), 0);
    const auto seen = look_at_secrets({folder.file("token"), folder.file("nowhere")});
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path, folder.file("token"));
    EXPECT_EQ(seen[0].mode, 0620U);
    EXPECT_EQ(seen[0].owner, ::geteuid());
}

const daemon_user shopkeeper{4242, "shopkeeper", {50, 51}};

TEST(secrets, that_the_daemon_can_read_are_in_order) {
    const auto found = judge_secrets(
        {{"/own", 0400, 4242, 0}, {"/of-the-group", 0640, 0, 51}, {"/of-all", 0644, 0, 0}}, shopkeeper);
    ASSERT_EQ(found.size(), 1U);
    expect_finding(found[0], grade::ok, "shopkeeper can read 3 files");
}

TEST(secrets, that_it_cannot_read_come_with_the_command_that_mends_it) {
    const secret_file rows[] = {
        {"/s", 0600, 0, 0}, {"/s", 0640, 0, 0}, {"/s", 0604, 0, 50}, {"/s", 0044, 4242, 50}};
    for (const auto& row : rows) {
        const auto found = judge_secrets({row, {"/own", 0600, 4242, 0}}, shopkeeper);
        ASSERT_EQ(found.size(), 1U);
        expect_finding(found[0], grade::warn,
                       "secrets /s: shopkeeper, whom the daemon runs as, cannot read it");
        EXPECT_EQ(found[0].advice, "chown shopkeeper /s && chmod 600 /s");
    }
}

TEST(secrets, are_all_open_to_root) {
    expect_finding(judge_secrets({{"/s", 0000, 4242, 0}}, look_up_user(0)).at(0), grade::ok,
                   "root can read 1 file");
}

TEST(the_daemon_s_user, has_groups) {
    const auto root = look_up_user(0);
    EXPECT_EQ(root.name, "root");
    EXPECT_NE(std::ranges::find(root.groups, 0U), root.groups.end());
    EXPECT_EQ(look_up_user(4'000'000'000).name, "4000000000");
}

TEST(secrets, need_not_be_in_files) {
    expect_finding(judge_secrets({}, shopkeeper).at(0), grade::ok, "none");
}

TEST(the_inbox_file, is_for_its_owner_only) {
    auto facts = healthy();
    expect_finding(judge_inbox_file("/i.db", facts), grade::ok, "/i.db, 10 MiB");
    facts.mode = 0640;
    expect_finding(judge_inbox_file("/i.db", facts), grade::warn, "chmod 600 /i.db");
    expect_finding(judge_inbox_file("/i.db", {}), grade::warn, "none at /i.db");
}

struct space_row {
    const char* name;
    std::uint64_t free_disk;
    grade how;
};

class inbox_space : public testing::TestWithParam<space_row> {};

TEST_P(inbox_space, is_compared_with_min_free) {
    auto facts = healthy();
    facts.free_disk = GetParam().free_disk;
    expect_finding(judge_inbox_space(facts, 64 * mib, mib), GetParam().how, "min_free");
}

INSTANTIATE_TEST_SUITE_P(
    rows, inbox_space,
    testing::Values(space_row{"plenty", 1024 * mib, grade::ok}, space_row{"enough", 129 * mib, grade::ok},
                    space_row{"little", 129 * mib - 1, grade::warn},
                    space_row{"just_enough", 64 * mib, grade::warn},
                    space_row{"too_little", 64 * mib - 1, grade::fail},
                    space_row{"unknown", std::numeric_limits<std::uint64_t>::max(), grade::warn}),
    [](const auto& row) { return row.param.name; });

TEST(inbox_integrity_check, tells_damage_from_a_lack_of_time_and_of_rights) {
    expect_finding(judge_inbox_integrity("/i.db", inbox_integrity{true, {}}, 30s), grade::ok, "in order");
    expect_finding(
        judge_inbox_integrity("/i.db", inbox_integrity{true, {"page 7: btreeInitPage() returns 11"}}, 30s),
        grade::fail, "page 7");
    expect_finding(judge_inbox_integrity("/i.db", inbox_integrity{}, 30s), grade::warn,
                   "not finished after 30 s");
    expect_finding(judge_inbox_integrity("/i.db", failure{errc::io, "opening the inbox /i.db: denied"}, 30s),
                   grade::fail, "daemon's user");
    const auto damaged =
        judge_inbox_integrity("/i.db", failure{errc::corrupt, "no inbox: restore it from a backup"}, 30s);
    EXPECT_EQ(to_line(damaged), "fail inbox-integrity: no inbox: restore it from a backup");
}

TEST(inbox_sync, warns_of_a_disk_that_every_store_waits_for) {
    expect_finding(judge_inbox_sync(sync_times{1200us, 30ms}), grade::ok,
                   "1.2 ms for 16 KiB, 30.0 ms at the longest");
    expect_finding(judge_inbox_sync(sync_times{100ms, 100ms}), grade::ok, "100.0 ms");
    expect_finding(judge_inbox_sync(sync_times{101ms, 900ms}), grade::warn, "local SSD");
    expect_finding(judge_inbox_sync(failure{errc::io, "writing a file to /x: no"}), grade::fail, "/x");
}

TEST(the_clock, should_be_synchronised) {
    expect_finding(judge_clock({true, true, 12'300us}), grade::ok, "at most 13 ms off");
    expect_finding(judge_clock({true, false, 16s}), grade::warn, "systemd-timesyncd or chrony");
    expect_finding(judge_clock({}), grade::warn, "timedatectl");
}

}  // namespace
}  // namespace shopbell
