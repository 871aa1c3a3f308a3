#include "directories.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace shopbell {

failure os_failure(std::string_view what, const std::string& path, int number) {
    std::string reason(what);
    (reason += ' ') += path;
    (reason += ": ") += std::generic_category().message(number);
    return {errc::io, std::move(reason)};
}

std::string parent_of(const std::string& path) {
    const auto end = path.find_last_not_of('/');
    if (end == std::string::npos)
        return "/";
    const auto slash = path.rfind('/', end);
    if (slash == std::string::npos)
        return ".";
    const auto last = path.find_last_not_of('/', slash);
    return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

result<> make_directories(const std::string& directory, bool sync) {
    if (::mkdir(directory.c_str(), 0750) == 0)
        return sync ? sync_directory(parent_of(directory)) : result<>();
    if (errno == EEXIST)
        return {};
    if (errno != ENOENT)
        return os_failure("cannot make the directory", directory, errno);
    if (auto made = make_directories(parent_of(directory), sync); !made)
        return made;
    if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST)
        return os_failure("cannot make the directory", directory, errno);
    return sync ? sync_directory(parent_of(directory)) : result<>();
}

result<> sync_directory(const std::string& directory) {
    const file_descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) {
        // A directory that may be written but not listed cannot be synced by anybody but its owner.
        return errno == EACCES ? result<>() : os_failure("cannot open the directory", directory, errno);
    }
    // EINVAL: a file system that has nothing to sync here.
    if (::fsync(opened.get()) != 0 && errno != EINVAL)
        return os_failure("cannot sync the directory", directory, errno);
    return {};
}

result<> check_directory(const std::string& directory) {
    std::string nearest = directory;
    struct ::stat about {};
    while (::stat(nearest.c_str(), &about) != 0) {
        const std::string parent = parent_of(nearest);
        if (errno != ENOENT || parent == nearest)
            return os_failure("cannot use the directory", nearest, errno);
        nearest = parent;
    }
    if (!S_ISDIR(about.st_mode))
        return os_failure("cannot use the directory", nearest, ENOTDIR);
    if (::access(nearest.c_str(), W_OK | X_OK) == 0)
        return {};
    return os_failure(nearest == directory ? "cannot write to the directory" : "cannot make directories in",
                      nearest, errno);
}

}  // namespace shopbell
