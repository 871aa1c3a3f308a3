#include "attack_ledger.hpp"

#include <algorithm>

namespace shopbell::test {
namespace {

moment present() {
    return std::chrono::steady_clock::now();
}

}  // namespace

bool replay_order::covers(const acknowledged_event& one, const std::string& to) const {
    const auto fits = [](const std::string& asked, const std::string& has) {
        return asked.empty() || asked == has;
    };
    return fits(id, one.id) && fits(endpoint, one.endpoint) && fits(subject, one.subject) && fits(sink, to);
}

attack_ledger::attack_ledger(routing first) {
    periods_.push_back({std::move(first)});
}

void attack_ledger::add(acknowledged_event one) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(one));
}

void attack_ledger::add_unanswered() {
    const std::lock_guard lock(mutex_);
    ++unanswered_;
}

void attack_ledger::begin_edit(routing next) {
    const std::lock_guard lock(mutex_);
    periods_.push_back({std::move(next)});
}

void attack_ledger::end_edit() {
    const std::lock_guard lock(mutex_);
    const auto now = present();
    for (auto one = periods_.begin(); one + 1 != periods_.end(); ++one)
        one->end = std::min(one->end, now);
    for (const auto& [sink, endpoints] : periods_.back().routes) {
        if (removed_.erase(sink) > 0)
            placed_at_[sink] = now;
    }
}

void attack_ledger::add_removal(const std::string& sink) {
    const std::lock_guard lock(mutex_);
    removed_.insert(sink);
}

void attack_ledger::add_replay(replay_order one) {
    const std::lock_guard lock(mutex_);
    replays_.push_back(std::move(one));
}

void attack_ledger::add_drop(const std::string& sink, const std::string& id) {
    const std::lock_guard lock(mutex_);
    drops_.push_back({sink, id, present()});
}

void attack_ledger::begin_erasure(std::string subject, std::string email) {
    const std::lock_guard lock(mutex_);
    erasure one;
    one.subject = std::move(subject);
    one.email = std::move(email);
    one.begin = present();
    erasures_.push_back(std::move(one));
}

void attack_ledger::end_erasure(bool succeeded) {
    const std::lock_guard lock(mutex_);
    erasures_.back().end = present();
    erasures_.back().succeeded = succeeded;
}

attack_ledger::due attack_ledger::what_is_due(const acknowledged_event& one, const std::string& sink) const {
    const std::lock_guard lock(mutex_);
    bool taken = false, passed_over = false;
    for (const auto& part : periods_) {
        const auto at = part.routes.find(sink);
        if (part.end < one.sent || at == part.routes.end())
            continue;  // a sink that is away decides nothing
        (at->second.contains(one.endpoint) ? taken : passed_over) = true;
    }
    if (!taken)
        return due::never;
    const auto placed = placed_at_.find(sink);
    const bool may_precede_place = placed != placed_at_.end() && one.sent <= placed->second;
    const bool is_away = !periods_.back().routes.contains(sink);
    return passed_over || may_precede_place || is_away ? due::perhaps : due::certainly;
}

bool attack_ledger::was_replayed(const acknowledged_event& one, const std::string& sink,
                                 std::uint64_t place) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(replays_, [&](const replay_order& each) {
        const auto from = each.from.find(sink);
        return each.covers(one, sink) && from != each.from.end() && from->second <= place;
    });
}

bool attack_ledger::may_be_dropped(const acknowledged_event& one, const std::string& sink) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(drops_, [&](const drop& each) {
        return each.sink == sink && each.at >= one.sent && (each.id.empty() || each.id == one.id);
    });
}

bool attack_ledger::may_be_erased(const acknowledged_event& one) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(erasures_,
                               [&](const erasure& each) { return each.covers(one) && each.end >= one.sent; });
}

bool attack_ledger::must_be_erased(const acknowledged_event& one) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(erasures_, [&](const erasure& each) {
        return each.covers(one) && each.succeeded && each.begin > one.answered;
    });
}

std::vector<acknowledged_event> attack_ledger::events() const {
    const std::lock_guard lock(mutex_);
    return events_;
}

std::size_t attack_ledger::unanswered() const {
    const std::lock_guard lock(mutex_);
    return unanswered_;
}

std::optional<acknowledged_event> attack_ledger::any_event(std::mt19937_64& random) const {
    const std::lock_guard lock(mutex_);
    if (events_.empty())
        return std::nullopt;
    return events_[std::uniform_int_distribution<std::size_t>(0, events_.size() - 1)(random)];
}

}  // namespace shopbell::test
