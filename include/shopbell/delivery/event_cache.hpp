#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/stores/catalog.hpp>

#include <map>
#include <memory>
#include <utility>

namespace shopbell {

/// Reads a stored delivery into the event that sinks get: its provider's typed data in one document.
[[nodiscard]] std::shared_ptr<const event> make_event(stored_event stored, const delivery_reading& by);

/// Bytes that bounds on memory count for an event.
[[nodiscard]] std::size_t size_in_memory(const event& content);

/// Keeps the events made last, so that several sinks near the same position share one. Only on the delivery
/// thread.
class event_cache {
public:
    explicit event_cache(
        std::shared_ptr<const delivery_reading> by = std::make_shared<const delivery_reading>())
        : by_(std::move(by)) {}

    [[nodiscard]] std::shared_ptr<const event> get(stored_event stored);
    void clear() noexcept;

private:
    std::shared_ptr<const delivery_reading> by_;
    std::map<sequence, std::shared_ptr<const event>> events_;
    std::size_t bytes_ = 0;
};

}  // namespace shopbell
