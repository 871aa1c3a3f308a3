#include <shopbell/delivery/event_window.hpp>

#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>

namespace shopbell {

void event_window::push(sequence number, std::shared_ptr<const event> content, std::string_view subject) {
    if (content)
        bytes_ += size_in_memory(*content);
    entries_.push_back({number, std::move(content), subject, false});
}

event_batch event_window::take(std::size_t most, busy_subjects busy, std::vector<sequence>& numbers) {
    event_batch taken;
    for (auto& each : entries_) {
        if (!each.content)
            continue;
        if (!each.in_flight && !busy.contains(each.subject)) {
            each.in_flight = true;
            taken.push_back(each.content);
            numbers.push_back(each.number);
            if (taken.size() == most)
                break;
            continue;
        }
        if (!each.subject.empty())
            busy.insert(each.subject);
    }
    return taken;
}

void event_window::release(sequence number) {
    const auto found = std::ranges::lower_bound(entries_, number, {}, &entry::number);
    if (found == entries_.end() || found->number != number || !found->content)
        return;
    bytes_ -= size_in_memory(*found->content);
    *found = {number, nullptr, {}, false};
}

std::vector<event_window::held> event_window::waiting(const busy_subjects& subjects) const {
    std::vector<held> found;
    for (const auto& each : entries_) {
        if (each.content && !each.in_flight && subjects.contains(each.subject))
            found.push_back({each.number, each.subject});
    }
    return found;
}

bool event_window::has_free(busy_subjects busy) const {
    for (const auto& each : entries_) {
        if (!each.content)
            continue;
        if (!each.in_flight && !busy.contains(each.subject))
            return true;
        if (!each.subject.empty())
            busy.insert(each.subject);
    }
    return false;
}

void event_window::collect_in_flight(busy_subjects& into) const {
    for (const auto& each : entries_) {
        if (each.in_flight && !each.subject.empty())
            into.insert(each.subject);
    }
}

sequence event_window::advance(sequence position) {
    while (!entries_.empty() && !entries_.front().content) {
        position = entries_.front().number;
        entries_.pop_front();
    }
    return position;
}

bool event_window::remove(sequence number) {
    const auto* const found = find(number);
    if (found == nullptr || !found->content || found->in_flight)
        return false;
    release(number);
    return true;
}

bool event_window::contains(sequence number) const {
    const auto* const found = find(number);
    return found != nullptr && found->content;
}

std::string_view event_window::subject_of(sequence number) const {
    const auto* const found = find(number);
    return found != nullptr ? found->subject : std::string_view();
}

const event_window::entry* event_window::find(sequence number) const {
    const auto found = std::ranges::lower_bound(entries_, number, {}, &entry::number);
    return found != entries_.end() && found->number == number ? &*found : nullptr;
}

}  // namespace shopbell
