#include <shopbell/delivery/dispatcher.hpp>

#include <shopbell/core/async.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

// The half of the dispatcher that takes note of what came of an attempt, and stores it.

namespace shopbell {

/// Ends the flight of a delivery, wherever it waited.
dispatcher::landed dispatcher::land(sequence number, const event& what) {
    if (waiting_.contains(number))
        return {waiting_.land(number), true};
    if (queued_.contains(number))
        return {queued_.land(number), true};
    window_.release(number);
    pending_delivery fresh;
    fresh.number = number;
    if (sink_.ordered)
        fresh.subject = what.subject;
    return {std::move(fresh), false};
}

void dispatcher::record(sequence number, const event& what, const outcome& latest,
                        std::chrono::milliseconds took) {
    const auto at = now();
    auto [delivery, is_stored] = land(number, what);
    if (erased_.erase(number) > 0) {
        results_.delivered.push_back(number);
        return;
    }
    if (delivery.attempts++ == 0)
        delivery.first_attempt = at;

    history_entry entry;
    entry.number = number;
    entry.at = at;
    entry.took = took;
    entry.response = std::visit([](const auto& any) { return any.response; }, latest);
    if (const auto* failed = std::get_if<retry>(&latest))
        last_failure_ = failed->why;
    const attempt_record tried{delivery.attempts, delivery.first_attempt};
    const auto next = next_step(tried, latest, at, sink_.retry, chance());
    const log_fields about = {{"sink", sink_.name},
                              {"event_id", what.id},
                              {"type", what.type},
                              {"attempts", static_cast<long long>(delivery.attempts)}};
    if (const auto* again = std::get_if<step_retry>(&next)) {
        record_failure(std::move(delivery), *again, about, std::move(entry));
    } else if (const auto* dead = std::get_if<step_dead>(&next)) {
        record_dead(delivery, about, dead->why, std::move(entry));
    } else {
        ++counted_.delivered;
        counts_.delivered();
        if (is_stored)
            results_.delivered.push_back(number);
        if (delivery.queued || delivery.attempts > 1)
            results_.history.push_back(std::move(entry));
        log_->debug("delivered", about);
    }
}

void dispatcher::record_failure(pending_delivery delivery, const step_retry& again, log_fields about,
                                history_entry entry) {
    ++counted_.failed;
    counts_.failed();
    counted_.last_error = again.why;
    counted_.last_error_at = entry.at;
    about.push_back({"next_attempt", to_rfc3339(again.at)});
    about.push_back({"error", again.why});
    log_->warn("delivery failed", about);
    entry.what = history_entry::kind::failed;
    entry.error = delivery.last_error = again.why;
    delivery.next_attempt = again.at;
    results_.history.push_back(std::move(entry));
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
void dispatcher::record_health(const std::vector<outcome>& outcomes) {
    const auto at_work = std::ranges::find_if(
        outcomes, [](const outcome& one) { return !std::holds_alternative<retry>(one); });
    const bool was_open = breaker_.is_open();
    breaker_.record(at_work != outcomes.end() ? *at_work : outcomes.front(), now(), sink_.retry, chance());
    if (breaker_.is_open() && !was_open)
        log_->warn("a sink fails again and again: it is tried with one delivery at a time",
                   {{"sink", sink_.name}, {"error", counted_.last_error}});
    if (was_open && !breaker_.is_open())
        log_->info("a sink works again", {{"sink", sink_.name}});
}

/// Retention leaves what is owed: only a person's erasure takes it away.
void dispatcher::record_gone(sequence number) {
    log_->warn("an event was erased before it was delivered",
               {{"sink", sink_.name}, {"number", static_cast<long long>(number)}});
    erased_.erase(number);
    if (waiting_.contains(number))
        (void)waiting_.land(number);
    else
        (void)queued_.land(number);
    results_.delivered.push_back(number);
}

void dispatcher::keep_waiting(pending_delivery one) {
    results_.pending.push_back(one);
    auto& list = one.queued ? queued_ : waiting_;
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
        co_await pause_briefly();
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
