#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace shopbell {

class log_output;

/// Finished lines on their way to the output, and the thread that writes them. One text instead of one
/// message per line: a line costs its caller a lock and a copy, and a busy log one wake-up and one write for
/// all lines of some milliseconds. Bounded in lines and bytes; beyond it the oldest lines go and are counted.
class log_queue {
public:
    explicit log_queue(std::shared_ptr<log_output> output);
    ~log_queue();  ///< hands everything to the output first

    log_queue(const log_queue&) = delete;
    log_queue& operator=(const log_queue&) = delete;

    using teller = std::function<void(bool)>;

    /// A line without its newline, and without any in it. Waits for no output. `told`, where there is one, is
    /// called when the line is written (true) or lost. Thread-safe.
    void push(std::string_view line, teller told = nullptr);

    /// Lines that went because the output did not keep up. Thread-safe.
    [[nodiscard]] std::size_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

private:
    /// Who wants to know of a line, by its number since the start.
    struct receipt {
        std::uint64_t line;
        teller told;
    };
    using receipts = std::deque<receipt>;

    void run();
    void drop_oldest(receipts& lost);
    [[nodiscard]] receipts take(std::string& batch);

    const std::shared_ptr<log_output> output_;
    std::atomic<std::size_t> dropped_ = 0;

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::string text_;         // lines with their newlines, behind `gone_` bytes of dropped ones
    std::size_t gone_ = 0;     // erased late, so that dropping a line does not move all others
    std::size_t lines_ = 0;    // behind `gone_`
    std::uint64_t first_ = 0;  // the number of the first of them
    receipts receipts_;        // of some of them, in their order
    bool idle_ = false;        // the thread sleeps until a line comes
    bool ending_ = false;

    std::thread writer_;  // last: it uses all of the above
};

}  // namespace shopbell
