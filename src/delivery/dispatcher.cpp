#include <shopbell/delivery/dispatcher.hpp>

#include <shopbell/core/async.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <random>
#include <unordered_set>
#include <utility>

namespace shopbell {

namespace {

/// Failed deliveries that may wait at once: beyond it the sink reads no further.
constexpr std::size_t most_pending = 1000;
/// Bytes of the events in the window; one event may exceed it.
constexpr std::size_t window_bytes = 8 * 1024 * 1024;
constexpr std::chrono::seconds inbox_retry{1};

std::size_t weight(const event& one) {
    return one.document.size() + one.original_body.size();
}

}  // namespace

dispatcher::dispatcher(asio::any_io_executor executor, configured_sink& to, const routes& all, inbox& store,
                       event_cache& cache, std::shared_ptr<log> lines)
    : executor_(std::move(executor)),
      sink_(to),
      routes_(all),
      inbox_(store),
      cache_(cache),
      log_(std::move(lines)),
      batch_limit_(to.target->batch_limit()),
      window_limit_(std::max<std::size_t>(64, 4 * to.concurrency * batch_limit_)),
      signal_(executor_),
      random_(std::random_device{}()) {
    results_.sink = to.name;
}

void dispatcher::wake() {
    more_to_read_ = true;
    changed_ = true;
    signal_.cancel();
}

void dispatcher::stop() {
    stopping_ = true;
    changed_ = true;
    signal_.cancel();
}

asio::awaitable<void> dispatcher::run() {
    while (!stopping_) {
        const bool opened = co_await open();
        if (opened)
            break;
        co_await pause();
    }
    for (;;) {
        changed_ = false;
        if (!stopping_ && !settle_failed_) {
            if (has_room())
                co_await refill();
            hold_back_blocked();
            start_attempts();
        }
        advance();
        if (has_results() && !settling_ && !(stopping_ && settle_failed_))
            start_settling();
        if (stopping_ && active_ == 0 && !settling_)
            co_return;
        if (!changed_)
            co_await wait();
    }
}

asio::awaitable<bool> dispatcher::open() {
    auto progress = co_await inbox_.open_sink(sink_.name);
    if (!progress) {
        log_->error("a sink cannot start", {{"sink", sink_.name}, {"reason", progress.error().reason}});
        co_return false;
    }
    position_ = read_to_ = results_.position = progress->position;
    for (auto& one : progress->pending) {
        const auto number = one.number;
        pending_.emplace(number, pending_entry{std::move(one), false});
    }
    co_return true;
}

bool dispatcher::has_room() const noexcept {
    return more_to_read_ && window_.size() < window_limit_ && window_bytes_ < window_bytes &&
           pending_.size() < most_pending;
}

asio::awaitable<void> dispatcher::refill() {
    more_to_read_ = false;
    const std::size_t count = window_limit_ - window_.size();
    auto read = co_await inbox_.read_after(read_to_, count, window_bytes);
    if (!read) {
        log_->error("a sink cannot read the inbox", {{"sink", sink_.name}, {"reason", read.error().reason}});
        more_to_read_ = true;
        co_await pause();
        co_return;
    }
    // Fewer than asked for may only mean that their bytes were enough: an empty answer is the end.
    more_to_read_ = more_to_read_ || !read->empty();
    changed_ = changed_ || more_to_read_;
    for (auto& stored : *read)
        add_to_window(std::move(stored));
}

void dispatcher::add_to_window(stored_event stored) {
    window_entry entry{stored.number, nullptr, false};
    read_to_ = stored.number;
    if (may_take(routes_, sink_.name, stored.type, stored.endpoint)) {
        auto made = cache_.get(std::move(stored));
        if (takes(routes_, sink_.name, *made)) {
            window_bytes_ += weight(*made);
            entry.content = std::move(made);
        }
    }
    window_.push_back(std::move(entry));
}

/// An event whose subject already waits for a retry must not overtake it: it waits too, without an attempt.
void dispatcher::hold_back_blocked() {
    std::unordered_set<std::string_view> waiting;
    for (const auto& [number, entry] : pending_) {
        if (!entry.delivery.subject.empty())
            waiting.insert(entry.delivery.subject);
    }
    if (waiting.empty())
        return;
    for (auto& entry : window_) {
        if (!entry.content || entry.in_flight || !waiting.contains(entry.content->subject))
            continue;
        pending_delivery held;
        held.number = entry.number;
        held.subject = entry.content->subject;
        held.first_attempt = held.next_attempt = now();
        window_bytes_ -= weight(*entry.content);
        entry.content = nullptr;
        keep_pending(std::move(held));
    }
}

void dispatcher::start_attempts() {
    const auto at = now();
    while (active_ < sink_.concurrency) {
        auto due = due_pending(at);
        if (due.empty())
            break;
        spawn_attempt(attempt_pending(std::move(due)));
    }
    while (active_ < sink_.concurrency) {
        std::vector<sequence> numbers;
        auto fresh = next_fresh(numbers);
        if (fresh.empty())
            break;
        spawn_attempt(attempt(std::move(fresh), std::move(numbers)));
    }
}

/// The oldest deliveries whose time has come, one for each subject; more of one subject where the sink takes
/// them together, in order.
std::vector<sequence> dispatcher::due_pending(time_point at) {
    std::vector<sequence> due;
    std::unordered_set<std::string_view> busy;
    for (auto& [number, entry] : pending_) {
        const auto& subject = entry.delivery.subject;
        const bool free = !entry.in_flight && entry.delivery.next_attempt <= at && !busy.contains(subject);
        if (free && due.size() < batch_limit_) {
            due.push_back(number);
            if (batch_limit_ > 1)
                continue;
        }
        if (!subject.empty())
            busy.insert(subject);
    }
    for (const auto number : due)
        pending_.at(number).in_flight = true;
    return due;
}

event_batch dispatcher::next_fresh(std::vector<sequence>& numbers) {
    event_batch fresh;
    std::unordered_set<std::string_view> busy;
    for (auto& entry : window_) {
        if (!entry.content)
            continue;
        const auto& subject = entry.content->subject;
        if (!entry.in_flight && !busy.contains(subject) && fresh.size() < batch_limit_) {
            entry.in_flight = true;
            fresh.push_back(entry.content);
            numbers.push_back(entry.number);
            if (fresh.size() == batch_limit_)
                break;
            continue;
        }
        if (!subject.empty())
            busy.insert(subject);
    }
    return fresh;
}

asio::awaitable<void> dispatcher::attempt(event_batch events, std::vector<sequence> numbers) {
    auto given = events;
    const auto outcomes = co_await sink_.target->deliver(std::move(given));
    for (std::size_t i = 0; i < numbers.size(); ++i)
        record(numbers[i], *events[i], outcomes.at(i));
}

asio::awaitable<void> dispatcher::attempt_pending(std::vector<sequence> numbers) {
    event_batch events;
    std::vector<sequence> found;
    for (const auto number : numbers) {
        auto stored = co_await inbox_.read(number);
        if (stored && *stored) {
            events.push_back(cache_.get(**std::move(stored)));
            found.push_back(number);
        } else if (stored) {
            record_lost(number);
        } else {
            pending_.at(number).in_flight = false;
            pending_.at(number).delivery.next_attempt = now() + inbox_retry;
        }
    }
    if (!events.empty())
        co_await attempt(std::move(events), std::move(found));
}

void dispatcher::record(sequence number, const event& what, const outcome& latest) {
    const auto at = now();
    const auto waiting = pending_.find(number);
    pending_delivery delivery;
    if (waiting != pending_.end()) {
        delivery = std::move(waiting->second.delivery);
        pending_.erase(waiting);
    } else {
        const auto entry = std::find_if(window_.begin(), window_.end(),
                                        [&](const window_entry& one) { return one.number == number; });
        window_bytes_ -= weight(*entry->content);
        entry->content = nullptr;
        delivery.number = number;
        delivery.subject = what.subject;
    }
    const bool was_stored = delivery.next_attempt != time_point{};
    if (delivery.attempts++ == 0)
        delivery.first_attempt = at;

    const attempt_record tried{delivery.attempts, delivery.first_attempt};
    const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    const auto next = next_step(tried, latest, at, sink_.retry, chance);
    const log_fields about = {{"sink", sink_.name},
                              {"event_id", what.id},
                              {"type", what.type},
                              {"attempts", static_cast<long long>(delivery.attempts)}};
    if (std::holds_alternative<step_delivered>(next)) {
        if (was_stored)
            results_.delivered.push_back(number);
        log_->debug("delivered", about);
    } else if (const auto* again = std::get_if<step_retry>(&next)) {
        delivery.next_attempt = again->at;
        delivery.last_error = again->why;
        auto fields = about;
        fields.push_back({"next_attempt", to_rfc3339(again->at)});
        fields.push_back({"error", again->why});
        log_->warn("delivery failed", fields);
        keep_pending(std::move(delivery));
    } else {
        const auto& why = std::get<step_dead>(next).why;
        auto fields = about;
        fields.push_back({"error", why});
        log_->error("dead letter", fields);
        results_.dead.push_back({number, delivery.attempts, at, why});
    }
}

void dispatcher::record_lost(sequence number) {
    const auto& delivery = pending_.at(number).delivery;
    const std::string why = "the event is no longer in the inbox";
    log_->error("dead letter",
                {{"sink", sink_.name}, {"number", static_cast<long long>(number)}, {"error", why}});
    results_.dead.push_back({number, delivery.attempts, now(), why});
    pending_.erase(number);
}

void dispatcher::keep_pending(pending_delivery one) {
    results_.pending.push_back(one);
    const auto number = one.number;
    pending_.insert_or_assign(number, pending_entry{std::move(one), false});
}

void dispatcher::advance() {
    while (!window_.empty() && !window_.front().content) {
        position_ = window_.front().number;
        window_.pop_front();
    }
}

bool dispatcher::has_results() const noexcept {
    return position_ > results_.position || !results_.pending.empty() || !results_.delivered.empty() ||
           !results_.dead.empty();
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
    auto sent = std::exchange(results_, std::move(fresh));
    sent.position = position_;
    auto copy = sent;
    const auto stored = co_await inbox_.settle(std::move(copy));
    if (!stored) {
        log_->error("a sink cannot record its progress",
                    {{"sink", sink_.name}, {"reason", stored.error().reason}});
        // In front of what came since: a later word on the same delivery must win.
        sent.pending.insert(sent.pending.end(), results_.pending.begin(), results_.pending.end());
        sent.delivered.insert(sent.delivered.end(), results_.delivered.begin(), results_.delivered.end());
        sent.dead.insert(sent.dead.end(), results_.dead.begin(), results_.dead.end());
        sent.position = -1;  // so that the position counts as a result, too
        results_ = std::move(sent);
        settle_failed_ = true;
        if (!stopping_)
            co_await pause();
    } else {
        settle_failed_ = false;
    }
}

asio::awaitable<void> dispatcher::wait() {
    signal_.expires_at(asio::steady_timer::time_point::max());
    if (!stopping_ && !settle_failed_ && active_ < sink_.concurrency) {
        if (const auto next = next_attempt())
            signal_.expires_after(std::max(*next - now(), std::chrono::milliseconds(1)));
    }
    co_await signal_.async_wait(as_result);
}

/// When the first pending delivery comes due; those behind another of their subject wait for that one.
std::optional<time_point> dispatcher::next_attempt() const {
    std::optional<time_point> earliest;
    std::unordered_set<std::string_view> busy;
    for (const auto& [number, entry] : pending_) {
        const auto& subject = entry.delivery.subject;
        const bool first = subject.empty() || busy.insert(subject).second;
        if (first && !entry.in_flight && (!earliest || entry.delivery.next_attempt < *earliest))
            earliest = entry.delivery.next_attempt;
    }
    return earliest;
}

asio::awaitable<void> dispatcher::pause() {
    asio::steady_timer timer(executor_, inbox_retry);
    co_await timer.async_wait(as_result);
}

void dispatcher::spawn_attempt(asio::awaitable<void> task) {
    ++active_;
    auto finished = [this](std::exception_ptr thrown) {
        --active_;
        notice(thrown);
    };
    asio::co_spawn(executor_, std::move(task), std::move(finished));
}

/// A task of ours ended. Sinks and the inbox return their failures, so what is thrown is a bug: better a
/// restart with everything in the inbox than a sink that stands still in silence.
void dispatcher::notice(const std::exception_ptr& thrown) {
    if (thrown)
        std::rethrow_exception(thrown);
    changed_ = true;
    signal_.cancel();
}

}  // namespace shopbell
