#pragma once

#include <spdlog/formatter.h>
#include <spdlog/sinks/sink.h>

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
#include <vector>

namespace shopbell {

class log_output;

/// spdlog's sink: formats a line and hands it to a thread that writes. spdlog's own pool wakes for every
/// line; here a line costs its caller a lock and a copy, and a busy log one wake-up and one write for all
/// lines of some milliseconds. Bounded in lines and bytes; beyond it the oldest lines go and are counted.
class batching_sink final : public spdlog::sinks::sink {
public:
    explicit batching_sink(std::shared_ptr<log_output> output, std::unique_ptr<spdlog::formatter> formatter);
    ~batching_sink() override;  ///< hands everything to the output first

    batching_sink(const batching_sink&) = delete;
    batching_sink& operator=(const batching_sink&) = delete;

    using teller = std::function<void(bool)>;

    /// Waits for no output. Thread-safe.
    void log(const spdlog::details::log_msg& message) override { log(message, nullptr); }
    /// The same for a line that somebody answers for: `told` is called when it is written (true) or lost.
    void log(const spdlog::details::log_msg& message, teller told);

    /// The thread writes by itself.
    void flush() override {}
    /// The format is given once and for all.
    void set_pattern(const std::string&) override {}
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

    /// Lines that went because the output did not keep up. Thread-safe.
    [[nodiscard]] std::size_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

private:
    /// Who wants to know of a line, by its number since the start.
    struct receipt {
        std::uint64_t line;
        teller told;
    };
    using receipts = std::deque<receipt>;
    using lost_receipts = std::vector<receipt>;  ///< allocates nothing where there are none

    void push(std::string_view line, teller told);
    void run();
    void drop_oldest(lost_receipts& lost);
    [[nodiscard]] receipts take(std::string& batch);

    const std::shared_ptr<log_output> output_;
    const std::unique_ptr<spdlog::formatter> formatter_;
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
