#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <atomic>
#include <string>
#include <vector>

namespace shopbell {

/// Whether the daemon can commit (interface.md, section 6): GET /readyz answers 200 while it can, and 503
/// with the reasons while not. Thread-safe.
class health {
public:
    /// `store` outlives the object.
    explicit health(const inbox& store) noexcept : inbox_(store) {}

    /// From now on not ready: the process is on its way out.
    void start_draining() noexcept { draining_ = true; }

    [[nodiscard]] bool is_ready() const { return hindrances().empty(); }
    /// Why nothing is committed; empty while it is.
    [[nodiscard]] std::vector<std::string> hindrances() const;

private:
    const inbox& inbox_;
    std::atomic<bool> draining_ = false;
};

}  // namespace shopbell
