#include "doctor_files.hpp"

#include <shopbell/admin/moment.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/permission.hpp>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>

namespace shopbell {

namespace {

constexpr unsigned open_to_others = 0077;

/// "12.3 ms"
std::string milliseconds_text(std::chrono::microseconds time) {
    const auto tenths = (time.count() + 50) / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

/// As far as the permission bits tell.
bool may_read(const secret_file& file, const daemon_user& who) {
    if (who.id == 0)
        return true;
    if (file.owner == who.id)
        return (file.mode & S_IRUSR) != 0;
    if (std::ranges::find(who.groups, file.group) != who.groups.end())
        return (file.mode & S_IRGRP) != 0;
    return (file.mode & S_IROTH) != 0;
}

/// sudo takes a number where there is no name.
std::string for_sudo(const std::string& user) {
    const bool is_number = user.find_first_not_of("0123456789") == std::string::npos;
    return is_number ? "'#" + user + "'" : user;
}

}  // namespace

std::vector<secret_file> look_at_secrets(const std::vector<std::string>& paths) {
    std::vector<secret_file> all;
    for (const auto& path : paths) {
        struct ::stat about {};
        if (::stat(path.c_str(), &about) == 0)
            all.push_back({path, about.st_mode & 07777U, about.st_uid, about.st_gid});
    }
    return all;
}

finding judge_user(unsigned us, const inbox_file_facts& inbox) {
    const auto name = user_name(us);
    if (!inbox.exists)
        return {grade::ok, "user", "", name + "; there is no inbox yet to tell whom the daemon runs as", ""};
    if (inbox.owner == us)
        return {grade::ok, "user", "", name + ", whom the inbox belongs to", ""};
    const auto daemon = user_name(inbox.owner);
    return {grade::warn, "user", "",
            "this runs as " + name + ", the inbox belongs to " + daemon +
                ": what may be read and written here says little about the daemon",
            "run it as the daemon's user: sudo -u " + for_sudo(daemon) + " shopbell doctor"};
}

daemon_user look_up_user(unsigned id) {
    daemon_user found{id, user_name(id), {}};
    ::passwd entry{};
    ::passwd* known = nullptr;
    std::array<char, 4096> texts{};
    if (::getpwuid_r(id, &entry, texts.data(), texts.size(), &known) != 0 || known == nullptr)
        return found;
    std::array<::gid_t, 256> groups{};
    int count = groups.size();
    if (::getgrouplist(known->pw_name, known->pw_gid, groups.data(), &count) >= 0)
        found.groups.assign(groups.begin(), groups.begin() + count);
    return found;
}

findings judge_secrets(const std::vector<secret_file>& all, const daemon_user& daemon) {
    findings found;
    for (const auto& one : all) {
        if (!may_read(one, daemon))
            found.push_back({grade::warn, "secrets", one.path,
                             daemon.name + ", whom the daemon runs as, cannot read it (mode " +
                                 octal_mode(one.mode) + ", it belongs to " + user_name(one.owner) + ")",
                             "chown " + daemon.name + " " + one.path + " && chmod 600 " + one.path});
    }
    if (all.empty())
        return {{grade::ok, "secrets", "", "none is in a file of its own", ""}};
    if (found.empty())
        found.push_back(
            {grade::ok, "secrets", "", daemon.name + " can read " + counted(all.size(), "file"), ""});
    return found;
}

finding judge_inbox_file(const std::string& path, const inbox_file_facts& seen) {
    if (!seen.exists)
        return {grade::warn, "inbox", "", "there is none at " + path + " yet",
                "the daemon makes it when it starts; if it has run, set [inbox] path to where its inbox is"};
    if ((seen.mode & open_to_others) != 0)
        return {
            grade::warn, "inbox", "",
            path + " is open to other users (mode " + octal_mode(seen.mode) + ") and holds customers' data",
            "chmod 600 " + path};
    return {grade::ok, "inbox", "",
            path + ", " + to_human_size(seen.bytes) + " and a log of " + to_human_size(seen.log_bytes), ""};
}

finding judge_inbox_space(const inbox_file_facts& seen, std::uint64_t min_free, std::uint64_t max_body) {
    const std::string check = "inbox-space";
    if (seen.free_disk == std::numeric_limits<std::uint64_t>::max())
        return {grade::warn, check, "", "how much room the disk has cannot be seen",
                "see to it that more than min_free (" + to_human_size(min_free) + ") stays free"};
    const auto free = to_human_size(seen.free_disk) + " free";
    const std::string mend =
        "make room on that disk, or give [inbox] a smaller retain or a max_size and restart the daemon";
    if (seen.free_disk < min_free)
        return {grade::fail, check, "",
                free + ", less than min_free (" + to_human_size(min_free) + "): stores get 503", mend};
    if (seen.free_disk < 2 * min_free + max_body)
        return {grade::warn, check, "",
                free + "; below min_free (" + to_human_size(min_free) + ") stores get 503", mend};
    return {grade::ok, check, "", free + ", min_free is " + to_human_size(min_free), ""};
}

finding judge_inbox_integrity(const std::string& path, const result<inbox_integrity>& seen,
                              std::chrono::seconds patience) {
    const std::string check = "inbox-integrity";
    const std::string mend =
        "stop the daemon, copy the file with its -wal, and restore a backup or move the file aside to start "
        "empty";
    if (!seen) {
        if (seen.error().code == errc::corrupt)
            return {grade::fail, check, "", seen.error().reason, ""};
        const auto advice = permission_advice(path, R_OK | W_OK);
        return {grade::fail, check, "", seen.error().reason,
                advice.empty() ? "run this as the daemon's user, who can read it" : advice};
    }
    if (!seen->damage.empty())
        return {grade::fail, check, "", path + " is damaged: " + seen->damage.front(), mend};
    if (!seen->finished)
        return {
            grade::warn, check, "",
            "not finished after " + to_human_time(static_cast<std::uint64_t>(patience.count())) +
                ": the file is large",
            "to have all of it checked, stop the daemon and run: sqlite3 " + path + " 'PRAGMA quick_check'"};
    return {grade::ok, check, "", "the whole file is in order", ""};
}

finding judge_inbox_sync(const result<sync_times>& seen) {
    constexpr std::chrono::milliseconds slow{100};
    const std::string check = "inbox-sync";
    if (!seen)
        return {grade::fail, check, "", seen.error().reason,
                "let the daemon's user write there, and have the disk looked at where it says so"};
    const auto times = milliseconds_text(seen->median) + " for 16 KiB, " + milliseconds_text(seen->longest) +
                       " at the longest";
    if (seen->median > slow)
        return {grade::warn, check, "", times + ": every store waits for that",
                "put the inbox on a local SSD; a network file system or a busy disk is no place for it"};
    return {grade::ok, check, "", times, ""};
}

}  // namespace shopbell
