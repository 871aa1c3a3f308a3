#include "storage_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace shopbell {

namespace fs = std::filesystem;

failure system_failure(const std::string& doing) {
    return failure{errc::io, doing + ": " + std::generic_category().message(errno)};
}

namespace {

result<void> make_directories(const fs::path& directory) {
    if (fs::exists(directory))
        return {};
    const auto parent = directory.parent_path();
    if (auto made = make_directories(parent); !made)
        return made;
    if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST)
        return system_failure("creating the directory " + directory.string());
    return sync_directory(parent);
}

std::string holder(int lock) {
    char text[16] = {};
    const auto size = ::pread(lock, text, sizeof text - 1, 0);
    return size > 0 ? " (process " + std::string(text, static_cast<std::size_t>(size)) + ")" : std::string();
}

failure lock_failure(const std::string& path, const std::string& who) {
    if (errno != EWOULDBLOCK)
        return system_failure("locking the inbox " + path);
    return failure{errc::io, "another shopbell" + who + " is using the inbox " + path +
                                 ": stop it, or give this one another [inbox] path"};
}

}  // namespace

result<void> sync_directory(const std::filesystem::path& directory) {
    const descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.number() < 0 || ::fsync(opened.number()) != 0)
        return system_failure("syncing the directory " + directory.string());
    return {};
}

descriptor::descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

descriptor& descriptor::operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

descriptor::~descriptor() {
    if (number_ >= 0)
        ::close(number_);
}

result<inbox_lock> lock_inbox(const std::string& path) {
    const auto name = path + ".lock";
    descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (lock.number() < 0)
        return system_failure("opening the lock file " + name);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0)
        return lock_failure(path, holder(lock.number()));
    descriptor database(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (database.number() < 0)
        return system_failure("opening the inbox " + path);
    if (::flock(database.number(), LOCK_EX | LOCK_NB) != 0)
        return lock_failure(path, " (under another name of the file)");
    const auto pid = std::to_string(::getpid());
    if (::ftruncate(lock.number(), 0) != 0 || ::pwrite(lock.number(), pid.data(), pid.size(), 0) < 0) {
        // Only the error message of a second process would have used it: a full disk must not stop us here.
    }
    return inbox_lock{std::move(lock), std::move(database)};
}

std::string resolve_links(const std::string& path) {
    std::error_code error;
    const auto real = fs::canonical(path, error);
    return error ? path : real.string();
}

result<void> create_inbox_file(const std::string& path) {
    const auto directory = fs::absolute(path).parent_path();
    if (auto made = make_directories(directory); !made)
        return made;
    const descriptor created(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (created.number() < 0) {
        if (errno == EEXIST)
            return {};
        return system_failure("creating the inbox " + path);
    }
    return sync_directory(directory);
}

result<file_identity> identify_file(const std::string& path) {
    struct ::stat info {};
    if (::stat(path.c_str(), &info) != 0)
        return system_failure("looking at the inbox " + path);
    return file_identity{info.st_dev, info.st_ino};
}

result<void> write_anew(const std::string& path) {
    const auto doing = "writing " + path + " anew";
    const descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (file.number() < 0)
        return system_failure(doing);
    std::vector<char> part(std::size_t{1024} * 1024);
    for (::off_t at = 0;;) {
        const auto size = ::pread(file.number(), part.data(), part.size(), at);
        if (size < 0)
            return system_failure(doing);
        if (size == 0)
            break;
        const auto written = ::pwrite(file.number(), part.data(), static_cast<std::size_t>(size), at);
        if (written <= 0)
            return system_failure(doing);
        at += written;
    }
    if (::fsync(file.number()) != 0)
        return system_failure("syncing " + path);
    return {};
}

std::uint64_t free_space(const std::string& path) noexcept {
    struct ::statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0)
        return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{info.f_bavail} * info.f_frsize;
}

}  // namespace shopbell
