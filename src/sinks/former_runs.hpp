#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/sinks/program.hpp>

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace shopbell {

/// Programs that a daemon has started which was then killed, and which still run: to start them again at once
/// would have two of them work side by side. They are known by the event's name in their environment and by
/// their command. Blocks.
class former_runs {
public:
    /// `like`: what the sink runs. `timeout`: how long a run may take, counted from its own start.
    former_runs(program like, std::chrono::milliseconds timeout)
        : like_(std::move(like)), timeout_(timeout) {}

    /// Whether all have ended, or were killed at the end of their own time, before `until`.
    [[nodiscard]] bool end_before(std::chrono::steady_clock::time_point until);

private:
    struct run {
        ::pid_t group;
        file_descriptor handle;
        std::chrono::steady_clock::time_point deadline;
    };

    void find();
    [[nodiscard]] bool is_one(const std::string& process) const;

    const program like_;
    const std::chrono::milliseconds timeout_;
    bool looked_ = false;
    std::vector<run> left_;
};

}  // namespace shopbell
