#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/result.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Where finished lines go: standard output, standard error or a file. A line that cannot be written (a full
/// disk, a reader that left) is counted and forgotten, since the log must never stop the daemon.
/// `write` is called by the one thread of the log's queue, everything else by any thread.
class log_output {
public:
    /// Fails with `io` and the path.
    [[nodiscard]] static result<std::shared_ptr<log_output>> open(const std::string& output);

    /// Whole lines with their newlines, in as few writes as the output allows. Not while the former call
    /// runs. Returns the numbers, from 0 and ascending, of those that could not be written.
    std::vector<std::uint64_t> write(std::string_view lines);

    /// A file by the same path, made anew where it was renamed. On failure the old one stays in use.
    [[nodiscard]] result<> reopen();

    /// From now on a reader that does not read is waited for this long altogether, not for ever.
    void finish_within(std::chrono::milliseconds grace) noexcept;

    [[nodiscard]] std::size_t failed() const noexcept { return failed_.load(std::memory_order_relaxed); }

private:
    struct target;
    using clock = std::chrono::steady_clock;

    log_output(std::string path, std::shared_ptr<const target> out) noexcept;
    [[nodiscard]] std::shared_ptr<const target> current() const;
    [[nodiscard]] std::vector<std::uint64_t> put_all(const target& out, std::string_view lines);
    /// How many of the bytes were written before the output refused.
    [[nodiscard]] std::size_t put(const target& out, std::string_view bytes) const;
    [[nodiscard]] bool await_room(int descriptor) const;

    const std::string path_;  // empty for standard output and standard error
    std::atomic<std::size_t> failed_ = 0;
    std::atomic<clock::rep> deadline_ = clock::time_point::max().time_since_epoch().count();

    mutable std::mutex mutex_;
    std::shared_ptr<const target> target_;  // guarded by mutex_

    // Only on the log's thread.
    bool torn_ = false;         // the last line stands there without its end
    std::size_t gathered_ = 0;  // bytes since the kernel was last asked to write them out
};

}  // namespace shopbell
