// A disk that can fail, for one process: an LD_PRELOAD library. It keeps a shadow of every file below
// FAULT_DISK_FOLDER in FAULT_DISK_SHADOW, which holds only what a sync has confirmed: what a power cut would
// leave. A sync of the file that FAULT_DISK_FAIL names in its text fails once, as the kernel's do: what
// waited for it is forgotten, and a later sync does not bring it back (fsync(2), "EIO").

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

template <class Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string setting(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : value;
}

/// A change that no sync has confirmed yet.
struct change {
    ::off_t at;         // of the bytes; or the new length
    std::string bytes;  // empty: the length changes
};

class disk {
public:
    static disk& instance() {
        static disk* const one = new disk;  // never ends: others may call until the last moment
        return *one;
    }

    void opened(int descriptor, std::string_view path, bool is_new) {
        if (descriptor < 0 || !path.starts_with(folder_ + "/"))
            return;
        const std::lock_guard guard(mutex_);
        const auto name = std::string(path.substr(folder_.size() + 1));
        names_[descriptor] = name;
        if (is_new)
            waiting_[name] = {{0, {}}};
    }
    /// At once: who removes a file that must not come back syncs its folder.
    void removed(std::string_view path) {
        if (!path.starts_with(folder_ + "/"))
            return;
        const std::lock_guard guard(mutex_);
        const auto name = std::string(path.substr(folder_.size() + 1));
        waiting_.erase(name);
        next<int(const char*)>("unlink")((shadow_ + "/" + name).c_str());
    }
    void closed(int descriptor) {
        const std::lock_guard guard(mutex_);
        names_.erase(descriptor);
    }
    void written(int descriptor, const void* data, ::ssize_t size, ::off_t at) {
        if (size > 0)
            note(descriptor,
                 {at, std::string(static_cast<const char*>(data), static_cast<std::size_t>(size))});
    }
    void truncated(int descriptor, ::off_t length) { note(descriptor, {length, {}}); }

    /// False where it fails.
    bool sync(int descriptor) {
        const std::lock_guard guard(mutex_);
        const auto found = names_.find(descriptor);
        if (found == names_.end())
            return true;
        const auto changes = std::exchange(waiting_[found->second], {});
        if (is_to_fail(found->second))
            return false;
        confirm(shadow_ + "/" + found->second, changes);
        return true;
    }

private:
    void note(int descriptor, change one) {
        const std::lock_guard guard(mutex_);
        if (const auto found = names_.find(descriptor); found != names_.end())
            waiting_[found->second].push_back(std::move(one));
    }

    bool is_to_fail(const std::string& name) const {
        std::ifstream orders(fail_);
        std::string wanted;
        orders >> wanted;
        if (wanted != name)
            return false;
        next<int(const char*)>("unlink")(fail_.c_str());
        return true;
    }

    static void confirm(const std::string& path, const std::vector<change>& changes) {
        const int file = next<int(const char*, int, ...)>("open")(path.c_str(), O_RDWR | O_CREAT, 0600);
        bool kept = file >= 0;
        for (const auto& one : changes) {
            const auto& bytes = one.bytes;
            kept &= bytes.empty() ? next<int(int, ::off_t)>("ftruncate")(file, one.at) == 0
                                  : next<::ssize_t(int, const void*, std::size_t, ::off_t)>("pwrite")(
                                        file, bytes.data(), bytes.size(), one.at) ==
                                        static_cast<::ssize_t>(bytes.size());
        }
        next<int(int)>("close")(file);
        if (!kept)
            std::abort();
    }

    const std::string folder_ = setting("FAULT_DISK_FOLDER");
    const std::string shadow_ = setting("FAULT_DISK_SHADOW");
    const std::string fail_ = setting("FAULT_DISK_FAIL");
    std::mutex mutex_;  // guards the two below
    std::map<int, std::string> names_;
    std::map<std::string, std::vector<change>> waiting_;
};

int open_noted(const char* path, int flags, ::mode_t mode) {
    const bool is_new = (flags & O_CREAT) != 0 && ::access(path, F_OK) != 0;
    const int descriptor = next<int(const char*, int, ...)>("open")(path, flags, mode);
    disk::instance().opened(descriptor, path, is_new);
    return descriptor;
}

::mode_t mode_of(int flags, std::va_list& arguments) {
    return (flags & O_CREAT) != 0 ? va_arg(arguments, ::mode_t) : 0;
}

}  // namespace

// What SQLite and the daemon call, under both of libc's names.
extern "C" {

int open(const char* path, int flags, ...) {
    std::va_list arguments;
    va_start(arguments, flags);
    const auto mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_noted(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    std::va_list arguments;
    va_start(arguments, flags);
    const auto mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_noted(path, flags, mode);
}

int close(int descriptor) {
    disk::instance().closed(descriptor);
    return next<int(int)>("close")(descriptor);
}

int unlink(const char* path) noexcept {
    const int done = next<int(const char*)>("unlink")(path);
    if (done == 0)
        disk::instance().removed(path);
    return done;
}

::ssize_t pwrite(int descriptor, const void* data, std::size_t size, ::off_t at) {
    const auto written =
        next<::ssize_t(int, const void*, std::size_t, ::off_t)>("pwrite")(descriptor, data, size, at);
    disk::instance().written(descriptor, data, written, at);
    return written;
}

::ssize_t pwrite64(int descriptor, const void* data, std::size_t size, ::off64_t at) {
    return pwrite(descriptor, data, size, at);
}

int ftruncate(int descriptor, ::off_t length) noexcept {
    const int done = next<int(int, ::off_t)>("ftruncate")(descriptor, length);
    if (done == 0)
        disk::instance().truncated(descriptor, length);
    return done;
}

int ftruncate64(int descriptor, ::off64_t length) noexcept {
    return ftruncate(descriptor, length);
}

int fsync(int descriptor) {
    if (!disk::instance().sync(descriptor)) {
        errno = EIO;
        return -1;
    }
    return 0;
}

int fdatasync(int descriptor) {
    return fsync(descriptor);
}

}  // extern "C"
