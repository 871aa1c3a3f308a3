#pragma once

#include <shopbell/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace shopbell {

/// What the system call that just failed says in `errno`, behind what was being done.
[[nodiscard]] failure system_failure(const std::string& doing);

/// An open file descriptor, closed when it goes.
class descriptor {
public:
    explicit descriptor(int number = -1) noexcept : number_(number) {}
    descriptor(descriptor&& other) noexcept;
    descriptor& operator=(descriptor&& other) noexcept;
    ~descriptor();
    [[nodiscard]] int number() const noexcept { return number_; }

private:
    int number_;
};

/// Keeps an inbox to one process, under whichever name it is opened. To be destroyed after every connection:
/// closing any descriptor of the database drops SQLite's POSIX locks.
struct inbox_lock {
    descriptor file;      ///< `<inbox>.lock`, which names the process
    descriptor database;  ///< the file itself, for those who come by another name of it
};

/// Fails with `io`, naming the process that holds it.
[[nodiscard]] result<inbox_lock> lock_inbox(const std::string& path);

/// The name of the file behind symbolic links: that is where SQLite keeps its log.
[[nodiscard]] std::string resolve_links(const std::string& path);

/// Makes sure that the file exists: a new one gets mode 0600 and is durable in its directory; directories
/// made on the way get 0750 and are durable in theirs.
[[nodiscard]] result<void> create_inbox_file(const std::string& path);

/// Makes what was created, renamed or removed in it durable. Fails with `io`.
[[nodiscard]] result<void> sync_directory(const std::filesystem::path& directory);

/// Which file stands behind a path, to notice that it was removed or replaced.
struct file_identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const file_identity&) const = default;
};
[[nodiscard]] result<file_identity> identify_file(const std::string& path);

/// Writes the bytes of a file over themselves and syncs it: after a failed fsync the kernel may call pages
/// clean that never reached the disk. Nobody else may write to it meanwhile. Fails with `io`.
[[nodiscard]] result<void> write_anew(const std::string& path);

/// Bytes that this process may still write on the file system of `path`; the largest number where unknown.
[[nodiscard]] std::uint64_t free_space(const std::string& path) noexcept;

}  // namespace shopbell
