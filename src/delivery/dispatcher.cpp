#include <shopbell/delivery/dispatcher.hpp>

#include <shopbell/core/async.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

/// Failed deliveries that may wait at once: beyond it the sink reads no further.
constexpr std::size_t most_waiting = 1000;
/// Deliveries that a person asked for and that are in memory at once, those that failed again included: they
/// have room of their own, and never take that of new events.
constexpr std::size_t most_queued = 1000;
/// Bytes of the events in the window; one event may exceed it.
constexpr std::size_t window_bytes = 8 * 1024 * 1024;
/// What one pass reads at most, so that it soon gives the thread to the other sinks.
constexpr std::size_t page_events = 64;
constexpr std::size_t page_bytes = 1024 * 1024;
constexpr std::chrono::seconds inbox_retry{1};

}  // namespace

dispatcher::dispatcher(asio::any_io_executor executor, configured_sink& to, const routes& all, inbox& store,
                       event_cache& cache, unrouted_census& census, sink_metrics& counts,
                       std::shared_ptr<log> lines)
    : executor_(std::move(executor)),
      sink_(to),
      routes_(all),
      inbox_(store),
      cache_(cache),
      census_(census),
      counts_(counts),
      log_(std::move(lines)),
      batch_limit_(to.target->batch_limit()),
      window_limit_(std::max<std::size_t>(64, 4 * to.concurrency * batch_limit_)),
      signal_(executor_),
      random_(std::random_device{}()) {
    results_.sink = counted_.name = to.name;
    counted_.type = to.type;
}

void dispatcher::wake() {
    more_to_read_ = true;
    look_again();
}

void dispatcher::wake_queued() {
    more_queued_ = true;
    queued_to_ = 0;
    look_again();
}

void dispatcher::pause(bool paused) {
    paused_ = paused;
    log_->info(paused ? "sink paused" : "sink resumed", {{"sink", sink_.name}});
    look_again();
}

void dispatcher::forget(const std::vector<sequence>& numbers) {
    for (const auto number : numbers) {
        const bool waited = waiting_.remove(number) || queued_.remove(number) || window_.remove(number);
        if (!waited && (waiting_.contains(number) || queued_.contains(number) || window_.contains(number)))
            erased_.insert(number);
    }
    look_again();
}

void dispatcher::stop() {
    stopping_ = true;
    look_again();
}

sink_status dispatcher::status() const {
    auto status = counted_;
    status.in_flight = active_;
    if (breaker_.is_open()) {
        status.what = sink_status::state::probing;
        status.next_probe = breaker_.next_probe();
    }
    if (paused_)
        status.what = sink_status::state::paused;
    return status;
}

asio::awaitable<void> dispatcher::run() {
    while (!stopping_) {
        const bool opened = co_await open();
        if (opened)
            break;
        co_await pause_briefly();
    }
    for (;;) {
        changed_ = false;
        if (may_work()) {
            if (has_room())
                co_await refill();
            if (may_read_queued())
                co_await refill_queued();
            hold_back();
            expire();
            start_attempts();
        }
        position_ = window_.advance(position_);
        changed_ = changed_ || (may_work() && may_read_queued());
        if (has_results() && !settling_ && !(stopping_ && settle_failed_))
            start_settling();
        if (stopping_ && active_ == 0 && !settling_)
            co_return;
        if (changed_)
            co_await give_way();
        else
            co_await wait();
    }
}

/// Lets everything else that is ready on the thread go first: other sinks, questions about the status, a
/// stop.
asio::awaitable<void> dispatcher::give_way() {
    co_await asio::post(executor_, asio::use_awaitable);
}

asio::awaitable<bool> dispatcher::open() {
    auto progress = co_await inbox_.open_sink(sink_.name);
    if (!progress) {
        log_->error("a sink cannot start", {{"sink", sink_.name}, {"reason", progress.error().reason}});
        co_return false;
    }
    position_ = read_to_ = results_.position = progress->position;
    paused_ = progress->paused;
    for (auto& one : progress->pending) {
        if (!sink_.ordered)
            one.subject.clear();
        waiting_.add(std::move(one));
    }
    if (paused_)
        log_->warn("a sink is paused", {{"sink", sink_.name}});
    co_return true;
}

bool dispatcher::may_work() const noexcept {
    return !stopping_ && !settle_failed_ && !paused_;
}

bool dispatcher::has_room() const noexcept {
    return more_to_read_ && window_.size() < window_limit_ && window_.bytes() < window_bytes &&
           waiting_.size() < most_waiting;
}

asio::awaitable<void> dispatcher::refill() {
    more_to_read_ = false;
    const std::size_t count = std::min(window_limit_ - window_.size(), std::max(page_events, batch_limit_));
    auto read = co_await inbox_.read_after(read_to_, count, page_bytes);
    if (!read) {
        log_->error("a sink cannot read the inbox", {{"sink", sink_.name}, {"reason", read.error().reason}});
        more_to_read_ = true;
        co_await pause_briefly();
        co_return;
    }
    // Fewer than asked for may only mean that their bytes were enough: an empty answer is the end.
    more_to_read_ = more_to_read_ || !read->empty();
    changed_ = changed_ || more_to_read_;
    for (auto& stored : *read)
        add_to_window(std::move(stored));
}

void dispatcher::add_to_window(stored_event stored) {
    const auto number = stored.number;
    read_to_ = number;
    census_.look(stored, routes_, cache_);
    std::shared_ptr<const event> content;
    if (may_take(routes_, sink_.name, stored.type, stored.endpoint)) {
        content = cache_.get(std::move(stored));
        if (!takes(routes_, sink_.name, *content))
            content = nullptr;
    }
    const std::string_view subject = content && sink_.ordered ? content->subject : std::string_view();
    window_.push(number, std::move(content), subject);
}

bool dispatcher::may_read_queued() const noexcept {
    return more_queued_ && queued_.size() < most_queued && position_ >= queued_ahead_;
}

/// Reads the next of them. Each is read once after every word that there are some, so that this ends.
asio::awaitable<void> dispatcher::refill_queued() {
    const std::size_t count = std::min(most_queued - queued_.size(), page_events);
    const auto read = co_await inbox_.read_queued(sink_.name, queued_to_, count);
    if (!read) {
        log_->error("a sink cannot read the inbox", {{"sink", sink_.name}, {"reason", read.error().reason}});
        changed_ = true;
        co_await pause_briefly();
        co_return;
    }
    more_queued_ = read->size() == count;
    queued_ahead_ = 0;
    const auto unsettled = unsettled_numbers();
    for (const auto& one : *read) {
        if (one.number > position_) {
            more_queued_ = true;
            queued_ahead_ = one.number;
            break;
        }
        queued_to_ = one.number;
        // What the inbox is about to learn of it is newer than what it says.
        if (!unsettled.contains(one.number))
            take_queued(one);
    }
    changed_ = changed_ || may_read_queued();
}

/// A person asked for that delivery: one that waits already becomes due, and waits on as what it is.
void dispatcher::take_queued(pending_delivery one) {
    if (waiting_.contains(one.number)) {
        if (const auto* const due = waiting_.ask_again(one.number, now()))
            results_.pending.push_back(*due);
        return;
    }
    if (queued_.contains(one.number)) {
        if (one.attempts == 0)  // asked for once more since it failed
            (void)queued_.ask_again(one.number, now());
        return;
    }
    if (!sink_.ordered)
        one.subject.clear();
    queued_.add(std::move(one));
}

/// An event whose subject already waits for a retry must not overtake it: it waits too, without an attempt.
/// And so does every event of a sink that fails, so that its time to be given up begins.
void dispatcher::hold_back() {
    busy_subjects subjects;
    waiting_.collect_subjects(subjects);
    if (subjects.empty() && !breaker_.is_open())
        return;
    const auto at = now();
    for (const auto& [number, subject] : window_.waiting(subjects, breaker_.is_open())) {
        pending_delivery held;
        held.number = number;
        held.subject = subject;
        held.first_attempt = held.next_attempt = at;
        window_.release(number);
        keep_waiting(std::move(held));
    }
}

/// While the sink takes nothing, nobody else tells what has waited for too long.
void dispatcher::expire() {
    if (!breaker_.is_open())
        return;
    const auto at = now();
    for (const auto& one : waiting_.take_expired(at, sink_.retry.give_up_after)) {
        history_entry entry;
        entry.number = one.number;
        entry.at = at;
        const auto& last = one.last_error.empty() ? last_failure_ : one.last_error;
        const log_fields fields = {{"sink", sink_.name},
                                   {"number", static_cast<long long>(one.number)},
                                   {"attempts", static_cast<long long>(one.attempts)}};
        record_dead(one, fields, given_up(one.attempts, last), std::move(entry));
    }
}

void dispatcher::start_attempts() {
    const auto at = now();
    if (breaker_.is_open()) {
        if (active_ == 0 && at >= breaker_.next_probe() && !start_waiting(waiting_, at))
            (void)start_waiting(queued_, at);
        return;
    }
    while (active_ < sink_.concurrency && start_waiting(waiting_, at)) {
    }
    while (active_ < sink_.concurrency && start_fresh()) {
    }
    while (active_ < sink_.concurrency && start_waiting(queued_, at)) {
    }
}

bool dispatcher::start_waiting(waiting_list& from, time_point at) {
    if (from.empty())
        return false;
    auto due = from.take_due(at, batch_limit_, in_flight());
    if (due.empty())
        return false;
    spawn_attempt(attempt_stored(std::move(due)));
    return true;
}

bool dispatcher::start_fresh() {
    std::vector<sequence> numbers;
    auto fresh = window_.take(batch_limit_, in_flight(), numbers);
    if (fresh.empty())
        return false;
    spawn_attempt(attempt(std::move(fresh), std::move(numbers)));
    return true;
}

busy_subjects dispatcher::in_flight() const {
    busy_subjects busy;
    if (active_ == 0)
        return busy;
    waiting_.collect_in_flight(busy);
    queued_.collect_in_flight(busy);
    window_.collect_in_flight(busy);
    return busy;
}

asio::awaitable<void> dispatcher::attempt(event_batch events, std::vector<sequence> numbers) {
    const auto start = std::chrono::steady_clock::now();
    auto given = events;
    const auto outcomes = co_await sink_.target->deliver(std::move(given));
    const auto elapsed = std::chrono::steady_clock::now() - start;
    counts_.attempted(elapsed);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        record(numbers[i], *events[i], outcomes.at(i), took);
    record_health(outcomes);
}

asio::awaitable<void> dispatcher::attempt_stored(std::vector<sequence> numbers) {
    event_batch events;
    std::vector<sequence> found;
    for (const auto number : numbers) {
        auto stored = co_await inbox_.read(number);
        if (stored && *stored) {
            events.push_back(cache_.get(**std::move(stored)));
            found.push_back(number);
        } else if (stored) {
            record_gone(number);
        } else if (waiting_.contains(number)) {
            waiting_.postpone(number, now() + inbox_retry);
        } else {
            queued_.postpone(number, now() + inbox_retry);
        }
    }
    if (!events.empty())
        co_await attempt(std::move(events), std::move(found));
}

asio::awaitable<void> dispatcher::wait() {
    signal_.expires_at(asio::steady_timer::time_point::max());
    if (const auto next = next_moment())
        signal_.expires_after(std::max(*next - now(), std::chrono::milliseconds(1)));
    co_await signal_.async_wait(as_result);
}

/// When there will be something to do without anybody's word.
std::optional<time_point> dispatcher::next_moment() const {
    if (!may_work())
        return std::nullopt;
    const auto earlier = [](std::optional<time_point> a, std::optional<time_point> b) {
        return a && b ? std::min(*a, *b) : a.value_or(b.value_or(time_point::max()));
    };
    auto moment = time_point::max();
    const bool is_free = breaker_.is_open() ? active_ == 0 : active_ < sink_.concurrency;
    if (is_free) {
        const auto busy = in_flight();
        moment = earlier(waiting_.next_due(busy), queued_.next_due(busy));
    }
    if (breaker_.is_open()) {
        moment = std::max(moment, breaker_.next_probe());
        moment = earlier(moment, waiting_.next_expiry(sink_.retry.give_up_after));
    }
    if (moment == time_point::max())
        return std::nullopt;
    return moment;
}

asio::awaitable<void> dispatcher::pause_briefly() {
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
    look_again();
}

void dispatcher::look_again() {
    changed_ = true;
    signal_.cancel();
}

}  // namespace shopbell
