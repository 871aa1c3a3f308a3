#include <shopbell/delivery/waiting_list.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

void waiting_list::add(pending_delivery one) {
    const auto number = one.number;
    entries_.insert_or_assign(number, entry{std::move(one), false});
}

std::vector<sequence> waiting_list::take_due(time_point at, std::size_t most, const busy_subjects& busy) {
    std::vector<sequence> due;
    busy_subjects passed_by;
    for (auto& [number, one] : entries_) {
        if (due.size() == most)
            break;
        const auto& subject = one.delivery.subject;
        const bool free = !one.in_flight && one.delivery.next_attempt <= at && !busy.contains(subject) &&
                          !passed_by.contains(subject);
        if (free) {
            due.push_back(number);
            one.in_flight = true;
        }
        if (!subject.empty() && (!free || most == 1))
            passed_by.insert(subject);
    }
    in_flight_ += due.size();
    return due;
}

pending_delivery waiting_list::land(sequence number) {
    auto landed = std::move(entries_.extract(number).mapped());
    in_flight_ -= landed.in_flight ? 1U : 0U;
    return std::move(landed.delivery);
}

void waiting_list::postpone(sequence number, time_point until) {
    auto& one = entries_.at(number);
    in_flight_ -= std::exchange(one.in_flight, false) ? 1U : 0U;
    one.delivery.next_attempt = until;
}

const pending_delivery* waiting_list::ask_again(sequence number, time_point at) {
    auto& one = entries_.at(number);
    if (one.in_flight)
        return nullptr;
    one.delivery.next_attempt = std::min(one.delivery.next_attempt, at);
    one.delivery.first_attempt = at;
    return &one.delivery;
}

std::vector<pending_delivery> waiting_list::take_expired(time_point at, std::chrono::milliseconds limit) {
    std::vector<pending_delivery> expired;
    for (auto next = entries_.begin(); next != entries_.end();) {
        const auto one = next++;
        if (one->second.in_flight || at - one->second.delivery.first_attempt < limit)
            continue;
        expired.push_back(std::move(one->second.delivery));
        entries_.erase(one);
    }
    return expired;
}

bool waiting_list::remove(sequence number) {
    const auto found = entries_.find(number);
    if (found == entries_.end() || found->second.in_flight)
        return false;
    entries_.erase(found);
    return true;
}

void waiting_list::collect_subjects(busy_subjects& into) const {
    for (const auto& [number, one] : entries_) {
        if (!one.delivery.subject.empty())
            into.insert(one.delivery.subject);
    }
}

void waiting_list::collect_in_flight(busy_subjects& into) const {
    if (in_flight_ == 0)
        return;
    for (const auto& [number, one] : entries_) {
        if (one.in_flight && !one.delivery.subject.empty())
            into.insert(one.delivery.subject);
    }
}

std::optional<time_point> waiting_list::next_due(busy_subjects busy) const {
    std::optional<time_point> earliest;
    for (const auto& [number, one] : entries_) {
        const auto& subject = one.delivery.subject;
        const bool first = subject.empty() || busy.insert(subject).second;
        if (first && !one.in_flight && (!earliest || one.delivery.next_attempt < *earliest))
            earliest = one.delivery.next_attempt;
    }
    return earliest;
}

std::optional<time_point> waiting_list::next_expiry(std::chrono::milliseconds limit) const {
    std::optional<time_point> earliest;
    for (const auto& [number, one] : entries_) {
        if (!one.in_flight && (!earliest || one.delivery.first_attempt + limit < *earliest))
            earliest = one.delivery.first_attempt + limit;
    }
    return earliest;
}

}  // namespace shopbell
