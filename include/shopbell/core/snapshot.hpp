#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace shopbell {

/// A value that is replaced as a whole while others read it (a reload): who has taken one keeps it for as
/// long as he likes. Thread-safe.
template <class Value>
class snapshot {
public:
    using pointer = std::shared_ptr<const Value>;

    explicit snapshot(pointer first) noexcept : current_(std::move(first)) {}

    [[nodiscard]] pointer get() const {
        const std::lock_guard guard(mutex_);
        return current_;
    }

    void set(pointer next) {
        const std::lock_guard guard(mutex_);
        current_.swap(next);
    }

private:
    mutable std::mutex mutex_;  // guards the pointer, for the moment it takes to copy it
    pointer current_;
};

}  // namespace shopbell
