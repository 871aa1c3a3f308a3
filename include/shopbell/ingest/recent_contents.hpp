#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Which events had which signed content, as far as an endpoint remembers: a few thousand of the latest since
/// the start, the older of two that fall on one place forgotten. Thread-safe.
class recent_contents {
public:
    /// Remembers the event of that id under its content. The id of the one before it that had the same.
    [[nodiscard]] std::optional<std::string> remember(std::uint64_t content, std::string_view id);

private:
    struct event {
        std::uint64_t content = 0;
        std::string id;
    };

    std::mutex mutex_;
    std::vector<event> places_;  // guarded by mutex_
};

}  // namespace shopbell
