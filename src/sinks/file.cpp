#include "directories.hpp"
#include "file_writer.hpp"
#include "makers.hpp"

#include <shopbell/core/async.hpp>

#include <boost/asio/strand.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <exception>
#include <optional>

namespace shopbell {
namespace {

class file_sink final : public sink {
public:
    file_sink(file_settings settings, asio::any_io_executor blocking)
        : files_(asio::make_strand(blocking)), writer_(std::make_shared<file_writer>(std::move(settings))) {}

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

    void reopen() override {
        asio::post(files_, [writer = writer_] { writer->close_all(); });
    }

private:
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
result<> check_target(const path_template& path, const std::string& text, bool rotates) {
    struct ::stat about {};
    if (path.has_placeholders() || ::stat(text.c_str(), &about) != 0)
        return check_directory(path.fixed_directory());
    if (S_ISDIR(about.st_mode))
        return os_failure("cannot write", text, EISDIR);
    if (::access(text.c_str(), W_OK) != 0)
        return os_failure("cannot write", text, errno);
    return rotates ? check_directory(path.fixed_directory()) : result<>();
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
    if (const auto usable = check_target(*path, text, rotate_size > 0); !usable)
        keys.error("path", R"("path": )" + usable.error().reason);
    file_settings settings{std::move(*path), append, rotate_size, rotate_keep};
    return std::make_unique<file_sink>(std::move(settings), context.blocking);
}

}  // namespace shopbell
