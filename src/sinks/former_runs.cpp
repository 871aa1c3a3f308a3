#include "former_runs.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace shopbell {
namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr std::string_view event_variable = "SHOPBELL_EVENT_ID=";

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Texts that each end with a NUL.
std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, '\0');)
        parts.push_back(std::move(part));
    return parts;
}

/// proc(5), /proc/pid/stat, behind the name in parentheses.
struct process_status {
    ::pid_t parent = 0;
    ::pid_t group = 0;
    std::chrono::milliseconds age{0};
};

std::optional<process_status> status_of(const std::string& process) {
    const auto text = read_file("/proc/" + process + "/stat");
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos)
        return std::nullopt;
    constexpr std::size_t parent = 1, group = 2, started = 19;
    std::istringstream in(text.substr(name_end + 1));
    const std::vector<std::string> fields{std::istream_iterator<std::string>(in), {}};
    if (fields.size() <= started || fields[0] == "Z")
        return std::nullopt;
    process_status about;
    about.parent = static_cast<::pid_t>(std::stol(fields[parent]));
    about.group = static_cast<::pid_t>(std::stol(fields[group]));
    const long long start_ms = std::stoll(fields[started]) * 1000 / ::sysconf(_SC_CLK_TCK);
    ::timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    about.age = std::chrono::milliseconds(now.tv_sec * 1000LL + now.tv_nsec / 1'000'000 - start_ms);
    return about;
}

bool is_daemon(::pid_t process) {
    return read_file("/proc/" + std::to_string(process) + "/comm") == "shopbell\n";
}

/// Whether a process runs that command, also by the interpreter of a script.
bool runs(const std::vector<std::string>& words, const program& like) {
    const auto count = like.arguments.size();
    if (words.size() < count)
        return false;
    const auto tail = words.end() - static_cast<std::ptrdiff_t>(count);
    const bool same_program = *tail == like.path || *tail == like.arguments.front();
    return same_program && std::equal(tail + 1, words.end(), like.arguments.begin() + 1);
}

/// `handle`: a pidfd.
bool ends_within(int handle, clock::duration time) {
    constexpr std::chrono::milliseconds shortest{0}, longest{60'000};
    const auto wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(time), shortest, longest);
    ::pollfd end{handle, POLLIN, 0};
    return ::poll(&end, 1, static_cast<int>(wait.count())) > 0;
}

}  // namespace

bool former_runs::is_one(const std::string& process) const {
    const auto environment = split(read_file("/proc/" + process + "/environ"));
    const auto is_for_an_event = [](const std::string& variable) {
        return variable.starts_with(event_variable);
    };
    return std::ranges::any_of(environment, is_for_an_event) &&
           runs(split(read_file("/proc/" + process + "/cmdline")), like_);
}

void former_runs::find() {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/proc", error)) {
        const std::string process = entry.path().filename().string();
        ::pid_t id = 0;
        const auto read = std::from_chars(process.data(), process.data() + process.size(), id);
        if (read.ec != std::errc() || read.ptr != process.data() + process.size())
            continue;
        file_descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));
        const auto about = status_of(process);
        if (!handle || !about || about->group != id || about->parent == ::getpid())
            continue;
        // Cheap questions first: another daemon that lives looks after its programs itself.
        if (is_one(process) && !is_daemon(about->parent))
            left_.push_back({id, std::move(handle), clock::now() + (timeout_ - about->age)});
    }
}

bool former_runs::end_before(clock::time_point until) {
    if (!looked_)
        find();
    looked_ = true;
    while (!left_.empty()) {
        const auto& last = left_.back();
        if (ends_within(last.handle.get(), std::min(until, last.deadline) - clock::now())) {
            left_.pop_back();
            continue;
        }
        const bool overdue = clock::now() >= last.deadline;
        if (overdue)
            ::kill(-last.group, SIGKILL);
        if (clock::now() >= until)
            return false;
        if (overdue)
            (void)ends_within(last.handle.get(), until - clock::now());
    }
    return true;
}

}  // namespace shopbell
