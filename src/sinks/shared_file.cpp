#include "shared_file.hpp"

#include "rotate.hpp"

#include <shopbell/sinks/shared_files.hpp>

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <utility>

namespace shopbell {
namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

/// How often a file may turn out to be another one between its opening and its lock.
constexpr int most_openings = 8;
constexpr int longest_chain = 16;

struct c_memory {
    void operator()(char* text) const noexcept { ::free(text); }
};

/// Nothing where it is not there, or has no name: /proc/self/fd/1 of a pipe.
std::optional<std::string> real_path(const std::string& path) {
    const std::unique_ptr<char, c_memory> found(::realpath(path.c_str(), nullptr));
    if (!found)
        return std::nullopt;
    return std::string(found.get());
}

}  // namespace

std::string resolve_path(const std::string& path) {
    struct ::stat about {};
    if (::stat(path.c_str(), &about) == 0)
        return real_path(path).value_or(path);
    fs::path current = path;
    std::error_code error;
    for (int link = 0; link < longest_chain && fs::is_symlink(current, error); ++link)
        current = current.parent_path() / fs::read_symlink(current, error);
    const auto directory = current.has_parent_path() ? current.parent_path() : fs::path(".");
    const auto resolved = fs::weakly_canonical(directory, error);
    return error ? path : (resolved / current.filename()).string();
}

std::shared_ptr<shared_file> shared_files::find(const std::string& path) {
    const std::lock_guard lock(mutex_);
    std::erase_if(files_, [](const auto& entry) { return entry.second.expired(); });
    auto& place = files_[path];
    auto found = place.lock();
    if (!found)
        place = found = std::make_shared<shared_file>(path);
    return found;
}

/// RAII handle: the right to use the open file.
class shared_file::turn {
public:
    turn(shared_file& file, clock::time_point until) : file_(file) {
        std::unique_lock lock(file_.mutex_);
        // Not wait_until(steady_clock): the thread sanitizer of GCC 12 does not know its system call.
        while (file_.taken_ && clock::now() < until)
            file_.free_.wait_for(lock, until - clock::now());
        has_ = !std::exchange(file_.taken_, true);
    }
    ~turn() {
        if (!has_)
            return;
        const std::lock_guard lock(file_.mutex_);
        file_.taken_ = false;
        file_.free_.notify_one();
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    explicit operator bool() const noexcept { return has_; }

private:
    shared_file& file_;
    bool has_ = false;
};

result<> shared_file::append(std::string_view lines, const append_settings& how, const rotation& rotate) {
    const turn mine(*this, how.until);
    if (!mine)
        return failure{errc::io, "another sink is writing to " + path_ + " and does not end"};
    for (int opening = 0; opening < most_openings; ++opening) {
        if (!file_) {
            auto opened = append_file::open(path_, how);
            if (!opened)
                return opened.error();
            file_ = std::move(*opened);
        }
        const auto reached = append_once(lines, how, rotate);
        const bool is_another = reached && *reached == step::again;
        if (is_another || !file_->is_usable())
            file_.reset();
        if (!reached)
            return reached.error();
        if (*reached == step::done)
            return {};
    }
    return failure{errc::io, path_ + " is moved away again and again"};
}

/// Under the file's lock: another daemon with the same path may have rotated it while this one waited.
result<shared_file::step> shared_file::append_once(std::string_view lines, const append_settings& how,
                                                   const rotation& rotate) {
    const auto locked = file_->lock(how.until);
    if (!locked)
        return locked.error();
    if (!file_->is_current())
        return step::again;
    const auto size = file_->size();
    if (!size)
        return size.error();
    if (rotate.size > 0 && *size > 0 && *size + lines.size() > rotate.size) {
        if (auto moved = put_away(path_, rotate.keep, how.sync); !moved)
            return moved.error();
        return step::again;
    }
    if (auto written = file_->append(lines, how); !written)
        return written.error();
    return step::done;
}

void shared_file::close() {
    const turn mine(*this, clock::time_point::min());
    if (mine)
        file_.reset();
}

}  // namespace shopbell
