#include "disk_reserve.hpp"

#include "storage_files.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace shopbell {

namespace {

constexpr std::uint64_t reserved_bytes = 1024UL * 1024;
constexpr std::uint64_t plenty_of_disk = 16 * reserved_bytes;

}  // namespace

void disk_reserve::refill(std::uint64_t min_free) const noexcept {
    if (::access(path_.c_str(), F_OK) == 0)
        return;
    if (const auto free = free_space(inbox_); free < plenty_of_disk || free - plenty_of_disk < min_free)
        return;
    const descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.number() >= 0 && ::posix_fallocate(file.number(), 0, reserved_bytes) != 0)
        ::unlink(path_.c_str());
}

bool disk_reserve::release() const noexcept {
    return ::unlink(path_.c_str()) == 0;
}

}  // namespace shopbell
