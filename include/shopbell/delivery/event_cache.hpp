#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <map>
#include <memory>

namespace shopbell {

/// Reads a stored delivery into the event that sinks get: its provider's typed data in one document.
[[nodiscard]] std::shared_ptr<const event> make_event(stored_event stored);

/// Bytes that bounds on memory count for an event.
[[nodiscard]] std::size_t size_in_memory(const event& content);

/// Keeps the events made last, so that several sinks near the same position share one. Only on the delivery
/// thread.
class event_cache {
public:
    [[nodiscard]] std::shared_ptr<const event> get(stored_event stored);
    void clear() noexcept;

private:
    std::map<sequence, std::shared_ptr<const event>> events_;
    std::size_t bytes_ = 0;
};

}  // namespace shopbell
