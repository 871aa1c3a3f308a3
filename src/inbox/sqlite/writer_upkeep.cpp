#include "disk_wait.hpp"
#include "occupancy.hpp"
#include "writer.hpp"

#include <algorithm>
#include <utility>

// What the writer does between its groups: retention, checkpoints, and cutting the log after an erasure.

namespace shopbell {

namespace {

/// What a sweep may take between two groups: after a group that the disk has held up, the next one does not
/// wait as long again.
constexpr std::chrono::milliseconds longest_sweep{10};

}  // namespace

/// However much there is to remove, half of the time is the groups', and as much is the removing's: else what
/// is accepted at the highest rate would never be caught up with.
void inbox_writer::sweep_if_due(std::chrono::steady_clock::duration group_took) {
    const auto begun = std::chrono::steady_clock::now();
    if (begun < next_sweep_)
        return;
    next_sweep_ = begun + settings_.sweep_every;
    if (auto lost = why_files_are_lost())
        return set_trouble(std::move(lost));
    if (must_reopen_)
        return;
    reserve_.refill(settings_.min_free);
    const auto enough = std::min<std::chrono::steady_clock::duration>(group_took, longest_sweep);
    bool more = true;
    auto ended = begun;
    while (more && (ended == begun || ended - begun < enough)) {
        more = sweep_step();
        ended = std::chrono::steady_clock::now();
    }
    next_sweep_ = ended + (more ? ended - begun : settings_.sweep_every);
}

/// Whether there is more to remove.
bool inbox_writer::sweep_step() {
    retention::progress done;
    const disk_wait waiting(*this);
    if (const int code = retention_.step(now(), done); code != SQLITE_OK) {
        log_->warn("removing delivered events failed", {{"reason", database_.message(code)}});
        const bool rolled_back =
            sqlite3_get_autocommit(database_.handle()) != 0 || database_.execute("ROLLBACK") == SQLITE_OK;
        if (!rolled_back || !sqlite::is_passing(code))
            lose_connection();
        done = {};
    }
    swept_ += done.removed;
    if (!done.more && swept_ > 0)
        log_->info("removed delivered events",
                   {{"events", static_cast<long long>(std::exchange(swept_, 0))}});
    return done.more && !must_reopen_;
}

void inbox_writer::checkpoint_if_long() {
    if (must_reopen_ || log_pages_ < checkpoint_pages)
        return;
    int left = 0, copied = 0;
    const disk_wait waiting(*this);
    const int code =
        sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &left, &copied);
    if (code == SQLITE_OK && left == copied) {
        log_pages_ = 0;
        // Grown behind a reader, its file would stay as long as it was.
        if (log_bytes(database_) > ordinary_log)
            truncation_.want(std::chrono::steady_clock::now());
    }
    if (code != SQLITE_OK && !sqlite::is_passing(code))
        fail_checkpoint(code);
}

void inbox_writer::truncate_if_due(std::chrono::steady_clock::time_point at) {
    if (!truncation_.wanted() || at < truncation_.due())
        return;
    if (!must_reopen_) {
        const disk_wait waiting(*this);
        const int code = truncation_.attempt(database_, at);
        if (code == SQLITE_OK)
            log_pages_ = 0;
        else if (!sqlite::is_passing(code))
            fail_checkpoint(code);
    }
    truncation_.answer_late(at, *log_);
}

void inbox_writer::fail_checkpoint(int code) {
    log_->error("checkpointing the inbox failed", {{"reason", database_.message(code)}});
    lose_connection();
}

}  // namespace shopbell
