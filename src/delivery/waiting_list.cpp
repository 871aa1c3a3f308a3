#include <shopbell/delivery/waiting_list.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

using std::chrono::milliseconds;

bool meets(const waiting_delivery& delivery, const breaker& health, waiting_list::choice wanted) {
    if (delivery.stored.number > wanted.up_to || (delivery.tried.is_suspect() && !wanted.suspects))
        return false;
    return health.is_untried(delivery.tried) ? wanted.untried : wanted.tried;
}

}  // namespace

waiting_delivery resume_waiting(pending_delivery stored, time_point wall, moment present,
                                const retry_policy& policy) {
    waiting_delivery delivery;
    delivery.due = present + std::clamp(stored.next_attempt - wall, milliseconds(0), policy.max);
    delivery.first = present - std::clamp(wall - stored.first_attempt, milliseconds(0), policy.give_up_after);
    delivery.stored = std::move(stored);
    return delivery;
}

void waiting_list::add(waiting_delivery delivery) {
    const auto number = delivery.stored.number;
    (void)remove(number);
    count_in(delivery.stored.subject);
    entries_.insert_or_assign(number, entry{std::move(delivery), false});
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
    for (auto& [number, item] : entries_) {
        if (due.size() == most)
            break;
        const auto& subject = item.delivery.stored.subject;
        const bool free = !item.in_flight && item.delivery.due <= at && !busy.contains(subject) &&
                          !passed_by.contains(subject) && meets(item.delivery, health, wanted) &&
                          (due.empty() || !item.delivery.alone);
        if (free) {
            due.push_back(number);
            item.in_flight = true;
        }
        if (!subject.empty() && (!free || most == 1))
            passed_by.insert(subject);
        if (free && item.delivery.alone)
            break;
    }
    in_flight_ += due.size();
    return due;
}

template <class Entries, class Each>
void waiting_list::for_each_head(Entries& entries, busy_subjects busy, const breaker& health, choice wanted,
                                 Each each) {
    for (auto& [number, item] : entries) {
        const auto& subject = item.delivery.stored.subject;
        const bool first = subject.empty() || busy.insert(subject).second;
        if (first && !item.in_flight && meets(item.delivery, health, wanted))
            each(item);
    }
}

std::vector<sequence> waiting_list::take_probe(moment at, const busy_subjects& busy, const breaker& health,
                                               choice wanted) {
    entry* chosen = nullptr;
    for_each_head(entries_, busy, health, wanted, [&](entry& item) {
        if (item.delivery.due <= at &&
            (chosen == nullptr || item.delivery.tried.latest < chosen->delivery.tried.latest))
            chosen = &item;
    });
    if (chosen == nullptr)
        return {};
    chosen->in_flight = true;
    ++in_flight_;
    return {chosen->delivery.stored.number};
}

waiting_delivery waiting_list::complete(sequence number) {
    auto done = std::move(entries_.extract(number).mapped());
    count_out(done.delivery.stored.subject);
    in_flight_ -= done.in_flight ? 1U : 0U;
    return std::move(done.delivery);
}

void waiting_list::reschedule(sequence number, moment until) {
    auto& item = entries_.at(number);
    in_flight_ -= std::exchange(item.in_flight, false) ? 1U : 0U;
    item.delivery.due = until;
}

const pending_delivery* waiting_list::make_due(sequence number, time_point wall, moment present) {
    auto& item = entries_.at(number);
    if (item.in_flight)
        return nullptr;
    auto& delivery = item.delivery;
    delivery.due = std::min(delivery.due, present);
    delivery.first = present;
    delivery.stored.next_attempt = delivery.stored.first_attempt = wall;
    return &delivery.stored;
}

std::vector<waiting_delivery> waiting_list::take_expired(moment at, milliseconds limit,
                                                         const breaker& health) {
    std::vector<waiting_delivery> expired;
    for (auto next = entries_.begin(); next != entries_.end();) {
        const auto item = next++;
        const auto& delivery = item->second.delivery;
        if (item->second.in_flight || health.is_untried(delivery.tried) || at - delivery.first < limit)
            continue;
        count_out(delivery.stored.subject);
        expired.push_back(std::move(item->second.delivery));
        entries_.erase(item);
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
    for (const auto& [number, item] : entries_) {
        if (item.in_flight && !item.delivery.stored.subject.empty())
            into.insert(item.delivery.stored.subject);
    }
}

std::size_t waiting_list::suspects_in_flight() const {
    if (in_flight_ == 0)
        return 0;
    return static_cast<std::size_t>(std::ranges::count_if(entries_, [](const auto& item) {
        return item.second.in_flight && item.second.delivery.tried.is_suspect();
    }));
}

std::optional<moment> waiting_list::next_due(busy_subjects busy, const breaker& health, choice wanted) const {
    std::optional<moment> earliest;
    for_each_head(entries_, std::move(busy), health, wanted, [&](const entry& item) {
        if (!earliest || item.delivery.due < *earliest)
            earliest = item.delivery.due;
    });
    return earliest;
}

std::optional<moment> waiting_list::next_expiry(milliseconds limit, const breaker& health) const {
    std::optional<moment> earliest;
    for (const auto& [number, item] : entries_) {
        const auto at = item.delivery.first + limit;
        if (!item.in_flight && !health.is_untried(item.delivery.tried) && (!earliest || at < *earliest))
            earliest = at;
    }
    return earliest;
}

}  // namespace shopbell
