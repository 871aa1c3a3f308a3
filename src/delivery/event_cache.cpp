#include <shopbell/delivery/event_cache.hpp>

namespace shopbell {

std::size_t size_in_memory(const event& content) {
    return content.document.size() + content.original_body.size();
}

std::shared_ptr<const event> make_event(stored_event stored, const delivery_reading& by) {
    const stored_webhook one{stored.type, stored.fields, stored.body};
    const auto data = by.describe(stored.endpoint, stored.provider, one);
    auto proof = by.proof(stored.endpoint, stored.provider, one);
    auto made = std::make_shared<event>();
    made->id = std::move(stored.id);
    made->endpoint = std::move(stored.endpoint);
    made->provider = std::move(stored.provider);
    made->type = std::move(stored.type);
    made->subject = std::move(stored.subject);
    made->store = std::move(stored.store);
    made->accepted_at = stored.accepted_at;
    made->original_headers = std::move(stored.fields);
    made->original_body = std::move(stored.body);
    made->original_proof = std::move(proof);
    made->document = make_document(*made, data);
    return made;
}

std::shared_ptr<const event> event_cache::get(stored_event stored) {
    constexpr std::size_t most_events = 1024;
    constexpr std::size_t most_bytes = 16 * 1024 * 1024;
    const auto number = stored.number;
    if (const auto found = events_.find(number); found != events_.end())
        return found->second;
    auto made = make_event(std::move(stored), *by_);
    bytes_ += size_in_memory(*made);
    events_.emplace(number, made);
    while (events_.size() > most_events || (bytes_ > most_bytes && events_.size() > 1)) {
        bytes_ -= size_in_memory(*events_.begin()->second);
        events_.erase(events_.begin());
    }
    return made;
}

void event_cache::clear() noexcept {
    events_.clear();
    bytes_ = 0;
}

}  // namespace shopbell
