#include <shopbell/core/log.hpp>

#include "batching_sink.hpp"
#include "log_line.hpp"
#include "log_output.hpp"

#include <shopbell/core/clock.hpp>

#include <spdlog/logger.h>

#include <chrono>
#include <optional>
#include <utility>

namespace shopbell {
namespace {

/// How long the end of the daemon waits for a reader that has stopped reading its log.
constexpr std::chrono::milliseconds farewell{1000};

}  // namespace

struct log::state {
    log_format format = log_format::json;
    // Nothing where nothing is written.
    std::shared_ptr<log_output> output;
    std::shared_ptr<batching_sink> sink;
    std::optional<spdlog::logger> logger;
};

log::log(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

log::~log() {
    if (!state_->output)
        return;
    state_->output->finish_within(farewell);
    state_->logger.reset();
    state_->sink.reset();
}

result<std::shared_ptr<log>> log::open(const log_settings& settings) {
    auto output = log_output::open(settings.output);
    if (!output)
        return output.error();
    auto content = std::make_unique<state>();
    content->format = settings.format;
    content->output = std::move(*output);
    content->sink =
        std::make_shared<batching_sink>(content->output, std::make_unique<line_formatter>(settings.format));
    content->logger.emplace("shopbell", content->sink);
    content->logger->set_level(to_spdlog(settings.level));
    return std::shared_ptr<log>(new log(std::move(content)));
}

std::shared_ptr<log> log::null() {
    return std::shared_ptr<log>(new log(std::make_unique<state>()));
}

bool log::enabled(log_level level) const noexcept {
    return level != log_level::off && state_->logger && state_->logger->should_log(to_spdlog(level));
}

void log::set_level(log_level level) noexcept {
    if (state_->logger)
        state_->logger->set_level(to_spdlog(level));
}

void log::write(log_level level, std::string_view message, const log_fields& fields) {
    if (!enabled(level))
        return;
    const auto payload = format_payload(state_->format, message, fields);
    state_->logger->log(now(), spdlog::source_loc(), to_spdlog(level), payload);
}

void log::write(log_level level, std::string_view message, const log_fields& fields,
                std::function<void(bool)> told) {
    if (!enabled(level))
        return told(false);
    const auto payload = format_payload(state_->format, message, fields);
    state_->sink->log({now(), spdlog::source_loc(), state_->logger->name(), to_spdlog(level), payload},
                      std::move(told));
}

void log::reopen() {
    if (!state_->output)
        return;
    if (const auto opened = state_->output->reopen(); !opened)
        error("the log stays in the file that was open", {{"reason", opened.error().reason}});
}

std::size_t log::dropped() const noexcept {
    if (!state_->output)
        return 0;
    return state_->sink->dropped() + state_->output->failed();
}

}  // namespace shopbell
