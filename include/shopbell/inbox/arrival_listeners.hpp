#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace shopbell {

/// Those who want to know of new events. Thread-safe. Calls are made under the lock: that is what lets a
/// subscription's end wait for one that is under way.
class arrival_listeners {
public:
    [[nodiscard]] subscription add(std::function<void()> wake) {
        const std::lock_guard guard(mutex_);
        const auto key = ++last_;
        all_.emplace(key, std::move(wake));
        return subscription([this, key] { remove(key); });
    }

    void call() {
        const std::lock_guard guard(mutex_);
        for (const auto& [key, wake] : all_)
            wake();
    }

private:
    void remove(std::uint64_t key) {
        const std::lock_guard guard(mutex_);
        all_.erase(key);
    }

    std::mutex mutex_;  // guards the two below
    std::map<std::uint64_t, std::function<void()>> all_;
    std::uint64_t last_ = 0;
};

}  // namespace shopbell
