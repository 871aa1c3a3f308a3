#include <shopbell/inbox/sqlite/backup.hpp>

#include "reading.hpp"
#include "rows.hpp"
#include "schema.hpp"
#include "storage_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace shopbell {

namespace {

namespace fs = std::filesystem;

/// Between two looks at the progress.
constexpr int pages_at_once = 256;

/// Whether the file begins as an inbox does: SQLite's header, and our application id in it.
bool is_inbox(const std::string& path) {
    const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char header[72] = {};
    if (::pread(file.number(), header, sizeof header, 0) != static_cast<::ssize_t>(sizeof header))
        return false;
    const std::string_view seen(header, sizeof header);
    return seen.starts_with("SQLite format 3") && seen.substr(68) == "Shop";
}

/// Refuses what would destroy something: the inbox itself, the files beside it, a file of another kind.
result<void> check_target(const std::string& from, const std::string& to) {
    const auto inbox = resolve_links(from);
    std::error_code error;
    const auto target = fs::weakly_canonical(fs::absolute(to, error), error).string();
    for (const auto* const suffix : {"", "-wal", "-shm", ".lock", ".acknowledged", ".rejections"}) {
        if (target == inbox + suffix)
            return failure{errc::malformed, to + " belongs to the inbox itself: name another file"};
    }
    struct ::stat about {};
    if (::stat(to.c_str(), &about) != 0)
        return {};
    if (S_ISREG(about.st_mode) && is_inbox(to))
        return {};
    return failure{errc::malformed,
                   to + " is there and is no backup of an inbox: remove it, or name another file"};
}

/// The copy until it is whole: locked against another backup to the same name, gone unless it is kept.
class partial_file {
public:
    explicit partial_file(const std::string& target)
        : target_(target),
          path_(target + ".partial"),
          file_(::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) {}
    ~partial_file() {
        if (is_ours_)
            ::unlink(path_.c_str());
    }
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;

    [[nodiscard]] result<void> begin() {
        if (file_.number() < 0)
            return system_failure("creating " + path_);
        if (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0)
            return failure{errc::io, "another backup to " + target_ + " is under way"};
        is_ours_ = true;
        if (::ftruncate(file_.number(), 0) != 0 || ::fchmod(file_.number(), 0600) != 0)
            return system_failure("creating " + path_);
        return {};
    }

    /// On stable storage under its own name.
    [[nodiscard]] result<std::uint64_t> keep() {
        struct ::stat about {};
        if (::fsync(file_.number()) != 0 || ::fstat(file_.number(), &about) != 0)
            return system_failure("syncing " + path_);
        if (::rename(path_.c_str(), target_.c_str()) != 0)
            return system_failure("renaming " + path_ + " to " + target_);
        is_ours_ = false;
        if (auto synced = sync_directory(fs::absolute(target_).parent_path()); !synced)
            return synced.error();
        return static_cast<std::uint64_t>(about.st_size);
    }

    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    const std::string target_;
    const std::string path_;
    const descriptor file_;  // outlives SQLite's own
    bool is_ours_ = false;
};

struct backup_closer {
    void operator()(sqlite3_backup* one) const noexcept { sqlite3_backup_finish(one); }
};

/// Within one snapshot of the source: what is accepted meanwhile is not in it, and does not begin it anew.
result<void> copy_pages(const std::string& from, sqlite::connection& to, const backup_progress& tell) {
    sqlite::connection source;
    if (auto opened = open_for_reading(source, from); !opened)
        return opened;
    const auto doing = "reading the inbox " + from;
    const sqlite::snapshot moment(source);
    std::int64_t page_size = 0, tables = 0;
    for (const int code : {source.query("PRAGMA page_size", page_size),
                           source.query("SELECT count(*) FROM sqlite_schema", tables)}) {
        if (code != SQLITE_OK)
            return describe_failure(source, code, doing);
    }
    const std::unique_ptr<sqlite3_backup, backup_closer> copy(
        sqlite3_backup_init(to.handle(), "main", source.handle(), "main"));
    if (!copy)
        return describe_failure(to, sqlite3_errcode(to.handle()), "writing " + to.path());
    const auto bytes = [page_size](int pages) {
        return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_size);
    };
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(copy.get(), pages_at_once);
        const int pages = sqlite3_backup_pagecount(copy.get());
        tell(bytes(pages - sqlite3_backup_remaining(copy.get())), bytes(pages));
    }
    if (code == SQLITE_DONE)
        return {};
    const bool is_source = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
    return describe_failure(is_source ? source : to, code,
                            is_source ? doing : "copying the inbox " + from + " to " + to.path());
}

/// Reads every page and every event of the copy. How many events there are.
result<std::uint64_t> verify(sqlite::connection& copy, const std::string& from) {
    const auto doing = "checking the copy of the inbox " + from;
    sqlite::statement structure, events;
    int code = copy.prepare("PRAGMA integrity_check(1)", structure);
    if (code == SQLITE_OK)
        code = structure.step();
    if (code != SQLITE_ROW)
        return describe_failure(copy, code, doing);
    if (structure.bytes(0) != "ok")
        return failure{errc::corrupt,
                       doing + ": " + std::string(structure.bytes(0)) + "; the inbox itself is damaged"};
    structure.reset();
    code = copy.prepare(std::string(event_columns) + " ORDER BY number", events);
    if (code != SQLITE_OK)
        return describe_failure(copy, code, doing);
    std::uint64_t count = 0;
    while ((code = events.step()) == SQLITE_ROW) {
        stored_event one;
        if (const int damaged = event_from(events, one); damaged != SQLITE_OK)
            return failure{errc::corrupt, doing + ": event " + std::to_string(one.number) +
                                              " is not as it was stored; the inbox itself is damaged"};
        ++count;
    }
    if (code != SQLITE_DONE)
        return describe_failure(copy, code, doing);
    return count;
}

/// One file that needs no log beside it, and another inbox than the one it was copied from: what that one
/// acknowledges later is nothing that this one lacks.
result<void> make_independent(sqlite::connection& copy) {
    const int code = copy.execute(
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF;"
        "UPDATE numbering SET inbox = random();");
    if (code != SQLITE_OK)
        return describe_failure(copy, code, "writing " + copy.path());
    return {};
}

result<std::uint64_t> make_copy(const std::string& from, const std::string& to, const backup_progress& tell) {
    const auto doing = "writing " + to;
    {
        sqlite::connection copy;
        if (const int code = copy.open(to, sqlite::access::read_write); code != SQLITE_OK)
            return describe_failure(copy, code, doing);
        if (const int code = copy.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;");
            code != SQLITE_OK)
            return describe_failure(copy, code, doing);
        if (auto copied = copy_pages(from, copy, tell); !copied)
            return copied.error();
    }
    sqlite::connection copy;
    if (const int code = copy.open(to, sqlite::access::read_write); code != SQLITE_OK)
        return describe_failure(copy, code, doing);
    if (auto made = make_independent(copy); !made)
        return made.error();
    return verify(copy, from);
}

}  // namespace

result<backup_summary> back_up_inbox(const std::string& from, const std::string& to,
                                     const backup_progress& tell) {
    if (auto fit = check_target(from, to); !fit)
        return fit.error();
    partial_file partial(to);
    if (auto begun = partial.begin(); !begun)
        return begun.error();
    const auto events = make_copy(from, partial.path(), tell);
    if (!events)
        return events.error();
    const auto bytes = partial.keep();
    if (!bytes)
        return bytes.error();
    return backup_summary{*events, *bytes};
}

}  // namespace shopbell
