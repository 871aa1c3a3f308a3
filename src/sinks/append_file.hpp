#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/result.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace shopbell {

struct append_settings {
    ::mode_t mode = 0640;  ///< of a new file, whatever the umask
    bool sync = true;      ///< fsync before an append counts
    /// How long to wait for another holder of the lock, and for the reader of a FIFO.
    std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
};

/// One open file to which whole lines are appended, or none of them. It blocks; not thread-safe. Failures are
/// `io` with the path and the system's words. The process ignores SIGPIPE and SIGXFSZ.
class append_file {
public:
    /// Opens or creates, with the missing directories (0750). A line of ours that a crash left half written
    /// is cut off; what somebody else left without a newline gets one before our next line.
    [[nodiscard]] static result<append_file> open(const std::string& path, const append_settings& settings);

    /// Whether the path still leads to this file: not renamed, not removed.
    [[nodiscard]] bool is_current() const noexcept;
    /// False after a failure that leaves the file's state unknown: let go of it and open anew.
    [[nodiscard]] bool is_usable() const noexcept { return usable_; }
    /// Zero for what is not a regular file.
    [[nodiscard]] result<std::uint64_t> size() const;

    /// Holds a regular file against other daemons with the same path: a failed append is taken back by
    /// cutting the file, which must not cut a stranger's line.
    class hold;
    [[nodiscard]] result<hold> lock(std::chrono::steady_clock::time_point until) const;

    /// Preconditions: it is locked, and `lines` ends with a newline. On failure a regular file is as long as
    /// before.
    [[nodiscard]] result<> append(std::string_view lines, const append_settings& how);

private:
    append_file(std::string path, file_descriptor out, const struct ::stat& about);
    [[nodiscard]] result<> repair_tail(const append_settings& how);
    [[nodiscard]] result<> append_regular(std::string_view bytes, const append_settings& how);
    [[nodiscard]] result<> append_stream(std::string_view bytes, const append_settings& how);
    [[nodiscard]] failure error(std::string_view what, int number) const;

    std::string path_;
    file_descriptor out_;
    ::dev_t device_;
    ::ino_t inode_;
    bool regular_;
    bool usable_ = true;
    bool needs_newline_ = false;
};

/// RAII handle: the lock of an open file, which outlives it.
class append_file::hold {
public:
    explicit hold(int descriptor) noexcept : descriptor_(descriptor) {}
    hold(hold&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    hold& operator=(hold&&) = delete;
    ~hold();

private:
    int descriptor_;  // -1: nothing is held
};

}  // namespace shopbell
