#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/result.hpp>

#include <spdlog/sinks/sink.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace shopbell {

/// Where finished lines go: standard output, standard error or a file. A line that cannot be written (a full
/// disk, a reader that left) is counted and forgotten, since the log must never stop the daemon.
/// `log` is called by the one thread of the log's pool, everything else by any thread.
class log_output final : public spdlog::sinks::sink {
public:
    /// Fails with `io` and the path.
    [[nodiscard]] static result<std::shared_ptr<log_output>> open(const std::string& output);

    void log(const spdlog::details::log_msg& line) override;
    void flush() override {}
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

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
    [[nodiscard]] bool write_whole(const target& out, std::string_view bytes);
    [[nodiscard]] bool await_room(int descriptor) const;

    const std::string path_;  // empty for standard output and standard error
    std::atomic<std::size_t> failed_ = 0;
    std::atomic<clock::rep> deadline_ = clock::time_point::max().time_since_epoch().count();

    mutable std::mutex mutex_;
    std::shared_ptr<const target> target_;  // guarded by mutex_

    bool torn_ = false;   // only on the log's thread: the last line stands there without its end
    std::string buffer_;  // only on the log's thread
};

}  // namespace shopbell
