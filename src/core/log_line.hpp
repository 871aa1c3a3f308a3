#pragma once

#include <shopbell/core/log.hpp>

#include <spdlog/formatter.h>

#include <memory>
#include <string>
#include <string_view>

namespace shopbell {

/// What a line says beside its time and level: a message for spdlog, as `line_formatter` takes it.
[[nodiscard]] std::string format_payload(log_format format, std::string_view message,
                                         const log_fields& fields);

/// A whole line without its newline.
///   json:  {"time":"2026-11-21T15:51:45.279Z","level":"info","message":"…","name":value …}
///   text:  2026-11-21T15:51:45.279Z info message name=value name="with \"quotes\" and spaces"
/// Nothing in a line ends it or steers a terminal: control characters are escaped in both.
class line_formatter final : public spdlog::formatter {
public:
    explicit line_formatter(log_format format) noexcept : format_(format) {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override;
    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override;

private:
    log_format format_;
};

/// The levels of both have the same order and no other names.
[[nodiscard]] spdlog::level::level_enum to_spdlog(log_level level) noexcept;

}  // namespace shopbell
