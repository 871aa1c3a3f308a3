#include <shopbell/delivery/dispatcher.hpp>

#include <shopbell/core/async.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

// The half of the dispatcher that takes note of what came of an attempt, and stores it.

namespace shopbell {

/// Ends the flight of a delivery, wherever it waited.
dispatcher::landed dispatcher::land(sequence number) {
    if (waiting_.contains(number))
        return {waiting_.land(number), true};
    if (queued_.contains(number))
        return {queued_.land(number), true};
    waiting_delivery fresh;
    fresh.stored.number = number;
    fresh.stored.subject = window_.subject_of(number);
    window_.release(number);
    return {std::move(fresh), false};
}

void dispatcher::record(sequence number, const event_names& names, const outcome& latest,
                        std::chrono::milliseconds took) {
    const auto at = now();
    auto [delivery, is_stored] = land(number);
    if (erased_.erase(number) > 0) {
        results_.delivered.push_back(number);
        return;
    }
    const auto present = steady_now();
    auto& stored = delivery.stored;
    if (stored.attempts++ == 0) {
        stored.first_attempt = at;
        delivery.first = present;
    }

    history_entry entry;
    entry.number = number;
    entry.at = at;
    entry.took = took;
    entry.response = std::visit([](const auto& any) { return any.response; }, latest);
    const attempt_record tried{stored.attempts, present - delivery.first};
    const auto next = next_step(tried, latest, sink_.retry, chance());
    const log_fields about = {{"sink", sink_.name},
                              {"event_id", names.id},
                              {"number", static_cast<long long>(number)},
                              {"type", names.type},
                              {"attempts", static_cast<long long>(stored.attempts)}};
    if (const auto* again = std::get_if<step_retry>(&next)) {
        delivery.due = present + again->wait;
        record_failure(std::move(delivery), *again, about, std::move(entry));
    } else if (const auto* dead = std::get_if<step_dead>(&next)) {
        record_dead(stored, about, dead->why, std::move(entry));
    } else {
        ++counted_.delivered;
        counts_.delivered();
        if (is_stored)
            results_.delivered.push_back(number);
        if (stored.queued || stored.attempts > 1 || number <= told_to_)
            results_.history.push_back(std::move(entry));
        log_->debug("delivered", about);
    }
}

void dispatcher::record_failure(waiting_delivery delivery, const step_retry& again, log_fields about,
                                history_entry entry) {
    auto& stored = delivery.stored;
    ++counted_.failed;
    counts_.failed();
    counted_.last_error = again.why;
    counted_.last_error_at = entry.at;
    stored.next_attempt = entry.at + again.wait;
    about.push_back({"next_attempt", to_rfc3339(stored.next_attempt)});
    about.push_back({"error", again.why});
    log_->warn("delivery failed", about);
    entry.what = history_entry::kind::failed;
    entry.error = stored.last_error = again.why;
    results_.history.push_back(std::move(entry));
    delivery.tried.latest = ++tries_;
    (void)breaker_.note_failure(delivery.tried);
    keep_waiting(std::move(delivery));
}

void dispatcher::record_dead(const pending_delivery& delivery, log_fields about, const std::string& why,
                             history_entry entry) {
    ++counted_.failed;
    ++counted_.dead;
    counts_.dead();
    counted_.last_error = why;
    counted_.last_error_at = entry.at;
    about.push_back({"error", why});
    log_->error("dead letter", about);
    results_.dead.push_back({delivery.number, delivery.attempts, entry.at, why});
    entry.what = history_entry::kind::dead;
    entry.error = why;
    results_.history.push_back(std::move(entry));
}

/// One attempt's outcomes as one word on the sink itself: a batch that fails whole is one failure.
void dispatcher::record_health(const std::vector<sequence>& numbers, const std::vector<outcome>& outcomes) {
    const bool was_open = breaker_.is_open();
    const auto works = [](const outcome& one) { return !std::holds_alternative<retry>(one); };
    if (std::ranges::any_of(outcomes, works)) {
        breaker_.succeed();
        if (was_open)
            log_->info("a sink works again", {{"sink", sink_.name}});
        return;
    }
    breaker::failure_facts facts{false, false, std::chrono::milliseconds(0)};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto* const waiting = find_waiting(numbers[i]);
        const auto tried = waiting == nullptr ? trial() : waiting->tried;
        facts.blame |= !tried.is_suspect();
        facts.is_news |= !tried.is_suspect() && breaker_.is_untried(tried);
        const auto asked = std::get<retry>(outcomes[i]).wait;
        facts.asked = std::max(facts.asked, asked.value_or(std::chrono::milliseconds(0)));
    }
    breaker_.fail(facts, steady_now(), sink_.retry, chance());
    if (breaker_.is_open() && !was_open)
        log_->warn("a sink fails again and again: it is tried with one delivery at a time",
                   {{"sink", sink_.name}, {"error", std::get<retry>(outcomes.front()).why}});
}

/// The sink itself threw. It says nothing about the other side, and of a batch nobody knows which event it
/// was: from now on each goes alone.
void dispatcher::record_thrown(const event_batch& events, const std::vector<sequence>& numbers,
                               const std::string& error) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const event_names names{events[i]->id, events[i]->type};
        record(numbers[i], names, outcome(retry{error}), std::chrono::milliseconds(0));
        if (waiting_.contains(numbers[i]))
            waiting_.set_alone(numbers[i]);
        else if (queued_.contains(numbers[i]))
            queued_.set_alone(numbers[i]);
    }
}

/// An event was read of which nobody can say yet whether a route takes it: it waits for another look.
void dispatcher::record_undecided(sequence number, const std::string& subject, const event_names& names,
                                  const std::string& error) {
    waiting_delivery one;
    one.stored.number = number;
    one.stored.subject = subject;
    one.undecided = true;
    waiting_.add(std::move(one));
    record(number, names, outcome(retry{error}), std::chrono::milliseconds(0));
}

/// What comes of a delivery whose event cannot be given to the sink now.
void dispatcher::record_fetched(sequence number, const fetched& found) {
    switch (found.what) {
        case fetched::state::ready:
            return;
        case fetched::state::erased:
            return record_gone(number);
        case fetched::state::not_routed:
            return let_go(number);
        case fetched::state::broken:
            return record(number, found.names, outcome(retry{found.error}), std::chrono::milliseconds(0));
        case fetched::state::unreadable:
            break;
    }
    auto& list = waiting_.contains(number) ? waiting_ : queued_;
    list.postpone(number, steady_now() + std::chrono::seconds(1));
}

/// Retention leaves what is owed: only a person's erasure takes it away.
void dispatcher::record_gone(sequence number) {
    log_->warn("an event was erased before it was delivered",
               {{"sink", sink_.name}, {"number", static_cast<long long>(number)}});
    let_go(number);
}

/// The sink does not get that event, and the inbox no longer counts on it.
void dispatcher::let_go(sequence number) {
    erased_.erase(number);
    (void)land(number);
    results_.delivered.push_back(number);
}

const waiting_delivery* dispatcher::find_waiting(sequence number) const {
    for (const auto* const list : {&waiting_, &queued_}) {
        if (list->contains(number))
            return &list->at(number);
    }
    return nullptr;
}

void dispatcher::keep_waiting(waiting_delivery one) {
    results_.pending.push_back(one.stored);
    auto& list = one.stored.queued ? queued_ : waiting_;
    list.add(std::move(one));
}

bool dispatcher::has_results() const noexcept {
    return position_ > results_.position || !results_.pending.empty() || !results_.delivered.empty() ||
           !results_.dead.empty() || !results_.history.empty();
}

void dispatcher::start_settling() {
    settling_ = true;
    auto finished = [this](std::exception_ptr thrown) {
        settling_ = false;
        notice(thrown);
    };
    asio::co_spawn(executor_, settle(), std::move(finished));
}

asio::awaitable<void> dispatcher::settle() {
    settlement fresh;
    fresh.sink = sink_.name;
    fresh.position = position_;
    sent_ = std::exchange(results_, std::move(fresh));
    sent_.position = position_;
    auto copy = sent_;
    const auto stored = co_await inbox_.settle(std::move(copy));
    settle_failed_ = !stored;
    auto sent = std::exchange(sent_, settlement());
    if (stored)
        co_return;
    log_->error("a sink cannot record its progress",
                {{"sink", sink_.name}, {"reason", stored.error().reason}});
    put_back(std::move(sent));
    if (!stopping_)
        co_await pause_briefly(std::chrono::seconds(1));
}

/// Deliveries of which the inbox does not have the latest word yet.
std::unordered_set<sequence> dispatcher::unsettled_numbers() const {
    std::unordered_set<sequence> numbers;
    for (const auto* const part : {&sent_, &results_}) {
        for (const auto& one : part->pending)
            numbers.insert(one.number);
        for (const auto& one : part->dead)
            numbers.insert(one.number);
        numbers.insert(part->delivered.begin(), part->delivered.end());
    }
    return numbers;
}

/// In front of what came since: a later word on the same delivery must win.
void dispatcher::put_back(settlement sent) {
    const auto add = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    add(sent.pending, results_.pending);
    add(sent.delivered, results_.delivered);
    add(sent.dead, results_.dead);
    add(sent.history, results_.history);
    sent.position = -1;  // so that the position counts as a result, too
    results_ = std::move(sent);
}

double dispatcher::chance() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace shopbell
