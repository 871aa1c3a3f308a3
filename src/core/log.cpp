#include <shopbell/core/log.hpp>

#include "log_line.hpp"
#include "log_output.hpp"

#include <signal.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>

#include <atomic>
#include <chrono>

namespace shopbell {
namespace {

/// Lines that wait for the disk; beyond it the oldest goes.
constexpr std::size_t queue_length = 8192;
/// How long the end of the daemon waits for a reader that has stopped reading its log.
constexpr std::chrono::milliseconds farewell{1000};

/// A log whose reader has gone or whose file may not grow is an error of `write`, not the end of the process.
void block_write_signals() {
    ::sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGPIPE);
    ::sigaddset(&blocked, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

}  // namespace

struct log::state {
    std::atomic<log_level> level = log_level::off;
    log_format format = log_format::json;
    std::shared_ptr<log_output> output;
    // Not spdlog's global pool: its end is this log's end, and it is joined before the output goes.
    std::shared_ptr<spdlog::details::thread_pool> pool;
    std::shared_ptr<spdlog::async_logger> lines;
};

log::log(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

log::~log() {
    if (!state_->output)
        return;
    state_->output->finish_within(farewell);
    state_->lines.reset();
    state_->pool.reset();  // the queue is written, then the thread joined
}

result<std::shared_ptr<log>> log::open(const log_settings& settings) {
    auto output = log_output::open(settings.output);
    if (!output)
        return output.error();
    auto content = std::make_unique<state>();
    content->level = settings.level;
    content->format = settings.format;
    content->output = std::move(*output);
    content->pool = std::make_shared<spdlog::details::thread_pool>(queue_length, 1, block_write_signals);
    content->lines = std::make_shared<spdlog::async_logger>("shopbell", content->output, content->pool,
                                                            spdlog::async_overflow_policy::overrun_oldest);
    content->lines->set_level(spdlog::level::trace);  // `write` has decided already
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
    const std::string line = format_line(state_->format, now(), level, message, fields);
    state_->lines->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
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
    return state_->pool->overrun_counter() + state_->output->failed();
}

}  // namespace shopbell
