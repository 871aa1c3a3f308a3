#include "directories.hpp"
#include "file_writer.hpp"
#include "makers.hpp"

#include <shopbell/core/blocking_thread.hpp>

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <exception>
#include <optional>

namespace shopbell {
namespace {

/// Where a file sink writes, as far as it is known before there is an event.
struct file_target {
    std::string text;       ///< as configured
    std::string directory;  ///< up to the first placeholder
    bool varies = false;    ///< holds placeholders
    bool rotates = false;
};

sink_finding inspect(const file_target& target);

class file_sink final : public sink {
public:
    file_sink(file_target target, std::unique_ptr<file_writer> writer, const sink_context& context)
        : target_(std::move(target)),
          timeout_(context.timeout),
          writer_(std::move(writer)),
          thread_(context.name) {}

    /// Closing a file may block as writing to it does.
    ~file_sink() override {
        if (used_)
            thread_.post([files = std::move(writer_)] {});
    }
    file_sink(const file_sink&) = delete;
    file_sink& operator=(const file_sink&) = delete;

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 256; }

    [[nodiscard]] std::string address() const override { return target_.text; }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        const auto until = clock::now() + timeout_;
        used_ = true;
        // The job owns what it uses: it goes on where the caller is gone.
        auto job = [writer = writer_, events, until]() {
            try {
                return writer->append(events, until);
            } catch (const std::exception& error) {
                return std::vector<outcome>(events.size(), outcome(retry{error.what()}));
            }
        };
        auto written = co_await thread_.run(std::move(job), until + last_words);
        if (written)
            co_return *std::move(written);
        co_return std::vector<outcome>(events.size(), outcome(retry{no_answer()}));
    }

    [[nodiscard]] asio::awaitable<sink_finding> probe() override {
        auto job = [target = target_] { return shopbell::inspect(target); };
        auto seen = co_await thread_.run(std::move(job), clock::now() + timeout_);
        if (seen)
            co_return *std::move(seen);
        sink_finding silent;
        silent.how = sink_finding::grade::bad;
        silent.text = no_answer();
        co_return silent;
    }

    void reopen() override {
        thread_.post([writer = writer_] { writer->close_all(); });
    }

private:
    using clock = std::chrono::steady_clock;
    /// What waits by itself until the deadline knows better why.
    static constexpr std::chrono::milliseconds last_words{500};

    [[nodiscard]] std::string no_answer() const {
        return target_.text + " did not answer within " + config::to_text(timeout_) + ": a mount that hangs?";
    }

    const file_target target_;
    const std::chrono::milliseconds timeout_;
    std::shared_ptr<file_writer> writer_;  // used by the thread only
    bool used_ = false;
    blocking_thread thread_;
};

std::optional<::mode_t> parse_mode(std::string_view text) {
    unsigned value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || value > 0777)
        return std::nullopt;
    return static_cast<::mode_t>(value);
}

::mode_t read_mode(config::reader& keys) {
    constexpr ::mode_t owner = S_IRUSR | S_IWUSR;
    const std::string text = keys.string("mode", "0640");
    const auto mode = parse_mode(text);
    if (!mode)
        keys.error("mode", R"("mode" expects a file mode in octal such as "0640")");
    else if ((*mode & owner) != owner)
        keys.error("mode", R"("mode" must let the owner read and write, "0600" at least)");
    return mode.value_or(0640);
}

/// Looks at what is there without changing anything.
result<> check_target(const file_target& target) {
    struct ::stat about {};
    const char* const path = target.text.c_str();
    if (target.varies || ::stat(path, &about) != 0)
        return check_directory(target.directory);
    if (S_ISDIR(about.st_mode))
        return os_failure("cannot write", target.text, EISDIR);
    if (::access(path, W_OK) != 0)
        return os_failure("cannot write", target.text, errno);
    return target.rotates ? check_directory(target.directory) : result<>();
}

/// A mount that hangs must stop neither a start nor a reload: its deliveries wait, all others go on.
void check_target_in_time(config::reader& keys, const file_target& target) {
    constexpr std::chrono::seconds patience{2};
    blocking_thread once("check");
    auto look = [target] { return check_target(target); };
    const auto usable = once.run_blocking(std::move(look), std::chrono::steady_clock::now() + patience);
    if (!usable)
        keys.warn("path", R"("path": )" + target.directory + " does not answer: a mount that hangs?");
    else if (!*usable)
        keys.error("path", R"("path": )" + usable->error().reason);
}

/// Of the file system that holds the directory, or the nearest of its parents that is there.
std::optional<std::uint64_t> free_space(std::string directory) {
    struct ::statvfs about {};
    while (::statvfs(directory.c_str(), &about) != 0) {
        const auto parent = parent_of(directory);
        if (errno != ENOENT || parent == directory)
            return std::nullopt;
        directory = parent;
    }
    return std::uint64_t{about.f_bavail} * about.f_frsize;
}

sink_finding inspect(const file_target& target) {
    constexpr std::uint64_t mib = 1024 * 1024, hardly_any = mib, little = 64 * mib;
    using grade = sink_finding::grade;
    if (const auto usable = check_target(target); !usable)
        return {grade::bad, usable.error().reason};
    const auto seen = target.varies ? "files below " + target.directory + " can be written"
                                    : target.text + " can be written";
    const auto free = free_space(target.directory);
    if (!free)
        return {grade::good, seen};
    const auto room = std::to_string(*free / mib) + " MiB of its disk are free";
    if (*free < hardly_any)
        return {grade::bad, "the disk of " + target.directory + " is full"};
    return {*free < little ? grade::doubtful : grade::good, seen + ", " + room};
}

}  // namespace

std::unique_ptr<sink> make_file_sink(config::reader& keys, const sink_context& context) {
    const std::string text = keys.required_string("path");
    append_settings append;
    append.mode = read_mode(keys);
    append.sync = keys.boolean("fsync", true);
    rotation rotate;
    rotate.size = keys.size("rotate_size", 0);
    rotate.keep = static_cast<unsigned>(keys.integer("rotate_keep", 5, 1, 1000));
    if (text.empty())
        return nullptr;
    auto path = path_template::parse(text);
    if (!path) {
        keys.error("path", R"("path": )" + path.error().reason);
        return nullptr;
    }
    file_target target{text, path->fixed_directory(), path->has_placeholders(), rotate.size > 0};
    check_target_in_time(keys, target);
    file_settings settings{std::move(*path), append, rotate};
    auto writer = std::make_unique<file_writer>(std::move(settings), context.files);
    return std::make_unique<file_sink>(std::move(target), std::move(writer), context);
}

}  // namespace shopbell
