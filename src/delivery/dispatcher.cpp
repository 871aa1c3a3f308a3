#include <shopbell/delivery/dispatcher.hpp>

#include <shopbell/core/async.hpp>
#include <shopbell/core/exceptions.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

/// Failed deliveries that may wait at once, and those that wait behind one of their subject: beyond either
/// the sink reads no further.
constexpr std::size_t most_failed = 1000;
constexpr std::size_t most_waiting = 10'000;
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
                       event_cache& cache, unrouted_census& census, sink_metrics& counts, sink_status& tally,
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
      random_(std::random_device{}()),
      counted_(tally) {
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
    if (!paused)
        breaker_.close();
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
        status.next_probe =
            now() + std::max(breaker_.next_probe() - steady_now(), std::chrono::milliseconds(0));
    }
    if (paused_)
        status.what = sink_status::state::paused;
    return status;
}

asio::awaitable<void> dispatcher::run(std::chrono::milliseconds first_wait) {
    try {
        if (first_wait.count() > 0)
            co_await pause_briefly(first_wait);
        co_await work();
    } catch (...) {
        notice(std::current_exception());
    }
    while (active_ > 0 || settling_)
        co_await wait();
}

asio::awaitable<void> dispatcher::work() {
    while (!stopping_) {
        const bool opened = co_await open();
        if (opened)
            break;
        co_await pause_briefly(inbox_retry);
    }
    if (former_ && !lead_alike(*former_->all, routes_, sink_.name))
        co_await tell_losses();
    for (;;) {
        changed_ = false;
        if (may_work())
            co_await pass();
        position_ = window_.advance(position_);
        changed_ = changed_ || (may_work() && may_read_queued());
        if (has_results() && !settling_ && !broken_ && !(stopping_ && settle_failed_))
            start_settling();
        if ((stopping_ && active_ == 0 && !settling_) || broken_)
            co_return;
        if (changed_)
            co_await give_way();
        else
            co_await wait();
    }
}

asio::awaitable<void> dispatcher::pass() {
    if (has_room())
        co_await refill();
    if (may_read_queued())
        co_await refill_queued();
    hold_back();
    expire();
    start_attempts();
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
        waiting_.add(resume_waiting(std::move(one), now(), steady_now(), sink_.retry));
    }
    if (paused_)
        log_->warn("a sink is paused", {{"sink", sink_.name}});
    co_return true;
}

asio::awaitable<void> dispatcher::tell_losses() {
    constexpr std::size_t most_untold = 1000;
    long long lost = 0;
    while (!stopping_ && !broken_) {
        auto read = co_await inbox_.read_after(std::max(position_, told_to_), page_events, page_bytes);
        if (!read || read->empty())
            break;  // what cannot be read is told when it is needed
        told_to_ = read->back().number;
        for (auto& one : *read) {
            history_entry entry;
            entry.number = one.number;
            entry.what = history_entry::kind::unrouted;
            entry.at = now();
            if (!is_lost(std::move(one)))
                continue;
            ++lost;
            results_.history.push_back(std::move(entry));
        }
        if (has_results() && !settling_)
            start_settling();
        while (settling_ && results_.history.size() > most_untold)
            co_await wait();
        co_await give_way();
    }
    if (lost > 0)
        log_->warn("accepted events are no longer routed to this sink: the routes were edited",
                   {{"sink", sink_.name}, {"events", lost}});
}

bool dispatcher::is_lost(stored_event one) {
    try {
        return one.accepted_at <= former_->until &&
               takes_away(*former_->all, routes_, sink_.name, std::move(one), cache_);
    } catch (...) {
        log_->warn("an event could not be looked at",
                   {{"sink", sink_.name}, {"error", describe_exception()}});
        return false;
    }
}

bool dispatcher::may_work() const noexcept {
    return !stopping_ && !settle_failed_ && !paused_ && !broken_;
}

bool dispatcher::has_room() const noexcept {
    return more_to_read_ && window_.size() < window_limit_ && window_.bytes() < window_bytes &&
           waiting_.heads() < most_failed && waiting_.size() < most_waiting;
}

asio::awaitable<void> dispatcher::refill() {
    more_to_read_ = false;
    std::size_t count = std::min(window_limit_ - window_.size(), std::max(page_events, batch_limit_));
    if (careful_reads_ > 0) {
        --careful_reads_;
        count = 1;
    }
    std::string thrown;
    result<std::vector<stored_event>> read = std::vector<stored_event>();
    try {
        read = co_await inbox_.read_after(read_to_, count, page_bytes);
    } catch (...) {
        thrown = describe_exception();
    }
    if (!thrown.empty()) {
        more_to_read_ = changed_ = true;
        careful_reads_ = page_events;
        if (count == 1)
            co_await put_off_next(std::move(thrown));
        co_return;
    }
    if (!read) {
        log_->error("a sink cannot read the inbox", {{"sink", sink_.name}, {"reason", read.error().reason}});
        more_to_read_ = true;
        co_await pause_briefly(inbox_retry);
        co_return;
    }
    // Fewer than asked for may only mean that their bytes were enough: an empty answer is the end.
    more_to_read_ = more_to_read_ || !read->empty();
    changed_ = changed_ || more_to_read_;
    for (auto& stored : *read)
        add_to_window(std::move(stored));
}

/// The next event cannot even be read, for want of memory: it waits for a later look, and the rest goes on.
asio::awaitable<void> dispatcher::put_off_next(std::string error) {
    const auto head = co_await inbox_.read_head_after(read_to_);
    if (!head || !*head) {
        co_await pause_briefly(inbox_retry);
        co_return;
    }
    const auto& one = **head;
    read_to_ = one.number;
    if (may_take(routes_, sink_.name, one.type, one.endpoint)) {
        const auto subject = sink_.ordered ? one.subject : std::string();
        const event_names names{one.id, one.type};
        record_undecided(one.number, subject, names, error);
    }
    window_.push(one.number, nullptr, {});
}

void dispatcher::add_to_window(stored_event stored) {
    const auto number = stored.number;
    read_to_ = number;
    const auto subject = sink_.ordered ? stored.subject : std::string();
    const event_names names{stored.id, stored.type};
    std::shared_ptr<const event> content;
    try {
        content = decide(std::move(stored));
    } catch (...) {
        record_undecided(number, subject, names, describe_exception());
    }
    const std::string_view own_subject = content && sink_.ordered ? content->subject : std::string_view();
    window_.push(number, std::move(content), own_subject);
}

/// The event where a route takes it to the sink, or null. Counting it is worth no failure.
std::shared_ptr<const event> dispatcher::decide(stored_event stored) {
    try {
        census_.look(stored, routes_, cache_);
    } catch (...) {
        log_->warn("an event could not be counted",
                   {{"event_id", stored.id}, {"error", describe_exception()}});
    }
    if (!may_take(routes_, sink_.name, stored.type, stored.endpoint))
        return nullptr;
    auto content = cache_.get(std::move(stored));
    return takes(routes_, sink_.name, *content) ? content : nullptr;
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
        co_await pause_briefly(inbox_retry);
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
        if (const auto* const due = waiting_.ask_again(one.number, now(), steady_now()))
            results_.pending.push_back(*due);
        return;
    }
    if (queued_.contains(one.number)) {
        if (one.attempts == 0)  // asked for once more since it failed
            (void)queued_.ask_again(one.number, now(), steady_now());
        return;
    }
    if (!sink_.ordered)
        one.subject.clear();
    queued_.add(resume_waiting(std::move(one), now(), steady_now(), sink_.retry));
}

/// An event whose subject already waits for a retry must not overtake it: it waits too, without an attempt.
void dispatcher::hold_back() {
    busy_subjects subjects;
    waiting_.collect_subjects(subjects);
    if (subjects.empty())
        return;
    const auto at = now();
    for (const auto& [number, subject] : window_.waiting(subjects)) {
        waiting_delivery held;
        held.stored.number = number;
        held.stored.subject = subject;
        held.stored.first_attempt = held.stored.next_attempt = at;
        held.due = held.first = steady_now();
        window_.release(number);
        keep_waiting(std::move(held));
    }
}

/// While the sink takes nothing, nobody else tells what was tried and has waited for too long.
void dispatcher::expire() {
    if (!breaker_.is_open())
        return;
    for (const auto& one : waiting_.take_expired(steady_now(), sink_.retry.give_up_after, breaker_)) {
        const auto& delivery = one.stored;
        history_entry entry;
        entry.number = delivery.number;
        entry.at = now();
        const log_fields fields = {{"sink", sink_.name},
                                   {"number", static_cast<long long>(delivery.number)},
                                   {"attempts", static_cast<long long>(delivery.attempts)}};
        record_dead(delivery, fields, given_up(delivery.attempts, delivery.last_error), std::move(entry));
    }
}

void dispatcher::start_attempts() {
    const auto at = steady_now();
    while (start_one(at)) {
    }
}

bool dispatcher::start_one(moment at) {
    const auto times = breaker_.may_start(under_way());
    const bool untried = times.untried && *times.untried <= at;
    const bool tried = times.tried && *times.tried <= at;
    if (!untried && !tried)
        return false;
    return breaker_.is_open() ? start_probe(at, untried, tried) : start_in_turn(at);
}

/// Retries and new events take turns: where every retry takes until its timeout, new ones still get by.
bool dispatcher::start_in_turn(moment at) {
    const waiting_list::choice any{true, true, has_room_for_suspects()};
    const auto start_waiting = [&](waiting_list& from) {
        return !from.empty() &&
               start_stored(from.take_due(at, batch_limit_, in_flight(), breaker_, any), true);
    };
    const bool fresh_first = std::exchange(fresh_next_, false);
    if (fresh_first && start_fresh())
        return true;
    if (start_waiting(waiting_)) {
        fresh_next_ = true;
        return true;
    }
    return (!fresh_first && start_fresh()) || start_waiting(queued_);
}

/// What was never tried first, then what was tried longest ago.
bool dispatcher::start_probe(moment at, bool untried, bool tried) {
    const bool suspects = has_room_for_suspects();
    const auto start = [&](waiting_list& from, waiting_list::choice wanted) {
        return start_stored(from.take_probe(at, in_flight(), breaker_, wanted), wanted.tried);
    };
    const waiting_list::choice new_ones{true, false, suspects};
    if (untried && (start_fresh() || start(waiting_, new_ones) || start(queued_, new_ones)))
        return true;
    const waiting_list::choice old_ones{false, true, suspects};
    return tried && (start(waiting_, old_ones) || start(queued_, old_ones));
}

bool dispatcher::start_stored(std::vector<sequence> numbers, bool tried) {
    if (numbers.empty())
        return false;
    spawn_attempt(attempt_stored(std::move(numbers)), tried);
    return true;
}

bool dispatcher::start_fresh() {
    std::vector<sequence> numbers;
    auto fresh = window_.take(batch_limit_, in_flight(), numbers);
    if (fresh.empty())
        return false;
    spawn_attempt(attempt(std::move(fresh), std::move(numbers)), false);
    return true;
}

/// Events that are at fault themselves never hold more than half of the sink.
bool dispatcher::has_room_for_suspects() const {
    const auto most = std::max<std::size_t>(1, sink_.concurrency / 2);
    return waiting_.suspects_in_flight() + queued_.suspects_in_flight() < most;
}

attempt_count dispatcher::under_way() const noexcept {
    return {active_, tried_active_, sink_.concurrency};
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
    std::vector<outcome> outcomes;
    std::string thrown;
    try {
        outcomes = co_await sink_.target->deliver(std::move(given));
    } catch (...) {
        thrown = describe_exception();
    }
    const auto elapsed = std::chrono::steady_clock::now() - start;
    counts_.attempted(elapsed);
    if (thrown.empty() && outcomes.size() != events.size())
        thrown = "internal error: the sink answered for another number of events";
    if (!thrown.empty()) {
        record_thrown(events, numbers, thrown);
        co_return;
    }
    record_health(numbers, outcomes);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const event_names names{events[i]->id, events[i]->type};
        record(numbers[i], names, outcomes[i], took);
    }
}

asio::awaitable<void> dispatcher::attempt_stored(std::vector<sequence> numbers) {
    event_batch events;
    std::vector<sequence> found;
    for (const auto number : numbers) {
        auto one = co_await fetch(number);
        if (one.what == fetched::state::ready) {
            events.push_back(std::move(one.content));
            found.push_back(number);
        } else {
            record_fetched(number, one);
        }
    }
    if (!events.empty())
        co_await attempt(std::move(events), std::move(found));
}

asio::awaitable<dispatcher::fetched> dispatcher::fetch(sequence number) {
    fetched one;
    try {
        auto stored = co_await inbox_.read(number);
        if (!stored)
            co_return one;
        one.what = fetched::state::erased;
        if (!*stored)
            co_return one;
        one.names = {(*stored)->id, (*stored)->type};
        one.content = cache_.get(**std::move(stored));
        const auto* const waiting = find_waiting(number);
        const bool decided = waiting == nullptr || !waiting->undecided;
        const bool routed = decided || takes(routes_, sink_.name, *one.content);
        one.what = routed ? fetched::state::ready : fetched::state::not_routed;
    } catch (...) {
        one.what = fetched::state::broken;
        one.error = describe_exception();
    }
    co_return one;
}

asio::awaitable<void> dispatcher::wait() {
    signal_.expires_at(asio::steady_timer::time_point::max());
    if (const auto next = next_moment())
        signal_.expires_after(std::max(*next - steady_now(), std::chrono::milliseconds(1)));
    co_await signal_.async_wait(as_result);
}

/// When there will be something to do without anybody's word.
std::optional<moment> dispatcher::next_moment() const {
    if (!may_work())
        return std::nullopt;
    auto earliest = moment::max();
    const auto consider = [&earliest](std::optional<moment> allowed, std::optional<moment> due) {
        if (allowed && due)
            earliest = std::min(earliest, std::max(*allowed, *due));
    };
    const auto times = breaker_.may_start(under_way());
    const auto busy = in_flight();
    const bool suspects = has_room_for_suspects();
    for (const auto* const list : {&waiting_, &queued_}) {
        consider(times.untried, list->next_due(busy, breaker_, {true, false, suspects}));
        consider(times.tried, list->next_due(busy, breaker_, {false, true, suspects}));
    }
    if (times.untried && window_.has_free(busy))
        consider(times.untried, times.untried);
    if (breaker_.is_open())
        consider(moment(), waiting_.next_expiry(sink_.retry.give_up_after, breaker_));
    if (earliest == moment::max())
        return std::nullopt;
    return earliest;
}

asio::awaitable<void> dispatcher::pause_briefly(std::chrono::milliseconds wait) {
    asio::steady_timer timer(executor_, wait);
    co_await timer.async_wait(as_result);
}

void dispatcher::spawn_attempt(asio::awaitable<void> task, bool tried) {
    ++active_;
    tried_active_ += tried ? 1U : 0U;
    auto finished = [this, tried](std::exception_ptr thrown) {
        --active_;
        tried_active_ -= tried ? 1U : 0U;
        notice(thrown);
    };
    asio::co_spawn(executor_, std::move(task), std::move(finished));
}

/// A task of ours ended. What is thrown here is nobody's event: everything is in the inbox, and the next
/// dispatcher begins there.
void dispatcher::notice(const std::exception_ptr& thrown) {
    if (thrown) {
        broken_ = true;
        log_->error("a sink's delivery broke off, and begins anew",
                    {{"sink", sink_.name}, {"error", describe_exception(thrown)}});
    }
    look_again();
}

void dispatcher::look_again() {
    changed_ = true;
    signal_.cancel();
}

}  // namespace shopbell
