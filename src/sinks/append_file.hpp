#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/result.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace shopbell {

struct append_settings {
    ::mode_t mode = 0640;                        ///< of a new file, whatever the umask
    bool sync = true;                            ///< fsync before an append counts
    std::chrono::milliseconds patience{30'000};  ///< for a FIFO whose reader is slow
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

    /// Precondition: `lines` ends with a newline. On failure a regular file is as long as before. Waits for
    /// another writer of ours (flock) with the same path.
    [[nodiscard]] result<> append(std::string_view lines);

private:
    append_file(std::string path, append_settings settings, file_descriptor out, const struct ::stat& about);
    [[nodiscard]] result<> repair_tail();
    [[nodiscard]] result<> append_regular(std::string_view bytes);
    [[nodiscard]] result<> append_stream(std::string_view bytes);
    [[nodiscard]] failure error(std::string_view what, int number) const;

    std::string path_;
    append_settings settings_;
    file_descriptor out_;
    ::dev_t device_;
    ::ino_t inode_;
    bool regular_;
    bool usable_ = true;
    bool needs_newline_ = false;
};

/// path -> path.1 -> path.2 ... with `keep` of them kept; the oldest goes.
[[nodiscard]] result<> rotate(const std::string& path, unsigned keep, bool sync);

}  // namespace shopbell
