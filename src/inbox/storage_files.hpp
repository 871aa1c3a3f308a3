#pragma once

#include <shopbell/core/result.hpp>

#include <cstdint>
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

/// Holds `<inbox>.lock` for this process until the value goes. A file of its own: closing any descriptor of
/// the database itself would drop SQLite's POSIX locks. Fails with `io`, naming the process that holds it.
[[nodiscard]] result<descriptor> lock_inbox(const std::string& path);

/// Makes sure that the file exists: a new one gets mode 0600 and is durable in its directory; directories
/// made on the way get 0750 and are durable in theirs.
[[nodiscard]] result<void> create_inbox_file(const std::string& path);

/// Which file stands behind a path, to notice that it was removed or replaced.
struct file_identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const file_identity&) const = default;
};
[[nodiscard]] result<file_identity> identify_file(const std::string& path);

/// Bytes that this process may still write on the file system of `path`; the largest number where unknown.
[[nodiscard]] std::uint64_t free_space(const std::string& path) noexcept;

}  // namespace shopbell
