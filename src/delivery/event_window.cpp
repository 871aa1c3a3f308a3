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
    for (auto& one : entries_) {
        if (!one.content)
            continue;
        if (!one.in_flight && !busy.contains(one.subject)) {
            one.in_flight = true;
            taken.push_back(one.content);
            numbers.push_back(one.number);
            if (taken.size() == most)
                break;
            continue;
        }
        if (!one.subject.empty())
            busy.insert(one.subject);
    }
    return taken;
}

void event_window::release(sequence number) {
    const auto one = std::ranges::lower_bound(entries_, number, {}, &entry::number);
    if (one == entries_.end() || one->number != number || !one->content)
        return;
    bytes_ -= size_in_memory(*one->content);
    *one = {number, nullptr, {}, false};
}

std::vector<event_window::held> event_window::waiting(const busy_subjects& subjects) const {
    std::vector<held> found;
    for (const auto& one : entries_) {
        if (one.content && !one.in_flight && subjects.contains(one.subject))
            found.push_back({one.number, one.subject});
    }
    return found;
}

bool event_window::has_free(busy_subjects busy) const {
    for (const auto& one : entries_) {
        if (!one.content)
            continue;
        if (!one.in_flight && !busy.contains(one.subject))
            return true;
        if (!one.subject.empty())
            busy.insert(one.subject);
    }
    return false;
}

void event_window::collect_in_flight(busy_subjects& into) const {
    for (const auto& one : entries_) {
        if (one.in_flight && !one.subject.empty())
            into.insert(one.subject);
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
    const auto* const one = find(number);
    if (one == nullptr || !one->content || one->in_flight)
        return false;
    release(number);
    return true;
}

bool event_window::contains(sequence number) const {
    const auto* const one = find(number);
    return one != nullptr && one->content;
}

std::string_view event_window::subject_of(sequence number) const {
    const auto* const one = find(number);
    return one != nullptr ? one->subject : std::string_view();
}

const event_window::entry* event_window::find(sequence number) const {
    const auto found = std::ranges::lower_bound(entries_, number, {}, &entry::number);
    return found != entries_.end() && found->number == number ? &*found : nullptr;
}

}  // namespace shopbell
