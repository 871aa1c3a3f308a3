#include <shopbell/inbox/sqlite/examination.hpp>

#include "reading.hpp"
#include "schema.hpp"
#include "storage_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace shopbell {

namespace {

namespace fs = std::filesystem;

/// The directory of the file, or the nearest one on the way to it that is there.
std::string nearest_directory(const std::string& path) {
    std::error_code ignored;
    auto directory = fs::absolute(path, ignored).parent_path();
    while (directory != directory.parent_path() && !fs::exists(directory, ignored))
        directory = directory.parent_path();
    return directory.string();
}

std::uint64_t size_of(const std::string& path) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    return error ? 0 : size;
}

/// What the thread that checks and the one that waits for it share.
struct integrity_check {
    std::string path;
    std::atomic<bool> given_up = false;
    std::promise<result<inbox_integrity>> outcome;
};

int is_given_up(void* check) {
    return static_cast<integrity_check*>(check)->given_up ? 1 : 0;
}

result<inbox_integrity> run_quick_check(integrity_check& check) {
    sqlite::connection database;
    if (auto opened = open_for_reading(database, check.path); !opened)
        return opened.error();
    constexpr int steps_between_looks = 1000;
    sqlite3_progress_handler(database.handle(), steps_between_looks, is_given_up, &check);
    sqlite::statement rows;
    inbox_integrity seen;
    int code = database.prepare("PRAGMA quick_check(10)", rows);
    if (code == SQLITE_OK)
        code = rows.step();
    for (; code == SQLITE_ROW; code = rows.step()) {
        if (const auto row = rows.bytes(0); row != "ok")
            seen.damage.emplace_back(row);
    }
    seen.finished = code == SQLITE_DONE;
    if (seen.finished || code == SQLITE_INTERRUPT || !seen.damage.empty())
        return seen;
    return describe_failure(database, code, "checking the inbox " + check.path);
}

/// A file for one measurement, gone with it.
class scratch_file {
public:
    explicit scratch_file(const std::string& directory)
        : path_(directory + "/.shopbell-doctor-XXXXXX"), file_(::mkostemp(path_.data(), O_CLOEXEC)) {}
    ~scratch_file() {
        if (is_open())
            ::unlink(path_.c_str());
    }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return file_.number() >= 0; }

    [[nodiscard]] bool append(const std::string& bytes) const {
        return ::write(file_.number(), bytes.data(), bytes.size()) == static_cast<::ssize_t>(bytes.size()) &&
               ::fsync(file_.number()) == 0;
    }

private:
    std::string path_;
    const descriptor file_;
};

}  // namespace

result<inbox_file_facts> look_at_inbox_file(const std::string& path) {
    inbox_file_facts seen;
    seen.free_disk = free_space(nearest_directory(path));
    struct ::stat about {};
    if (::stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT)
            return seen;
        return system_failure("looking at the inbox " + path);
    }
    seen.exists = true;
    seen.mode = about.st_mode & 07777U;
    seen.owner = about.st_uid;
    seen.bytes = static_cast<std::uint64_t>(about.st_size);
    seen.log_bytes = size_of(resolve_links(path) + "-wal");
    return seen;
}

result<inbox_integrity> check_inbox_integrity(const std::string& path, std::chrono::milliseconds patience) {
    const auto check = std::make_shared<integrity_check>();
    check->path = path;
    auto outcome = check->outcome.get_future();
    // On a thread that is left behind where it takes too long: while SQLite (to 3.40, at least) looks through
    // the pages, nothing can interrupt it. It owns all that it uses.
    std::thread([check] { check->outcome.set_value(run_quick_check(*check)); }).detach();
    if (outcome.wait_for(patience) == std::future_status::ready)
        return outcome.get();
    check->given_up = true;
    return inbox_integrity();
}

result<sync_times> measure_sync(const std::string& inbox_path, std::size_t times, std::size_t bytes) {
    const auto directory = nearest_directory(inbox_path);
    const auto doing = "writing a file to " + directory + " and syncing it";
    const scratch_file file(directory);
    if (!file.is_open())
        return system_failure(doing);
    const std::string block(bytes, 'x');
    std::vector<std::chrono::microseconds> took;
    for (std::size_t i = 0; i < times; ++i) {
        const auto start = std::chrono::steady_clock::now();
        if (!file.append(block))
            return system_failure(doing);
        took.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start));
    }
    if (took.empty())
        return sync_times();
    std::ranges::sort(took);
    return sync_times{took[took.size() / 2], took.back()};
}

}  // namespace shopbell
