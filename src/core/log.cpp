#include <shopbell/core/log.hpp>

#include "log_line.hpp"
#include "log_output.hpp"
#include "log_queue.hpp"

#include <atomic>
#include <chrono>
#include <utility>

namespace shopbell {
namespace {

/// How long the end of the daemon waits for a reader that has stopped reading its log.
constexpr std::chrono::milliseconds farewell{1000};

}  // namespace

struct log::state {
    std::atomic<log_level> level = log_level::off;
    log_format format = log_format::json;
    std::shared_ptr<log_output> output;
    std::unique_ptr<log_queue> queue;
};

log::log(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

log::~log() {
    if (!state_->output)
        return;
    state_->output->finish_within(farewell);
    state_->queue.reset();
}

result<std::shared_ptr<log>> log::open(const log_settings& settings) {
    auto output = log_output::open(settings.output);
    if (!output)
        return output.error();
    auto content = std::make_unique<state>();
    content->level = settings.level;
    content->format = settings.format;
    content->output = std::move(*output);
    content->queue = std::make_unique<log_queue>(content->output);
    return std::shared_ptr<log>(new log(std::move(content)));
}

std::shared_ptr<log> log::null() {
    return std::shared_ptr<log>(new log(std::make_unique<state>()));
}

bool log::enabled(log_level level) const noexcept {
    return level != log_level::off && level >= state_->level.load(std::memory_order_relaxed);
}

void log::set_level(log_level level) noexcept {
    if (state_->output)
        state_->level.store(level, std::memory_order_relaxed);
}

void log::write(log_level level, std::string_view message, const log_fields& fields) {
    if (!enabled(level))
        return;
    state_->queue->push(format_line(state_->format, now(), level, message, fields));
}

void log::write(log_level level, std::string_view message, const log_fields& fields,
                std::function<void(bool)> told) {
    if (!enabled(level))
        return told(false);
    state_->queue->push(format_line(state_->format, now(), level, message, fields), std::move(told));
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
    return state_->queue->dropped() + state_->output->failed();
}

}  // namespace shopbell
