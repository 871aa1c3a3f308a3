#include "log_output.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace shopbell {

/// A descriptor that we opened, or one of the process's own, which stays open.
struct log_output::target {
    file_descriptor owned;
    int number;
    bool regular;
};

namespace {

/// Of this much a pipe or socket that polls as writable takes all at once, so the write cannot block.
constexpr std::size_t step = PIPE_BUF;
/// How often a wait for a reader looks up to see whether the daemon is leaving.
constexpr int look_up_ms = 100;

/// Left to itself, the kernel writes out what has gathered in half a minute all at once, and whatever is
/// synced on that disk waits behind it: the inbox, and with it every store.
constexpr std::size_t write_out_every = std::size_t{1} << 20U;

/// Whole lines that fit in a step, so that what others write to the same pipe comes between lines; of a
/// longer line as much as fits.
std::size_t next_step(std::string_view bytes) noexcept {
    if (bytes.size() <= step)
        return bytes.size();
    const auto end = bytes.rfind('\n', step - 1);
    return end == std::string_view::npos ? step : end + 1;
}

bool is_regular(int descriptor) noexcept {
    struct ::stat about {};
    return ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

result<file_descriptor> open_path(const std::string& path) {
    // O_NONBLOCK: a FIFO without a reader is an error here instead of a daemon that never starts.
    const int number =
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    if (number < 0)
        return failure{errc::io,
                       "cannot open the log " + path + ": " + std::generic_category().message(errno)};
    return file_descriptor(number);
}

}  // namespace

log_output::log_output(std::string path, std::shared_ptr<const target> out) noexcept
    : path_(std::move(path)), target_(std::move(out)) {}

result<std::shared_ptr<log_output>> log_output::open(const std::string& output) {
    const auto make = [](std::string path, target out) {
        return std::shared_ptr<log_output>(
            new log_output(std::move(path), std::make_shared<const target>(std::move(out))));
    };
    if (output == "stdout" || output == "stderr") {
        const int number = output == "stdout" ? STDOUT_FILENO : STDERR_FILENO;
        return make({}, target{{}, number, is_regular(number)});
    }
    auto opened = open_path(output);
    if (!opened)
        return opened.error();
    const int number = opened->get();
    return make(output, target{std::move(*opened), number, is_regular(number)});
}

std::shared_ptr<const log_output::target> log_output::current() const {
    const std::lock_guard lock(mutex_);
    return target_;
}

result<> log_output::reopen() {
    if (path_.empty())
        return {};
    auto opened = open_path(path_);
    if (!opened)
        return opened.error();
    const int number = opened->get();
    auto fresh = std::make_shared<const target>(target{std::move(*opened), number, is_regular(number)});
    const std::lock_guard lock(mutex_);
    target_.swap(fresh);
    return {};
}

void log_output::finish_within(std::chrono::milliseconds grace) noexcept {
    deadline_.store((clock::now() + grace).time_since_epoch().count());
}

std::vector<std::uint64_t> log_output::write(std::string_view lines) {
    const auto out = current();
    auto lost = put_all(*out, lines);
    if (!out->regular)
        return lost;
    gathered_ += lines.size();
    if (gathered_ < write_out_every)
        return lost;
    // Begun, not waited for, and nobody's concern if it fails: the log must never stop the daemon.
    (void)::sync_file_range(out->number, 0, 0, SYNC_FILE_RANGE_WRITE);
    gathered_ = 0;
    return lost;
}

std::vector<std::uint64_t> log_output::put_all(const target& out, std::string_view lines) {
    std::vector<std::uint64_t> lost;
    std::uint64_t number = 0;
    while (!lines.empty()) {
        if (torn_)
            torn_ = put(out, "\n") == 0;
        const std::size_t done = torn_ ? 0 : put(out, lines);
        if (done == lines.size())
            return lost;
        // The line that was refused is lost, the ones behind it are tried anew.
        torn_ = torn_ || (done > 0 && lines[done - 1] != '\n');
        failed_.fetch_add(1, std::memory_order_relaxed);
        number += static_cast<std::uint64_t>(std::ranges::count(lines.substr(0, done), '\n'));
        lost.push_back(number++);
        lines.remove_prefix(lines.find('\n', done) + 1);
    }
    return lost;
}

std::size_t log_output::put(const target& out, std::string_view bytes) const {
    const std::size_t whole = bytes.size();
    while (!bytes.empty()) {
        if (!out.regular && !await_room(out.number))
            break;
        const std::size_t part = out.regular ? bytes.size() : next_step(bytes);
        const auto written = ::write(out.number, bytes.data(), part);
        if (written >= 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR && errno != EAGAIN)
            break;
    }
    return whole - bytes.size();
}

bool log_output::await_room(int descriptor) const {
    while (true) {
        const bool leaving = clock::now().time_since_epoch().count() >= deadline_.load();
        ::pollfd room{descriptor, POLLOUT, 0};
        // An error state counts as room: the write that follows says which error it is.
        if (::poll(&room, 1, leaving ? 0 : look_up_ms) > 0)
            return true;
        if (leaving)
            return false;
    }
}

}  // namespace shopbell
