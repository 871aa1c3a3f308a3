#pragma once

#include "writer.hpp"

namespace shopbell {

/// While it lives the writer waits for the disk, and is not to be taken for one that hangs.
class inbox_writer::disk_wait {
public:
    explicit disk_wait(inbox_writer& writer) : writer_(writer) {
        const std::lock_guard guard(writer_.mutex_);
        outer_ = writer_.disk_since_.has_value();
        if (!outer_)
            writer_.disk_since_ = std::chrono::steady_clock::now();
    }
    ~disk_wait() {
        const std::lock_guard guard(writer_.mutex_);
        if (!outer_)
            writer_.disk_since_.reset();
    }
    disk_wait(const disk_wait&) = delete;
    disk_wait& operator=(const disk_wait&) = delete;

private:
    inbox_writer& writer_;
    bool outer_ = false;
};

}  // namespace shopbell
