#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace shopbell {

/// Those who want to be told of something. Thread-safe. Calls are made under the lock: that is what lets a
/// subscription's end wait for one that is under way.
template <class... Arguments>
class listeners {
public:
    [[nodiscard]] subscription add(std::function<void(Arguments...)> tell) {
        const std::lock_guard guard(mutex_);
        const auto key = ++last_;
        all_.emplace(key, std::move(tell));
        return subscription([this, key] { remove(key); });
    }

    void call(Arguments... arguments) {
        const std::lock_guard guard(mutex_);
        for (const auto& [key, tell] : all_)
            tell(arguments...);
    }

    [[nodiscard]] bool empty() const {
        const std::lock_guard guard(mutex_);
        return all_.empty();
    }

private:
    void remove(std::uint64_t key) {
        const std::lock_guard guard(mutex_);
        all_.erase(key);
    }

    mutable std::mutex mutex_;  // guards the two below
    std::map<std::uint64_t, std::function<void(Arguments...)>> all_;
    std::uint64_t last_ = 0;
};

/// Of new events.
using arrival_listeners = listeners<>;

}  // namespace shopbell
