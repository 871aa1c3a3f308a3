#include "write_gathering.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace shopbell::sqlite {

namespace {

/// SQLite's own VFS masks the length of a write with this: longer ones would come out shorter, or as nothing.
constexpr std::size_t longest_write = 0x1ffff;

/// A log as SQLite sees it. The real one lies behind it in the same memory, which is SQLite's.
class gathered_log final : public sqlite3_file {
public:
    gathered_log() noexcept : sqlite3_file{} { waiting_.reserve(longest_write); }

    [[nodiscard]] sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
    [[nodiscard]] const sqlite3_io_methods& real_methods() noexcept { return *real()->pMethods; }

    int write(const char* data, std::size_t size, sqlite3_int64 offset) noexcept {
        synced_ = false;
        const auto end = offset_ + static_cast<sqlite3_int64>(waiting_.size());
        if (offset != end || waiting_.size() + size > longest_write) {
            if (const int code = write_out(); code != SQLITE_OK)
                return code;
            offset_ = offset;
        }
        if (size > longest_write)
            return real_methods().xWrite(real(), data, static_cast<int>(size), offset);
        waiting_.insert(waiting_.end(), data, data + size);
        return SQLITE_OK;
    }

    /// What could not be written is forgotten: SQLite gives up what it belongs to.
    int write_out() noexcept {
        if (waiting_.empty())
            return SQLITE_OK;
        const int code =
            real_methods().xWrite(real(), waiting_.data(), static_cast<int>(waiting_.size()), offset_);
        offset_ += static_cast<sqlite3_int64>(waiting_.size());
        waiting_.clear();
        return code;
    }

    int sync(int flags) noexcept {
        if (synced_)
            return SQLITE_OK;
        if (const int code = write_out(); code != SQLITE_OK)
            return code;
        const int code = real_methods().xSync(real(), flags);
        synced_ = code == SQLITE_OK;
        return code;
    }

    void changes_size() noexcept { synced_ = false; }

private:
    std::vector<char> waiting_;
    sqlite3_int64 offset_ = 0;  // of the first byte that waits
    bool synced_ = false;       // not even a file just opened: who knows what was written before
};

gathered_log& of(sqlite3_file* file) noexcept {
    // SQLite hands back what it was given. NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast)
    return *static_cast<gathered_log*>(file);
}

int close(sqlite3_file* file) {
    auto& one = of(file);
    const int written = one.write_out();
    const int closed = one.real_methods().xClose(one.real());
    std::destroy_at(&one);
    return written != SQLITE_OK ? written : closed;
}

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
    auto& one = of(file);
    if (const int code = one.write_out(); code != SQLITE_OK)
        return code;
    return one.real_methods().xRead(one.real(), into, size, offset);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    return of(file).write(static_cast<const char*>(data), static_cast<std::size_t>(size), offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    auto& one = of(file);
    if (const int code = one.write_out(); code != SQLITE_OK)
        return code;
    one.changes_size();
    return one.real_methods().xTruncate(one.real(), size);
}

int sync(sqlite3_file* file, int flags) {
    return of(file).sync(flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* into) {
    auto& one = of(file);
    if (const int code = one.write_out(); code != SQLITE_OK)
        return code;
    return one.real_methods().xFileSize(one.real(), into);
}

int file_control(sqlite3_file* file, int what, void* argument) {
    return of(file).real_methods().xFileControl(of(file).real(), what, argument);
}

int sector_size(sqlite3_file* file) {
    return of(file).real_methods().xSectorSize(of(file).real());
}

int device_characteristics(sqlite3_file* file) {
    return of(file).real_methods().xDeviceCharacteristics(of(file).real());
}

/// SQLite locks and maps the database only.
constexpr sqlite3_io_methods methods = {.iVersion = 1,
                                        .xClose = close,
                                        .xRead = read,
                                        .xWrite = write,
                                        .xTruncate = truncate,
                                        .xSync = sync,
                                        .xFileSize = file_size,
                                        .xLock = nullptr,
                                        .xUnlock = nullptr,
                                        .xCheckReservedLock = nullptr,
                                        .xFileControl = file_control,
                                        .xSectorSize = sector_size,
                                        .xDeviceCharacteristics = device_characteristics,
                                        .xShmMap = nullptr,
                                        .xShmLock = nullptr,
                                        .xShmBarrier = nullptr,
                                        .xShmUnmap = nullptr,
                                        .xFetch = nullptr,
                                        .xUnfetch = nullptr};

}  // namespace

write_gathering::write_gathering(sqlite3_vfs& real, const char* name) : vfs_{real, &real} {
    vfs_.zName = name;
    vfs_.szOsFile = static_cast<int>(sizeof(gathered_log)) + real.szOsFile;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 0);
}

write_gathering::~write_gathering() {
    sqlite3_vfs_unregister(&vfs_);
}

const char* write_gathering::system() {
    static const write_gathering over_system(*sqlite3_vfs_find(nullptr), "shopbell-gathering");
    return over_system.vfs_.zName;
}

int write_gathering::open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* opened) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-static-cast-downcast)
    sqlite3_vfs* const real = static_cast<vfs*>(self)->real;
    if ((flags & SQLITE_OPEN_WAL) == 0)
        return real->xOpen(real, name, file, flags, opened);
    auto* const one = std::construct_at(reinterpret_cast<gathered_log*>(file));
    const int code = real->xOpen(real, name, one->real(), flags, opened);
    if (code == SQLITE_OK) {
        one->pMethods = &methods;
        return code;
    }
    if (one->real()->pMethods != nullptr)
        one->real_methods().xClose(one->real());
    std::destroy_at(one);
    file->pMethods = nullptr;
    return code;
}

}  // namespace shopbell::sqlite
