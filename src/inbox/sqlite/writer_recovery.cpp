#include "disk_wait.hpp"
#include "schema.hpp"
#include "small_inbox.hpp"
#include "writer.hpp"

#include <algorithm>

// How the writer comes to a connection that it can rely on, and how it lets go of one.

namespace shopbell {

result<void> inbox_writer::open() {
    auto identity = identify_file(settings_.path);
    if (!identity)
        return identity.error();
    file_ = *identity;
    auto opened = reopen();
    // On a full disk what is opened makes room: deliveries end, and what is delivered is removed.
    if (!opened && opened.error().code == errc::io && reserve_.release())
        opened = reopen();
    if (!opened)
        return opened;
    reserve_.refill(settings_.min_free);
    return check_if_small(database_);
}

result<void> inbox_writer::reopen() {
    const disk_wait waiting(*this);
    must_reopen_ = true;
    detach();
    database_.close();
    if (const int code = database_.open(settings_.path, sqlite::access::read_write); code != SQLITE_OK)
        return describe_failure(database_, code, "opening the inbox " + settings_.path);
    if (auto prepared = prepare_schema(database_, settings_.path); !prepared)
        return prepared;
    if (auto recovered = recover_log(); !recovered)
        return recovered;
    if (auto attached = attach(); !attached)
        return attached;
    if (auto sound = check_places(database_, settings_.path); !sound)
        return sound;
    if (auto complete = compare_with_mark(); !complete)
        return complete;
    auto log = identify_file(log_path());
    if (!log)
        return log.error();
    log_file_ = *log;
    must_reopen_ = false;
    return {};
}

/// Nothing may rest on pages that an earlier fsync failed to keep, in this process or in one before it: the
/// log is read anew and copied into the database whole. Where somebody reads the file, or the disk is full,
/// the log stays and is written anew instead.
result<void> inbox_writer::recover_log() {
    if (const int code = database_.distrust_log_index(); code != SQLITE_OK)
        return describe_failure(database_, code, "recovering the inbox " + settings_.path);
    int left = 0;
    database_.set_patience(std::chrono::milliseconds(0));
    const int code =
        sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &left, nullptr);
    database_.set_patience(sqlite::default_patience);
    log_pages_ = 0;
    if (code == SQLITE_OK) {
        truncation_.clean();
        return {};
    }
    if (!sqlite::is_passing(code))
        return describe_failure(database_, code, "recovering the inbox " + settings_.path);
    log_pages_ = std::max(left, checkpoint_pages);
    truncation_.want(std::chrono::steady_clock::now());
    return keep_log_on_disk();
}

result<void> inbox_writer::keep_log_on_disk() {
    if (const int code = database_.execute("BEGIN IMMEDIATE"); code != SQLITE_OK)
        return describe_failure(database_, code, "recovering the inbox " + settings_.path);
    auto kept = write_anew(log_path());
    const int code = database_.execute("ROLLBACK");
    if (kept && code != SQLITE_OK)
        return describe_failure(database_, code, "recovering the inbox " + settings_.path);
    return kept;
}

result<void> inbox_writer::attach() {
    const int prepared = database_.prepare_all(
        {{begin_job_, "SAVEPOINT job"}, {end_job_, "RELEASE job"}, {undo_job_, "ROLLBACK TO job"}});
    for (const int code :
         {prepared, events_.attach(database_), deliveries_.attach(database_), codes_.attach(database_),
          changes_.attach(database_), retention_.attach(database_)}) {
        if (code != SQLITE_OK)
            return describe_failure(database_, code, "reading the inbox " + settings_.path);
    }
    const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<inbox_writer*>(self)->log_pages_ = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(database_.handle(), count_pages, this);
    return {};
}

result<void> inbox_writer::compare_with_mark() {
    const auto name = settings_.path + ".acknowledged";
    if (!is_marked_) {
        std::int64_t identity = 0;
        if (const int code = database_.query("SELECT inbox FROM numbering", identity); code != SQLITE_OK)
            return describe_failure(database_, code, "reading the inbox " + settings_.path);
        auto opened = acknowledged_mark::open(name, identity);
        if (!opened)
            return opened.error();
        mark_ = *std::move(opened);
        is_marked_ = true;
    }
    const auto last = events_.found_last();
    if (auto complete = mark_.check(settings_.path, last); !complete)
        return complete;
    mark_.raise(last);
    return {};
}

void inbox_writer::detach() {
    for (auto* one : {&begin_job_, &end_job_, &undo_job_})
        *one = sqlite::statement();
    events_.detach();
    deliveries_.detach();
    codes_.detach();
    changes_.detach();
    retention_.detach();
}

/// After an error that makes what the connection has done doubtful.
void inbox_writer::lose_connection() {
    must_reopen_ = true;
    if (!database_.is_open())
        return;
    // Where even that fails, the next connection does it before it copies anything.
    (void)database_.distrust_log_index();
    detach();
    database_.close();
}

}  // namespace shopbell
