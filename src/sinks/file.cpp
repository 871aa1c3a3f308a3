#include "directories.hpp"
#include "file_writer.hpp"
#include "makers.hpp"

#include <shopbell/core/async.hpp>

#include <boost/asio/strand.hpp>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
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

sink_finding examine(const file_target& target);

class file_sink final : public sink {
public:
    file_sink(file_target target, file_settings settings, asio::any_io_executor blocking)
        : target_(std::move(target)),
          files_(asio::make_strand(blocking)),
          writer_(std::make_shared<file_writer>(std::move(settings))) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 256; }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        // The job owns what it uses: it goes on where the caller is gone.
        auto job = [writer = writer_, events = std::move(events)]() {
            try {
                return writer->append(events);
            } catch (const std::exception& error) {
                return std::vector<outcome>(events.size(), outcome(retry{error.what()}));
            }
        };
        co_return co_await run_on(files_, std::move(job));
    }

    [[nodiscard]] asio::awaitable<sink_finding> examine() override {
        auto job = [target = target_] { return shopbell::examine(target); };
        co_return co_await run_on(files_, std::move(job));
    }

    void reopen() override {
        asio::post(files_, [writer = writer_] { writer->close_all(); });
    }

private:
    const file_target target_;
    const asio::any_io_executor files_;  // one job at a time
    const std::shared_ptr<file_writer> writer_;
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

sink_finding examine(const file_target& target) {
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
    append.patience = context.timeout;
    const std::uint64_t rotate_size = keys.size("rotate_size", 0);
    const auto rotate_keep = static_cast<unsigned>(keys.integer("rotate_keep", 5, 1, 1000));
    if (text.empty())
        return nullptr;
    auto path = path_template::parse(text);
    if (!path) {
        keys.error("path", R"("path": )" + path.error().reason);
        return nullptr;
    }
    file_target target{text, path->fixed_directory(), path->has_placeholders(), rotate_size > 0};
    if (const auto usable = check_target(target); !usable)
        keys.error("path", R"("path": )" + usable.error().reason);
    file_settings settings{std::move(*path), append, rotate_size, rotate_keep};
    return std::make_unique<file_sink>(std::move(target), std::move(settings), context.blocking);
}

}  // namespace shopbell
