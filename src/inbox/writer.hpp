#pragma once

#include "event_table.hpp"
#include "retention.hpp"
#include "storage_files.hpp"

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/sqlite_inbox.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace shopbell {

struct put_job {
    arrival one;
    boost::asio::any_completion_handler<void(result<receipt>)> done;
};

struct settle_job {
    settlement results;
    boost::asio::any_completion_handler<void(result<void>)> done;
};

using job = std::variant<put_job, settle_job>;

/// The one thread that writes and checkpoints (SQLite before 3.51.3 can lose a commit when a checkpoint on
/// another connection races it). Group commit: it takes all that is waiting, commits it once, then answers;
/// while a commit is in flight the next group gathers by itself.
///
/// After a failed write or fsync the kernel may have dropped pages that look clean, so the same connection is
/// never used again: the next group waits for a new one that has copied the whole log into the database anew
/// and synced it. Until that succeeds every job fails with `unavailable`.
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

    void on_commit(std::function<void()> wake);
    [[nodiscard]] std::optional<std::string> trouble() const;

private:
    void run();
    void write_group(std::vector<job>& group);
    [[nodiscard]] std::optional<std::string> why_no_group();
    [[nodiscard]] std::optional<std::string> why_no_puts();
    [[nodiscard]] result<void> reopen();
    void abandon(std::vector<job>& group, int code, const std::string& doing);
    void checkpoint_if_long();
    void sweep_if_due();
    void set_trouble(std::optional<std::string> reason);

    // Constant after construction.
    const sqlite_settings settings_;
    const std::shared_ptr<log> log_;

    // Only on the writer thread, once it runs.
    sqlite::connection database_;
    event_table table_;
    retention retention_;
    std::chrono::steady_clock::time_point next_sweep_;
    std::int64_t swept_ = 0;
    file_identity file_;
    bool must_reopen_ = false;
    int log_pages_ = 0;

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::vector<job> queue_;
    std::size_t queued_bytes_ = 0;
    bool closing_ = false;
    std::function<void()> wake_;
    std::optional<std::string> trouble_;

    std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace shopbell
