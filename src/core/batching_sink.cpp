#include "batching_sink.hpp"

#include "log_output.hpp"

#include <signal.h>

#include <algorithm>
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

batching_sink::batching_sink(std::shared_ptr<log_output> output, std::unique_ptr<spdlog::formatter> formatter)
    : output_(std::move(output)), formatter_(std::move(formatter)), writer_([this] { run(); }) {}

batching_sink::~batching_sink() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    writer_.join();
}

void batching_sink::log(const spdlog::details::log_msg& message, teller told) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    push({line.data(), line.size()}, std::move(told));
}

void batching_sink::push(std::string_view line, teller told) {
    bool wake = false;
    lost_receipts lost;
    {
        const std::lock_guard lock(mutex_);
        while (lines_ > 0 && (lines_ == most_lines || text_.size() - gone_ + line.size() >= most_bytes))
            drop_oldest(lost);
        text_ += line;
        text_ += '\n';
        if (told)
            receipts_.push_back({first_ + lines_, std::move(told)});
        ++lines_;
        wake = std::exchange(idle_, false);
    }
    if (wake)
        changed_.notify_one();
    for (const receipt& one : lost)
        one.told(false);
}

void batching_sink::drop_oldest(lost_receipts& lost) {
    gone_ = text_.find('\n', gone_) + 1;
    --lines_;
    dropped_.fetch_add(1, std::memory_order_relaxed);
    if (!receipts_.empty() && receipts_.front().line == first_) {
        lost.push_back(std::move(receipts_.front()));
        receipts_.pop_front();
    }
    ++first_;
    if (gone_ < text_.size() - gone_)
        return;
    text_.erase(0, gone_);
    gone_ = 0;
}

/// The receipts number the lines of the batch from 0.
batching_sink::receipts batching_sink::take(std::string& batch) {
    text_.erase(0, gone_);
    gone_ = 0;
    batch.swap(text_);
    receipts taken;
    taken.swap(receipts_);
    for (receipt& one : taken)
        one.line -= first_;
    first_ += std::exchange(lines_, 0);
    return taken;
}

void batching_sink::run() {
    block_write_signals();
    std::string batch;
    std::unique_lock lock(mutex_);
    while (true) {
        idle_ = lines_ == 0;
        changed_.wait(lock, [this] { return ending_ || lines_ > 0; });
        idle_ = false;
        if (lines_ == 0)
            return;
        const auto wanted = take(batch);
        lock.unlock();
        const auto lost = output_->write(batch);
        for (const receipt& one : wanted)
            one.told(!std::ranges::binary_search(lost, one.line));
        batch.clear();
        if (batch.capacity() > kept_bytes)
            batch = std::string();
        lock.lock();
        changed_.wait_for(lock, gather, [this] { return ending_; });
    }
}

}  // namespace shopbell
