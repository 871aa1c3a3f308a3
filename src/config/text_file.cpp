#include "text_file.hpp"

#include <shopbell/config/reader.hpp>
#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/permission.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace shopbell::config {

namespace {

failure system_failure() {
    return {errc::io, std::generic_category().message(errno)};
}

}  // namespace

result<text_file> read_text_file(const std::string& path, std::size_t limit) {
    const file_descriptor input(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!input || ::fstat(input.get(), &status) != 0)
        return with_permission_advice(system_failure(), path, R_OK);

    text_file file;
    file.mode = status.st_mode & 07777U;
    file.owner = status.st_uid;
    file.group = status.st_gid;
    // One byte more than fits tells a file of just that size from a larger one. The buffer never grows while
    // it is filled: growing would leave copies of a secret behind in freed memory.
    const auto expected = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : limit;
    file.content.resize(std::min(expected, limit) + 1);
    std::size_t filled = 0;
    while (filled < file.content.size()) {
        const auto count = ::read(input.get(), file.content.data() + filled, file.content.size() - filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return system_failure();
        if (count == 0)
            break;
        filled += static_cast<std::size_t>(count);
    }
    if (filled > limit)
        return failure{errc::io, "larger than " + to_text(std::uint64_t{limit})};
    file.content.resize(filled);
    return file;
}

}  // namespace shopbell::config
