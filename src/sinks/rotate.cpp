#include "rotate.hpp"

#include "directories.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

namespace shopbell {
namespace {

bool exists(const std::string& path) noexcept {
    struct ::stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

std::string numbered(const std::string& path, unsigned number) {
    return path + '.' + std::to_string(number);
}

result<> move(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) == 0)
        return {};
    return os_failure("cannot rotate", from, errno);
}

/// Makes room at number 1. Only up to the first gap: whatever is tried again after a failure replaces no
/// second file.
result<> shift(const std::string& path, unsigned keep) {
    unsigned gap = 1;
    while (gap < keep && exists(numbered(path, gap)))
        ++gap;
    for (; gap > 1; --gap) {
        if (auto moved = move(numbered(path, gap - 1), numbered(path, gap)); !moved)
            return moved;
    }
    return {};
}

result<> store(const std::string& moved, const std::string& path, unsigned keep) {
    if (auto shifted = shift(path, keep); !shifted)
        return shifted;
    return move(moved, numbered(path, 1));
}

}  // namespace

result<> put_away(const std::string& path, unsigned keep, bool sync) {
    const std::string moved = path + ".rotating";
    if (exists(moved)) {
        if (auto finished = store(moved, path, keep); !finished)
            return finished;
    }
    if (auto begun = move(path, moved); !begun)
        return begun;
    if (auto stored = store(moved, path, keep); !stored) {
        (void)std::rename(moved.c_str(), path.c_str());
        return stored;
    }
    return sync ? sync_directory(parent_of(path)) : result<>();
}

}  // namespace shopbell
