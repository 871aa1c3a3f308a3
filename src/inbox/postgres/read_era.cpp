#include "read_era.hpp"

#include <utility>

namespace shopbell::postgres {

void agreed_server::agree(std::string host, era when) {
    {
        const std::lock_guard guard(mutex_);
        if (when != era_)
            return;
        host_ = std::move(host);
    }
    agreed_.notify_all();
}

void agreed_server::end_era() {
    const std::lock_guard guard(mutex_);
    host_.reset();
    ++era_;
}

era agreed_server::current() const {
    const std::lock_guard guard(mutex_);
    return era_;
}

std::optional<agreed_server::place> agreed_server::wait(std::chrono::steady_clock::time_point until) const {
    std::unique_lock guard(mutex_);
    if (!agreed_.wait_until(guard, until, [this] { return host_.has_value(); }))
        return std::nullopt;
    return place{*host_, era_};
}

void read_ids::add(const stored_event& read, era when) {
    const std::lock_guard guard(mutex_);
    if (ids_.insert_or_assign(read.number, entry{read.id, when}).second)
        order_.push_back(read.number);
    if (order_.size() > most) {
        ids_.erase(order_.front());
        order_.pop_front();
    }
}

std::optional<read_ids::entry> read_ids::find(sequence number) const {
    const std::lock_guard guard(mutex_);
    const auto found = ids_.find(number);
    if (found == ids_.end())
        return std::nullopt;
    return found->second;
}

}  // namespace shopbell::postgres
