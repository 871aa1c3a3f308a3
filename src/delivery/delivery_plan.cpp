#include <shopbell/delivery/delivery_plan.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace shopbell {

namespace {

/// Failed deliveries that may wait at once, and those that wait behind one of their subject: beyond either
/// the sink reads no further.
constexpr std::size_t most_failed = 1000;
constexpr std::size_t most_waiting = 10'000;
/// Replays that are in memory at once, those that failed again included: they have room of their own, and
/// never take that of new events.
constexpr std::size_t most_replays = 1000;
/// Bytes of the events in the window; one event may exceed it.
constexpr std::size_t window_bytes = 8 * 1024 * 1024;
/// Rows that one step reads at most, so that it soon gives the thread to the other sinks.
constexpr std::size_t page_events = 64;
/// Before an inbox that failed is asked again.
constexpr std::chrono::seconds inbox_retry{1};

}  // namespace

delivery_plan::delivery_plan(std::string sink, const settings& how, std::minstd_rand::result_type seed)
    : settings_(how),
      window_limit_(std::max<std::size_t>(64, 4 * how.concurrency * how.batch_limit)),
      random_(seed) {
    results_.sink = std::move(sink);
}

void delivery_plan::continue_rate(const token_bucket& former) noexcept {
    if (settings_.rate)
        rate_left_ = token_bucket(*settings_.rate, former);
}

// What to do.

delivery_plan::step delivery_plan::next(instant at) {
    step todo;
    if (may_attempt(at.steady)) {
        hold_back(at);
        expire(at);
        if (rate_left_)
            rate_left_->refill(at.steady);
        todo.attempts = start_attempts(at.steady);
    }
    position_ = window_.advance(position_);
    if (may_work() && at.steady >= read_again_) {
        if (has_room())
            todo.read = next_events();
        if (may_read_replays())
            todo.read_replays = next_replays();
    }
    todo.settle = take_results(at.steady);
    todo.finished = stopping_ && active_ == 0 && !sent_;
    if (!todo.reads())
        todo.wait_until = next_moment(at.steady);
    return todo;
}

bool delivery_plan::may_work() const noexcept {
    return !stopping_ && !settle_failed_ && !paused_;
}

bool delivery_plan::may_attempt(moment at) const noexcept {
    return may_work() && at < held_until_;
}

bool delivery_plan::has_room() const noexcept {
    const bool may_wait = waiting_.heads() < most_failed && waiting_.size() < most_waiting;
    return may_have_events_ && window_.size() < window_limit_ && window_.bytes() < window_bytes &&
           (may_wait || is_catching_up());
}

/// After a restart, what failed may lie in front of the position. Until everything before it was read, an
/// earlier event of its subject may still come.
bool delivery_plan::is_catching_up() const noexcept {
    return read_to_ < catch_up_to_;
}

waiting_list::choice delivery_plan::choose(bool untried, bool tried) const {
    constexpr auto any = std::numeric_limits<sequence>::max();
    return {untried, tried, has_room_for_suspects(), is_catching_up() ? read_to_ : any};
}

bool delivery_plan::may_read_replays() const noexcept {
    return may_have_replays_ && replays_.size() < most_replays && position_ >= replay_ahead_;
}

delivery_plan::page delivery_plan::next_events() noexcept {
    may_have_events_ = false;
    if (careful_reads_ > 0) {
        --careful_reads_;
        return {read_to_, 1};
    }
    return {read_to_, std::min(window_limit_ - window_.size(), std::max(page_events, settings_.batch_limit))};
}

/// Each is read once after every word that there are some, so that this ends.
delivery_plan::page delivery_plan::next_replays() noexcept {
    may_have_replays_ = false;
    return {replays_read_to_, std::min(most_replays - replays_.size(), page_events)};
}

/// When there will be something to do without anybody's word.
std::optional<moment> delivery_plan::next_moment(moment at) const {
    if (settle_failed_ && !sent_ && !stopping_)
        return settle_again_;
    if (!may_attempt(at))
        return std::nullopt;
    auto earliest = moment::max();
    const auto consider = [&earliest](std::optional<moment> allowed, std::optional<moment> due) {
        if (allowed && due)
            earliest = std::min(earliest, std::max(*allowed, *due));
    };
    const auto times = may_start();
    const auto busy = subjects_in_flight();
    for (const auto* const list : {&waiting_, &replays_}) {
        consider(times.untried, list->next_due(busy, breaker_, choose(true, false)));
        consider(times.tried, list->next_due(busy, breaker_, choose(false, true)));
    }
    if (times.untried && window_.has_free(busy))
        consider(times.untried, times.untried);
    if (breaker_.is_open())
        consider(moment(), waiting_.next_expiry(settings_.retry.give_up_after, breaker_));
    if (has_room() || may_read_replays())
        consider(moment(), read_again_);
    if (earliest == moment::max())
        return std::nullopt;
    return earliest;
}

/// An event whose subject already waits for a retry must not overtake it: it waits too, without an attempt.
void delivery_plan::hold_back(instant at) {
    busy_subjects subjects;
    waiting_.collect_subjects(subjects);
    if (subjects.empty())
        return;
    for (const auto& [number, subject] : window_.waiting(subjects)) {
        waiting_delivery held;
        held.stored.number = number;
        held.stored.subject = subject;
        held.stored.first_attempt = held.stored.next_attempt = at.wall;
        held.due = held.first = at.steady;
        window_.release(number);
        keep_waiting(std::move(held));
    }
}

/// While the sink takes nothing, nobody else tells what was tried and has waited for too long.
void delivery_plan::expire(instant at) {
    if (!breaker_.is_open())
        return;
    for (const auto& delivery : waiting_.take_expired(at.steady, settings_.retry.give_up_after, breaker_)) {
        const auto& stored = delivery.stored;
        delivery_news told;
        told.number = stored.number;
        told.attempts = stored.attempts;
        told.at = at.wall;
        record_dead(given_up(stored.attempts, stored.last_error), std::move(told));
    }
}

std::vector<delivery_plan::attempt> delivery_plan::start_attempts(moment at) {
    std::vector<attempt> started;
    for (;;) {
        auto fresh = start_attempt(at);
        if (fresh.numbers.empty())
            return started;
        ++active_;
        tried_active_ += fresh.tried ? 1U : 0U;
        if (rate_left_)
            rate_left_->take(fresh.numbers.size());
        started.push_back(std::move(fresh));
    }
}

/// What the breaker says, and the rate.
start_times delivery_plan::may_start() const noexcept {
    auto times = breaker_.may_start(under_way());
    if (!rate_left_)
        return times;
    for (auto* const time : {&times.untried, &times.tried}) {
        if (*time)
            *time = std::max(**time, rate_left_->next_token());
    }
    return times;
}

std::size_t delivery_plan::batch_limit() const noexcept {
    return rate_left_ ? std::min(settings_.batch_limit, rate_left_->tokens()) : settings_.batch_limit;
}

/// The next attempt; without numbers where none may start now.
delivery_plan::attempt delivery_plan::start_attempt(moment at) {
    const auto times = may_start();
    const bool untried = times.untried && *times.untried <= at;
    const bool tried = times.tried && *times.tried <= at;
    if (!untried && !tried)
        return {};
    return breaker_.is_open() ? start_probe(at, untried, tried) : start_in_turn(at);
}

/// Retries and new events take turns: where every retry takes until its timeout, new ones still get by.
delivery_plan::attempt delivery_plan::start_in_turn(moment at) {
    const auto any = choose(true, true);
    const auto start_due = [&](waiting_list& from) {
        if (from.empty())
            return attempt();
        return attempt{from.take_due(at, batch_limit(), subjects_in_flight(), breaker_, any), {}, true};
    };
    const bool fresh_first = std::exchange(fresh_next_, false);
    if (fresh_first) {
        if (auto fresh = start_fresh(); !fresh.numbers.empty())
            return fresh;
    }
    if (auto due = start_due(waiting_); !due.numbers.empty()) {
        fresh_next_ = true;
        return due;
    }
    if (auto fresh = start_fresh(); !fresh.numbers.empty())
        return fresh;
    return start_due(replays_);
}

/// What was never tried first, then what was tried longest ago.
delivery_plan::attempt delivery_plan::start_probe(moment at, bool untried, bool tried) {
    if (untried) {
        if (auto fresh = start_fresh(); !fresh.numbers.empty())
            return fresh;
    }
    for (const bool again : {false, true}) {
        if (!(again ? tried : untried))
            continue;
        for (auto* const list : {&waiting_, &replays_}) {
            auto numbers = list->take_probe(at, subjects_in_flight(), breaker_, choose(!again, again));
            if (!numbers.empty())
                return {std::move(numbers), {}, again};
        }
    }
    return {};
}

delivery_plan::attempt delivery_plan::start_fresh() {
    attempt fresh;
    fresh.events = window_.take(batch_limit(), subjects_in_flight(), fresh.numbers);
    return fresh;
}

/// Events that are at fault themselves never hold more than half of the sink.
bool delivery_plan::has_room_for_suspects() const {
    const auto most = std::max<std::size_t>(1, settings_.concurrency / 2);
    return waiting_.suspects_in_flight() + replays_.suspects_in_flight() < most;
}

attempt_count delivery_plan::under_way() const noexcept {
    return {active_, tried_active_, settings_.concurrency};
}

busy_subjects delivery_plan::subjects_in_flight() const {
    busy_subjects busy;
    if (active_ == 0)
        return busy;
    waiting_.collect_in_flight(busy);
    replays_.collect_in_flight(busy);
    window_.collect_in_flight(busy);
    return busy;
}

// What was read.

void delivery_plan::open(sink_progress progress, instant at) {
    position_ = read_to_ = results_.position = progress.position;
    paused_ = progress.paused;
    if (settings_.rate && !rate_left_)
        rate_left_.emplace(*settings_.rate, at.steady);
    for (auto& pending : progress.pending) {
        catch_up_to_ = std::max(catch_up_to_, pending.number);
        waiting_.add(resume(std::move(pending), at));
    }
}

waiting_delivery delivery_plan::resume(pending_delivery stored, instant at) const {
    if (!settings_.ordered)
        stored.subject.clear();
    return resume_waiting(std::move(stored), at.wall, at.steady, settings_.retry);
}

void delivery_plan::expect_replays() noexcept {
    may_have_replays_ = true;
    replays_read_to_ = 0;
}

void delivery_plan::events_read(std::vector<routed_event> routed_events, instant at) {
    // Fewer than asked for may only mean that their bytes were enough: an empty answer is the end.
    may_have_events_ = may_have_events_ || !routed_events.empty();
    if (routed_events.empty())
        catch_up_to_ = 0;
    for (auto& routed : routed_events) {
        read_to_ = routed.number;
        if (waiting_.contains(routed.number)) {  // since before a restart
            window_.push(routed.number, nullptr, {});
            continue;
        }
        if (!routed.error.empty()) {
            // Nobody can say yet whether a route takes it: it waits for another look.
            waiting_delivery undecided;
            undecided.stored.number = routed.number;
            if (settings_.ordered)
                undecided.stored.subject = routed.subject;
            undecided.undecided = true;
            waiting_.add(std::move(undecided));
            fail(routed.number, routed.names, routed.error, at);
        }
        const bool keeps_order = routed.content && settings_.ordered;
        const std::string_view subject = keeps_order ? routed.content->subject : std::string_view();
        window_.push(routed.number, std::move(routed.content), subject);
    }
}

void delivery_plan::read_failed(moment at) noexcept {
    may_have_events_ = may_have_replays_ = true;
    read_again_ = at + inbox_retry;
}

void delivery_plan::read_threw() noexcept {
    may_have_events_ = true;
    careful_reads_ = page_events;
}

void delivery_plan::replays_read(const page& asked, std::vector<pending_delivery> found, instant at) {
    if (may_have_replays_)
        return;  // a person asked for more meanwhile: they are read from the beginning
    may_have_replays_ = found.size() == asked.count;
    replay_ahead_ = 0;
    const auto unsettled = unsettled_numbers();
    for (auto& replay : found) {
        if (replay.number > position_) {
            may_have_replays_ = true;
            replay_ahead_ = replay.number;
            return;
        }
        replays_read_to_ = replay.number;
        // What the inbox is about to learn of it is newer than what it says.
        if (!unsettled.contains(replay.number))
            take_replay(std::move(replay), at);
    }
}

/// A person asked for that delivery: one that waits already becomes due, and waits on as what it is.
void delivery_plan::take_replay(pending_delivery replay, instant at) {
    const auto number = replay.number;
    if (waiting_.contains(number)) {
        if (const auto* const due = waiting_.make_due(number, at.wall, at.steady))
            results_.pending.push_back(*due);
        return;
    }
    if (replays_.contains(number)) {
        if (replay.attempts == 0)  // asked for once more since it failed
            (void)replays_.make_due(number, at.wall, at.steady);
        return;
    }
    replays_.add(resume(std::move(replay), at));
}

// What came of an attempt.

void delivery_plan::complete(const attempt_result& result, instant at) {
    auto thrown = result.thrown;
    if (thrown.empty() && result.outcomes.size() != result.events.size())
        thrown = "internal error: the sink answered for another number of events";
    if (thrown.empty())
        record_health(result, at);
    for (std::size_t i = 0; i < result.numbers.size(); ++i) {
        event_names names{result.events[i]->id, result.events[i]->type};
        if (thrown.empty())
            record({result.numbers[i], std::move(names), result.outcomes[i], result.took}, at);
        else
            record({result.numbers[i], std::move(names), retry{thrown}, {}, true}, at);
    }
}

/// One attempt's outcomes as one word on the sink itself: a batch that fails whole is one failure. A sink
/// that throws says nothing about the other side.
void delivery_plan::record_health(const attempt_result& result, instant at) {
    const bool was_open = breaker_.is_open();
    const auto works = [](const outcome& each) { return !std::holds_alternative<retry>(each); };
    delivery_news told;
    told.at = at.wall;
    if (std::ranges::any_of(result.outcomes, works)) {
        breaker_.succeed();
        told.what = delivery_news::kind::sink_works;
        if (was_open)
            news_.push_back(std::move(told));
        return;
    }
    breaker::failure_facts facts{false, false, std::chrono::milliseconds(0)};
    for (std::size_t i = 0; i < result.numbers.size(); ++i) {
        const auto* const waiting = find_waiting(result.numbers[i]);
        const auto tried = waiting == nullptr ? trial() : waiting->tried;
        facts.blame |= !tried.is_suspect();
        facts.is_news |= !tried.is_suspect() && breaker_.is_untried(tried);
        const auto asked = std::get<retry>(result.outcomes[i]).wait;
        facts.asked = std::max(facts.asked, asked.value_or(std::chrono::milliseconds(0)));
    }
    breaker_.fail(facts, at.steady, settings_.retry, chance());
    if (!breaker_.is_open() || was_open)
        return;
    told.what = delivery_news::kind::sink_fails;
    told.error = std::get<retry>(result.outcomes.front()).why;
    news_.push_back(std::move(told));
}

void delivery_plan::record(const event_result& result, instant at) {
    const auto number = result.number;
    const bool is_stored = find_waiting(number) != nullptr;
    auto delivery = end_flight(number);
    if (erased_.erase(number) > 0) {
        results_.delivered.push_back(number);
        return;
    }
    auto& stored = delivery.stored;
    if (stored.attempts++ == 0) {
        stored.first_attempt = at.wall;
        delivery.first = at.steady;
    }
    delivery_news told;
    told.number = number;
    told.names = result.names;
    told.attempts = stored.attempts;
    told.at = at.wall;
    told.took = result.took;
    told.response = std::visit([](const auto& any) { return any.response; }, result.latest);
    told.status = std::visit([](const auto& any) { return any.status; }, result.latest);

    const attempt_record tried{stored.attempts, at.steady - delivery.first};
    const auto next = next_step(tried, result.latest, settings_.retry, chance());
    if (const auto* again = std::get_if<step_retry>(&next)) {
        delivery.due = at.steady + again->wait;
        // Of a batch that threw nobody knows which event it was: from now on each goes alone.
        delivery.alone = delivery.alone || result.thrown;
        record_failure(std::move(delivery), *again, std::move(told));
    } else if (const auto* dead = std::get_if<step_dead>(&next)) {
        record_dead(dead->why, std::move(told));
    } else {
        if (is_stored)
            results_.delivered.push_back(number);
        if (stored.queued || stored.attempts > 1 || number <= told_to_)
            record_history(told, history_entry::kind::delivered);
        results_.delivered_at = std::max(results_.delivered_at, std::optional(told.at));
        news_.push_back(std::move(told));
    }
}

void delivery_plan::record_failure(waiting_delivery delivery, const step_retry& again, delivery_news told) {
    auto& stored = delivery.stored;
    stored.next_attempt = told.next_attempt = told.at + again.wait;
    stored.last_error = told.error = again.why;
    told.what = delivery_news::kind::failed;
    record_history(told, history_entry::kind::failed);
    news_.push_back(std::move(told));
    delivery.tried.latest = ++tries_;
    (void)breaker_.note_failure(delivery.tried);
    keep_waiting(std::move(delivery));
}

void delivery_plan::record_dead(const std::string& why, delivery_news told) {
    results_.dead.push_back({told.number, told.attempts, told.at, why});
    told.error = why;
    told.what = delivery_news::kind::dead;
    record_history(told, history_entry::kind::dead);
    news_.push_back(std::move(told));
}

void delivery_plan::record_history(const delivery_news& told, history_entry::kind what) {
    results_.history.push_back(
        {told.number, what, told.at, told.took, told.error, told.response, told.status});
}

/// The sink does not get that event, and the inbox no longer counts on it.
void delivery_plan::discard(sequence number) {
    erased_.erase(number);
    (void)end_flight(number);
    results_.delivered.push_back(number);
}

void delivery_plan::reschedule(sequence number, moment at) {
    if (auto* const list = find_list(number))
        list->reschedule(number, at + inbox_retry);
}

void delivery_plan::fail(sequence number, const event_names& names, const std::string& error, instant at) {
    record({number, names, retry{error}}, at);
}

void delivery_plan::end_attempt(bool tried) noexcept {
    --active_;
    tried_active_ -= tried ? 1U : 0U;
}

/// Takes a delivery from where it was in flight.
waiting_delivery delivery_plan::end_flight(sequence number) {
    if (auto* const list = find_list(number))
        return list->complete(number);
    waiting_delivery fresh;
    fresh.stored.number = number;
    fresh.stored.subject = window_.subject_of(number);
    window_.release(number);
    return fresh;
}

waiting_list* delivery_plan::find_list(sequence number) noexcept {
    if (waiting_.contains(number))
        return &waiting_;
    return replays_.contains(number) ? &replays_ : nullptr;
}

const waiting_delivery* delivery_plan::find_waiting(sequence number) const {
    for (const auto* const list : {&waiting_, &replays_}) {
        if (list->contains(number))
            return &list->at(number);
    }
    return nullptr;
}

void delivery_plan::keep_waiting(waiting_delivery delivery) {
    results_.pending.push_back(delivery.stored);
    auto& list = delivery.stored.queued ? replays_ : waiting_;
    list.add(std::move(delivery));
}

// What people decide.

void delivery_plan::pause(bool paused) noexcept {
    paused_ = paused;
    if (!paused)
        breaker_.close();
}

void delivery_plan::erase(const std::vector<sequence>& numbers) {
    for (const auto number : numbers) {
        const bool waited = waiting_.remove(number) || replays_.remove(number) || window_.remove(number);
        if (!waited && (find_list(number) != nullptr || window_.contains(number)))
            erased_.insert(number);
    }
}

void delivery_plan::unroute(const std::vector<sequence>& numbers, sequence told_to, time_point at) {
    told_to_ = told_to;
    for (const auto number : numbers) {
        history_entry entry;
        entry.number = number;
        entry.what = history_entry::kind::unrouted;
        entry.at = at;
        results_.history.push_back(std::move(entry));
    }
}

bool delivery_plan::is_undecided(sequence number) const {
    const auto* const waiting = find_waiting(number);
    return waiting != nullptr && waiting->undecided;
}

std::optional<moment> delivery_plan::next_probe() const noexcept {
    return breaker_.is_open() ? std::optional(breaker_.next_probe()) : std::nullopt;
}

std::optional<moment> delivery_plan::next_attempt() const {
    if (paused_)
        return std::nullopt;
    if (const auto probe = next_probe())
        return probe;
    const auto busy = subjects_in_flight();
    std::optional<moment> earliest;
    for (const auto* const list : {&waiting_, &replays_}) {
        for (const bool tried : {false, true}) {
            const auto due = list->next_due(busy, breaker_, choose(!tried, tried));
            if (due && (!earliest || *due < *earliest))
                earliest = due;
        }
    }
    return earliest;
}

// What the inbox learns.

bool delivery_plan::has_results() const noexcept {
    return position_ > results_.position || !results_.pending.empty() || !results_.delivered.empty() ||
           !results_.dead.empty() || !results_.history.empty();
}

std::optional<settlement> delivery_plan::take_results(moment at) {
    const bool must_wait = sent_ || (settle_failed_ && (stopping_ || at < settle_again_));
    if (must_wait || !has_results())
        return std::nullopt;
    settlement fresh;
    fresh.sink = results_.sink;
    fresh.position = results_.position = position_;
    sent_ = std::exchange(results_, std::move(fresh));
    return sent_;
}

void delivery_plan::settled(bool stored, moment at) {
    settle_failed_ = !stored;
    auto sent = std::exchange(sent_, std::nullopt);
    if (stored)
        return;
    settle_again_ = at + inbox_retry;
    put_back(*std::move(sent));
}

/// In front of what came since: a later word on the same delivery must win.
void delivery_plan::put_back(settlement sent) {
    const auto add = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    add(sent.pending, results_.pending);
    add(sent.delivered, results_.delivered);
    add(sent.dead, results_.dead);
    add(sent.history, results_.history);
    sent.delivered_at = std::max(sent.delivered_at, results_.delivered_at);
    sent.position = -1;  // so that the position counts as a result, too
    results_ = std::move(sent);
}

/// Deliveries of which the inbox does not have the latest word yet.
std::unordered_set<sequence> delivery_plan::unsettled_numbers() const {
    std::unordered_set<sequence> numbers;
    const auto collect = [&numbers](const settlement& part) {
        for (const auto& pending : part.pending)
            numbers.insert(pending.number);
        for (const auto& dead : part.dead)
            numbers.insert(dead.number);
        numbers.insert(part.delivered.begin(), part.delivered.end());
    };
    collect(results_);
    if (sent_)
        collect(*sent_);
    return numbers;
}

double delivery_plan::chance() {
    return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace shopbell
