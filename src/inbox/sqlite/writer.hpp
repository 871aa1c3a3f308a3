#pragma once

#include "acknowledged_mark.hpp"
#include "change_table.hpp"
#include "code_table.hpp"
#include "delivery_table.hpp"
#include "disk_reserve.hpp"
#include "event_table.hpp"
#include "job.hpp"
#include "log_truncation.hpp"
#include "retention.hpp"
#include "storage_files.hpp"
#include <shopbell/inbox/arrival_listeners.hpp>
#include <shopbell/inbox/group_answers.hpp>

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace shopbell {

/// The one thread that writes and checkpoints (SQLite before 3.51.3 can lose a commit when a checkpoint on
/// another connection races it). Group commit: it takes all that is waiting, commits it once, then answers;
/// while a commit is in flight the next group gathers by itself.
///
/// After a failed write or fsync the kernel may have dropped pages that look clean, so the same connection is
/// never used again, and nothing that it or its checkpoints did is relied on: the next group waits for a new
/// one, which has read the log itself and has it on the disk, in the database or anew in the log. Until that
/// succeeds every job fails with `unavailable`. Nobody who only reads can keep it from succeeding.
class inbox_writer {
public:
    inbox_writer(sqlite_settings settings, std::shared_ptr<log> lines);
    ~inbox_writer();  ///< writes what is queued, then ends the thread

    inbox_writer(const inbox_writer&) = delete;
    inbox_writer& operator=(const inbox_writer&) = delete;

    /// Opens or creates the file. Before `start`, on the caller's thread.
    [[nodiscard]] result<void> open();
    void start();

    /// From any thread. A job that finds the queue full is answered with `busy` at once.
    void submit(job one);

    [[nodiscard]] subscription on_arrival(std::function<void()> wake) {
        return listeners_.add(std::move(wake));
    }
    [[nodiscard]] std::optional<std::string> trouble() const;
    /// See inbox::ping; past the queue's bound.
    void ping(std::function<void()> answered);

    /// From any thread: whether those who deliver could read. While they cannot, no event is accepted; after
    /// damage none ever.
    void reading_failed(const failure& why);
    void reading_worked();

private:
    class disk_wait;
    void run();
    [[nodiscard]] bool take(std::vector<job>& group);
    void write_group(std::vector<job>& group);
    void tell(const std::vector<job>& group, const std::vector<std::optional<failure>>& refused,
              std::chrono::steady_clock::duration took);
    void tell_failure();
    [[nodiscard]] int begin();
    [[nodiscard]] int commit();
    [[nodiscard]] std::string log_path() const { return settings_.path + "-wal"; }
    [[nodiscard]] int write_whole(job& one, time_point at, std::int64_t& budget);
    [[nodiscard]] int write(job& one, time_point at, std::int64_t& budget);
    [[nodiscard]] int write_sale(put_job& what, time_point at);
    void answer(job& one, group_answers& answers, std::vector<job>& unfinished);
    void answer_change(change_job& one, std::vector<job>& unfinished);
    void put_back(std::vector<job> unfinished);
    [[nodiscard]] std::optional<std::string> why_no_group();
    [[nodiscard]] std::optional<std::string> why_no_puts();
    [[nodiscard]] std::optional<std::string> why_files_are_lost();
    [[nodiscard]] std::string save_lost_log();
    [[nodiscard]] result<void> reopen();
    [[nodiscard]] result<void> recover_log();
    [[nodiscard]] result<void> keep_log_on_disk();
    [[nodiscard]] result<void> attach();
    [[nodiscard]] result<void> compare_with_mark();
    void detach();
    void lose_connection();
    void abandon(std::vector<job>& group, int code, const std::string& doing);
    void checkpoint_if_long();
    void fail_checkpoint(int code);
    void truncate_if_due(std::chrono::steady_clock::time_point at);
    void sweep_if_due(std::chrono::steady_clock::duration group_took);
    [[nodiscard]] bool sweep_step();
    void answer_pings();
    void set_trouble(std::optional<std::string> reason);

    /// Pages of 16 KiB: the log is copied back at about 4 MB. Shorter logs checkpoint too often, longer ones
    /// stall.
    static constexpr int checkpoint_pages = 256;
    /// So long without an answer is worth telling.
    static constexpr std::chrono::seconds slow_disk{5};

    // Constant after construction.
    const sqlite_settings settings_;
    const std::shared_ptr<log> log_;

    // Only on the writer thread, once it runs.
    sqlite::connection database_;
    sqlite::statement begin_job_, end_job_, undo_job_;
    event_table events_;
    delivery_table deliveries_;
    code_table codes_;
    change_table changes_{deliveries_, codes_};
    retention retention_;
    log_truncation truncation_;
    std::chrono::steady_clock::time_point next_sweep_;
    std::int64_t swept_ = 0;
    disk_reserve reserve_;
    acknowledged_mark mark_;
    file_identity file_, log_file_;
    std::optional<std::string> row_trouble_;  ///< why the latest put failed alone
    bool must_reopen_ = false;
    bool is_marked_ = false;
    int log_pages_ = 0;

    arrival_listeners listeners_;  // thread-safe by itself

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::vector<job> queue_;
    std::size_t queued_bytes_ = 0;
    std::vector<std::function<void()>> pings_;
    bool closing_ = false;
    std::optional<std::string> trouble_;
    std::optional<failure> unreadable_;                                ///< why those who deliver cannot read
    std::optional<std::chrono::steady_clock::time_point> disk_since_;  ///< when a wait for the disk began

    std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace shopbell
