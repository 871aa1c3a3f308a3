#include "log_queue.hpp"

#include "log_output.hpp"

#include <signal.h>

#include <chrono>
#include <utility>

namespace shopbell {
namespace {

constexpr std::size_t most_lines = 8192;
constexpr std::size_t most_bytes = std::size_t{8} << 20U;
/// Memory that a batch keeps for the next one.
constexpr std::size_t kept_bytes = std::size_t{256} << 10U;
/// How long a busy log gathers lines for its next write: a person who follows it does not notice.
constexpr std::chrono::milliseconds gather{5};

/// A log whose reader has gone or whose file may not grow is an error of `write`, not the end of the process.
void block_write_signals() {
    ::sigset_t blocked;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGPIPE);
    ::sigaddset(&blocked, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

}  // namespace

log_queue::log_queue(std::shared_ptr<log_output> output)
    : output_(std::move(output)), writer_([this] { run(); }) {}

log_queue::~log_queue() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    writer_.join();
}

void log_queue::push(std::string_view line) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        while (lines_ > 0 && (lines_ == most_lines || text_.size() - gone_ + line.size() >= most_bytes))
            drop_oldest();
        text_ += line;
        text_ += '\n';
        ++lines_;
        wake = std::exchange(idle_, false);
    }
    if (wake)
        changed_.notify_one();
}

void log_queue::drop_oldest() {
    gone_ = text_.find('\n', gone_) + 1;
    --lines_;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    if (gone_ < text_.size() - gone_)
        return;
    text_.erase(0, gone_);
    gone_ = 0;
}

void log_queue::take(std::string& batch) {
    text_.erase(0, gone_);
    gone_ = 0;
    lines_ = 0;
    batch.swap(text_);
}

void log_queue::run() {
    block_write_signals();
    std::string batch;
    std::unique_lock lock(mutex_);
    while (true) {
        idle_ = lines_ == 0;
        changed_.wait(lock, [this] { return ending_ || lines_ > 0; });
        idle_ = false;
        if (lines_ == 0)
            return;
        take(batch);
        lock.unlock();
        output_->write(batch);
        batch.clear();
        if (batch.capacity() > kept_bytes)
            batch = std::string();
        lock.lock();
        changed_.wait_for(lock, gather, [this] { return ending_; });
    }
}

}  // namespace shopbell
