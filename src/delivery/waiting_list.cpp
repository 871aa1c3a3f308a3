#include <shopbell/delivery/waiting_list.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

using std::chrono::milliseconds;

bool meets(const waiting_delivery& one, const breaker& health, waiting_list::choice wanted) {
    if (one.tried.is_suspect() && !wanted.suspects)
        return false;
    return health.is_untried(one.tried) ? wanted.untried : wanted.tried;
}

}  // namespace

waiting_delivery resume_waiting(pending_delivery stored, time_point wall, moment present,
                                const retry_policy& policy) {
    waiting_delivery one;
    one.due = present + std::clamp(stored.next_attempt - wall, milliseconds(0), policy.max);
    one.first = present - std::clamp(wall - stored.first_attempt, milliseconds(0), policy.give_up_after);
    one.stored = std::move(stored);
    return one;
}

void waiting_list::add(waiting_delivery one) {
    const auto number = one.stored.number;
    (void)remove(number);
    count_in(one.stored.subject);
    entries_.insert_or_assign(number, entry{std::move(one), false});
}

void waiting_list::count_in(const std::string& subject) {
    if (subject.empty())
        ++without_subject_;
    else
        ++subjects_[subject];
}

void waiting_list::count_out(const std::string& subject) {
    if (subject.empty())
        --without_subject_;
    else if (const auto counted = subjects_.find(subject); --counted->second == 0)
        subjects_.erase(counted);
}

std::vector<sequence> waiting_list::take_due(moment at, std::size_t most, const busy_subjects& busy,
                                             const breaker& health, choice wanted) {
    std::vector<sequence> due;
    busy_subjects passed_by;
    for (auto& [number, one] : entries_) {
        if (due.size() == most)
            break;
        const auto& subject = one.delivery.stored.subject;
        const bool free = !one.in_flight && one.delivery.due <= at && !busy.contains(subject) &&
                          !passed_by.contains(subject) && meets(one.delivery, health, wanted) &&
                          (due.empty() || !one.delivery.alone);
        if (free) {
            due.push_back(number);
            one.in_flight = true;
        }
        if (!subject.empty() && (!free || most == 1))
            passed_by.insert(subject);
        if (free && one.delivery.alone)
            break;
    }
    in_flight_ += due.size();
    return due;
}

template <class Entries, class Each>
void waiting_list::for_each_head(Entries& entries, busy_subjects busy, const breaker& health, choice wanted,
                                 Each each) {
    for (auto& [number, one] : entries) {
        const auto& subject = one.delivery.stored.subject;
        const bool first = subject.empty() || busy.insert(subject).second;
        if (first && !one.in_flight && meets(one.delivery, health, wanted))
            each(one);
    }
}

std::vector<sequence> waiting_list::take_probe(moment at, const busy_subjects& busy, const breaker& health,
                                               choice wanted) {
    entry* chosen = nullptr;
    for_each_head(entries_, busy, health, wanted, [&](entry& one) {
        if (one.delivery.due <= at &&
            (chosen == nullptr || one.delivery.tried.latest < chosen->delivery.tried.latest))
            chosen = &one;
    });
    if (chosen == nullptr)
        return {};
    chosen->in_flight = true;
    ++in_flight_;
    return {chosen->delivery.stored.number};
}

waiting_delivery waiting_list::land(sequence number) {
    auto landed = std::move(entries_.extract(number).mapped());
    count_out(landed.delivery.stored.subject);
    in_flight_ -= landed.in_flight ? 1U : 0U;
    return std::move(landed.delivery);
}

void waiting_list::postpone(sequence number, moment until) {
    auto& one = entries_.at(number);
    in_flight_ -= std::exchange(one.in_flight, false) ? 1U : 0U;
    one.delivery.due = until;
}

const pending_delivery* waiting_list::ask_again(sequence number, time_point wall, moment present) {
    auto& one = entries_.at(number);
    if (one.in_flight)
        return nullptr;
    auto& delivery = one.delivery;
    delivery.due = std::min(delivery.due, present);
    delivery.first = present;
    delivery.stored.next_attempt = delivery.stored.first_attempt = wall;
    return &delivery.stored;
}

std::vector<waiting_delivery> waiting_list::take_expired(moment at, milliseconds limit,
                                                         const breaker& health) {
    std::vector<waiting_delivery> expired;
    for (auto next = entries_.begin(); next != entries_.end();) {
        const auto one = next++;
        const auto& delivery = one->second.delivery;
        if (one->second.in_flight || health.is_untried(delivery.tried) || at - delivery.first < limit)
            continue;
        count_out(delivery.stored.subject);
        expired.push_back(std::move(one->second.delivery));
        entries_.erase(one);
    }
    return expired;
}

bool waiting_list::remove(sequence number) {
    const auto found = entries_.find(number);
    if (found == entries_.end() || found->second.in_flight)
        return false;
    count_out(found->second.delivery.stored.subject);
    entries_.erase(found);
    return true;
}

void waiting_list::collect_subjects(busy_subjects& into) const {
    for (const auto& [subject, count] : subjects_)
        into.insert(subject);
}

void waiting_list::collect_in_flight(busy_subjects& into) const {
    if (in_flight_ == 0)
        return;
    for (const auto& [number, one] : entries_) {
        if (one.in_flight && !one.delivery.stored.subject.empty())
            into.insert(one.delivery.stored.subject);
    }
}

std::size_t waiting_list::suspects_in_flight() const {
    if (in_flight_ == 0)
        return 0;
    return static_cast<std::size_t>(std::ranges::count_if(entries_, [](const auto& one) {
        return one.second.in_flight && one.second.delivery.tried.is_suspect();
    }));
}

std::optional<moment> waiting_list::next_due(busy_subjects busy, const breaker& health, choice wanted) const {
    std::optional<moment> earliest;
    for_each_head(entries_, std::move(busy), health, wanted, [&](const entry& one) {
        if (!earliest || one.delivery.due < *earliest)
            earliest = one.delivery.due;
    });
    return earliest;
}

std::optional<moment> waiting_list::next_expiry(milliseconds limit, const breaker& health) const {
    std::optional<moment> earliest;
    for (const auto& [number, one] : entries_) {
        const auto at = one.delivery.first + limit;
        if (!one.in_flight && !health.is_untried(one.delivery.tried) && (!earliest || at < *earliest))
            earliest = at;
    }
    return earliest;
}

}  // namespace shopbell
