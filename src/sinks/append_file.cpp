#include "append_file.hpp"

#include "directories.hpp"

#include <shopbell/core/json.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace shopbell {
namespace {

using clock = std::chrono::steady_clock;

/// How every event document begins (make_document).
constexpr std::string_view own_start = R"({"specversion")";

/// O_NONBLOCK: a FIFO without a reader is an error (ENXIO) instead of a wait.
constexpr int open_flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

result<file_descriptor> open_or_create(const std::string& path, const append_settings& settings) {
    file_descriptor existing(::open(path.c_str(), open_flags));
    if (existing)
        return existing;
    if (errno == ENXIO)
        return failure{errc::io, "nobody reads the FIFO " + path};
    if (errno != ENOENT)
        return os_failure("cannot open", path, errno);
    if (auto made = make_directories(parent_of(path), settings.sync); !made)
        return made.error();
    file_descriptor created(::open(path.c_str(), open_flags | O_CREAT, settings.mode));
    if (!created || ::fchmod(created.get(), settings.mode) != 0)
        return os_failure("cannot create", path, errno);
    return created;
}

bool is_same_file(int descriptor, ::dev_t device, ::ino_t inode) noexcept {
    struct ::stat about {};
    return ::fstat(descriptor, &about) == 0 && about.st_dev == device && about.st_ino == inode;
}

/// The bytes from `start` to `end`, or nothing when they cannot all be read.
std::optional<std::string> read_range(int descriptor, std::uint64_t start, std::uint64_t end) {
    std::string bytes(end - start, '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got =
            ::pread(descriptor, bytes.data() + done, bytes.size() - done, static_cast<::off_t>(start + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return std::nullopt;
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

/// Where the text behind the last newline before `end` starts, or nothing when reading fails.
std::optional<std::uint64_t> last_line_start(int descriptor, std::uint64_t end) {
    constexpr std::uint64_t block = 16 * 1024;
    while (end > 0) {
        const std::uint64_t start = end - std::min(end, block);
        const auto part = read_range(descriptor, start, end);
        if (!part)
            return std::nullopt;
        if (const auto newline = part->rfind('\n'); newline != std::string::npos)
            return start + newline + 1;
        end = start;
    }
    return 0;
}

/// Whether a last line without its newline is an event document of ours that a crash cut off. A whole one was
/// left so by somebody's editor, and may be the only copy.
bool is_torn(std::string_view line) {
    if (line.empty() || !own_start.starts_with(line.substr(0, own_start.size())))
        return false;
    return !line.ends_with('}') || !json::document::parse(line);
}

/// How often a lock that somebody else has is asked for.
constexpr int lock_pause_ms = 20;

/// Where writing stopped: `done` bytes of it are out; `error` is 0 when that is all.
struct progress {
    std::size_t done = 0;
    int error = 0;
};

bool await_room(int descriptor, clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now());
    ::pollfd room{descriptor, POLLOUT, 0};
    constexpr std::chrono::milliseconds longest{60'000};
    if (left.count() <= 0)
        return false;
    ::poll(&room, 1, static_cast<int>(std::min(left, longest).count()));
    return true;
}

progress write_all(int descriptor, std::string_view bytes, clock::time_point deadline) {
    progress state;
    while (state.done < bytes.size()) {
        const auto part = bytes.substr(state.done);
        const auto written = ::write(descriptor, part.data(), part.size());
        if (written >= 0) {
            state.done += static_cast<std::size_t>(written);
            continue;
        }
        state.error = errno;
        const bool may_go_on =
            state.error == EINTR || (state.error == EAGAIN && await_room(descriptor, deadline));
        if (!may_go_on)
            return state;
    }
    state.error = 0;
    return state;
}

}  // namespace

append_file::append_file(std::string path, file_descriptor out, const struct ::stat& about)
    : path_(std::move(path)),
      out_(std::move(out)),
      device_(about.st_dev),
      inode_(about.st_ino),
      regular_(S_ISREG(about.st_mode)) {}

failure append_file::error(std::string_view what, int number) const {
    return os_failure(what, path_, number);
}

result<append_file> append_file::open(const std::string& path, const append_settings& settings) {
    auto out = open_or_create(path, settings);
    if (!out)
        return out.error();
    struct ::stat about {};
    if (::fstat(out->get(), &about) != 0)
        return os_failure("cannot look at", path, errno);
    append_file file(path, std::move(*out), about);
    if (!file.regular_)
        return file;
    // Also for a file that is there already: whoever made it may have died before its name was on disk.
    if (settings.sync) {
        if (auto synced = sync_directory(parent_of(path)); !synced)
            return synced.error();
    }
    if (auto repaired = file.repair_tail(settings); !repaired)
        return repaired.error();
    return file;
}

append_file::hold::~hold() {
    if (descriptor_ >= 0)
        ::flock(descriptor_, LOCK_UN);
}

result<append_file::hold> append_file::lock(clock::time_point until) const {
    if (!regular_)
        return hold(-1);
    while (::flock(out_.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error("cannot lock", errno);
        if (clock::now() >= until)
            return failure{errc::io, "another program holds the lock of " + path_};
        ::poll(nullptr, 0, lock_pause_ms);
    }
    return hold(out_.get());
}

result<> append_file::repair_tail(const append_settings& how) {
    const auto alone = lock(how.until);
    if (!alone)
        return alone.error();
    const auto length = size();
    if (!length || *length == 0)
        return length ? result<>() : length.error();
    const file_descriptor reader(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!reader || !is_same_file(reader.get(), device_, inode_))
        return error("cannot read the end of", reader ? ESTALE : errno);
    const auto start = last_line_start(reader.get(), *length);
    if (!start)
        return error("cannot read the end of", errno);
    const auto rest = read_range(reader.get(), *start, *length);
    if (!rest)
        return error("cannot read the end of", errno);
    if (!is_torn(*rest)) {
        needs_newline_ = !rest->empty();
        return {};
    }
    if (::ftruncate(out_.get(), static_cast<::off_t>(*start)) != 0)
        return error("cannot cut the torn last line of", errno);
    return {};
}

bool append_file::is_current() const noexcept {
    struct ::stat about {};
    return ::stat(path_.c_str(), &about) == 0 && about.st_dev == device_ && about.st_ino == inode_;
}

result<std::uint64_t> append_file::size() const {
    struct ::stat about {};
    if (::fstat(out_.get(), &about) != 0)
        return error("cannot look at", errno);
    return regular_ ? static_cast<std::uint64_t>(about.st_size) : std::uint64_t{0};
}

result<> append_file::append(std::string_view lines, const append_settings& how) {
    if (!needs_newline_)
        return regular_ ? append_regular(lines, how) : append_stream(lines, how);
    const std::string apart = '\n' + std::string(lines);
    auto done = regular_ ? append_regular(apart, how) : append_stream(apart, how);
    if (done)
        needs_newline_ = false;
    return done;
}

result<> append_file::append_regular(std::string_view bytes, const append_settings& how) {
    const auto before = size();
    if (!before)
        return before.error();
    int number = write_all(out_.get(), bytes, how.until).error;
    const std::string_view what = number != 0 ? "cannot write" : "cannot sync";
    if (number == 0 && how.sync && ::fsync(out_.get()) != 0)
        number = errno;
    if (number == 0)
        return {};
    // A failed fsync has made the kernel forget what it could not write: never sync this descriptor again.
    usable_ = false;
    if (::ftruncate(out_.get(), static_cast<::off_t>(*before)) != 0)
        return error("cannot take back a failed write to", errno);
    return error(what, number);
}

result<> append_file::append_stream(std::string_view bytes, const append_settings& how) {
    const progress reached = write_all(out_.get(), bytes, how.until);
    if (reached.error == 0)
        return {};
    // What the reader has cannot be taken back; it sees the torn line end before the next one begins.
    if (reached.done > 0)
        needs_newline_ = bytes[reached.done - 1] != '\n';
    usable_ = reached.error == EAGAIN;
    if (usable_)
        return failure{errc::io, "the reader of " + path_ + " does not keep up"};
    return error("cannot write", reached.error);
}

}  // namespace shopbell
