#pragma once

#include <shopbell/core/result.hpp>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shopbell {

enum class log_level : unsigned char { trace, debug, info, warn, error, off };
enum class log_format : unsigned char { json, text };

[[nodiscard]] std::string_view to_string(log_level level) noexcept;

struct log_settings {
    log_level level = log_level::info;
    log_format format = log_format::json;
    std::string output = "stdout";  ///< "stdout", "stderr" or a file's path
};

/// A value that is JSON already and goes into the line as it is. Precondition: one valid JSON value without a
/// line break. A class with a constructor: as an aggregate it would compete with `std::string` in the
/// variant.
class raw_json {
public:
    explicit raw_json(std::string json) noexcept : text(std::move(json)) {}
    std::string text;
};

/// One key and value of a line. Values are short and hold no secret and no personal data; the one exception
/// is the event of a log sink that was asked for it (`payload = true`).
struct log_field {
    std::string_view name;
    std::variant<std::string, long long, bool, raw_json> value;
};

using log_fields = std::vector<log_field>;

/// The daemon's structured log: one line per thing that happened. Writing is asynchronous and never
/// blocks: when the disk or the reader is slower than we are, the oldest lines are dropped and counted.
/// Thread-safe.
class log {
public:
    /// Opens the output; fails with `io` and the path.
    [[nodiscard]] static result<std::shared_ptr<log>> open(const log_settings& settings);
    /// Writes nothing: for commands and tests.
    [[nodiscard]] static std::shared_ptr<log> null();
    ~log();  ///< writes what is queued

    log(const log&) = delete;
    log& operator=(const log&) = delete;

    [[nodiscard]] bool enabled(log_level level) const noexcept;
    /// From now on (SIGHUP). Nothing to do for `null()`.
    void set_level(log_level level) noexcept;
    void write(log_level level, std::string_view message, const log_fields& fields = {});

    /// The same, for a line that somebody answers for: `told` is called once, with true when the output has
    /// it (the kernel, that is), with false where the line was dropped, could not be written or is below the
    /// level. On any thread, this one included; it must not block.
    void write(log_level level, std::string_view message, const log_fields& fields,
               std::function<void(bool)> told);

    void debug(std::string_view message, const log_fields& fields = {}) {
        write(log_level::debug, message, fields);
    }
    void info(std::string_view message, const log_fields& fields = {}) {
        write(log_level::info, message, fields);
    }
    void warn(std::string_view message, const log_fields& fields = {}) {
        write(log_level::warn, message, fields);
    }
    void error(std::string_view message, const log_fields& fields = {}) {
        write(log_level::error, message, fields);
    }

    /// Opens a file output anew (SIGHUP, after logrotate renamed it). Nothing to do for the others.
    void reopen();

    /// Lines lost because the output could not keep up or could not be written.
    [[nodiscard]] std::size_t dropped() const noexcept;

private:
    struct state;
    explicit log(std::unique_ptr<state> content) noexcept;
    std::unique_ptr<state> state_;
};

}  // namespace shopbell
