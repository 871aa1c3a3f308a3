#pragma once

#include <shopbell/core/line_budget.hpp>
#include <shopbell/core/log.hpp>

namespace shopbell::http {

/// Whether requests that anyone can send get a line of the log each, and what says how many did not. These
/// are the refused ones: 4xx and what else is answered for the request's own fault, and clients that leave
/// without an answer. What was accepted, and what failed for a reason of ours, always has its line.
/// Thread-safe; one for all threads of a server.
class refusal_lines {
public:
    /// `level`: of the lines that say how many.
    refusal_lines(line_allowance allowed, log& lines, log_level level) noexcept;

    /// Whether a request that was answered so gets its line now.
    [[nodiscard]] bool take(unsigned status);

    /// Writes one line for each status of which lines are missing since the last time.
    void summarise();

    [[nodiscard]] std::chrono::milliseconds interval() const noexcept { return interval_; }

private:
    line_budget budget_;
    log& lines_;
    const log_level level_;
    const std::chrono::milliseconds interval_;
};

}  // namespace shopbell::http
