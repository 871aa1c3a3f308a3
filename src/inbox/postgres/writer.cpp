#include "writer.hpp"

#include <shopbell/inbox/put_together.hpp>

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace shopbell::postgres {

namespace {

constexpr std::size_t most_group_rows = 256, most_group_bytes = 4UL * 1024 * 1024;
/// An answer that takes longer is late: other servers are asked.
constexpr std::chrono::seconds commit_patience{4};
/// How often a connection without work shows that it is of use.
constexpr std::chrono::seconds idle_check{2};
/// What fails for want of time is tried again at once, so often.
constexpr std::size_t most_hurried_tries = 3;

bool is_class(const error& why, std::string_view state_class) {
    return why.state.starts_with(state_class);
}

/// Whether the server says that it is none any more that takes writes, or that the session ends.
bool ends_connection(const error& why) {
    return is_class(why, "57P") || is_class(why, "08") || why.state == "25006" || why.state == "26000";
}

/// Whether somebody still waits for its answer.
bool is_awaited(const queued_put& put) {
    return static_cast<bool>(put.job->caller.done);
}

}  // namespace

writer::writer(const postgres_settings& chosen, std::shared_ptr<known_inbox> inbox,
               std::shared_ptr<log> lines)
    : patience_(chosen.patience),
      most_events_(chosen.queue_events),
      most_bytes_(chosen.queue_bytes),
      observer_(chosen.observer),
      wanted_(demand_of(chosen)),
      log_(std::move(lines)),
      hosts_(chosen, std::move(inbox), [this] { return tell_late(); }) {}

writer::~writer() {
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
    }
    work_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void writer::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "inbox-writer");
        run();
    });
}

asio::awaitable<result<receipt>> writer::put(arrival delivery) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    // g++ 12: named, captures by reference only.
    auto begin = [this, &delivery, &home](auto done) { submit(std::move(delivery), home, std::move(done)); };
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<receipt>)>(
        std::move(begin), asio::use_awaitable);
}

asio::awaitable<result<std::vector<receipt>>> writer::put_all(std::vector<arrival> all) {
    auto begin = [this](arrival delivery, const asio::any_io_executor& home, put_handler done) {
        submit(std::move(delivery), home, std::move(done));
    };
    return put_together(std::move(all), begin);
}

void writer::submit(arrival delivery, const asio::any_io_executor& home, put_handler done) {
    const auto bytes = delivery.body.size();
    queued_put put;
    put.job = make_put_job(std::move(delivery), put_caller{asio::make_work_guard(home), std::move(done)});
    put.until = clock::now() + patience_;
    {
        const std::lock_guard guard(mutex_);
        if (held_events_ < most_events_ && held_bytes_ + bytes <= most_bytes_) {
            ++held_events_;
            held_bytes_ += bytes;
            queue_.push_back(std::move(put));
            work_.notify_one();
            return;
        }
    }
    group_answers answers;
    put.job->answer = failure{errc::busy, "the inbox's queue is full"};
    answers.add(std::move(put.job));
    answers.send();
}

std::optional<std::string> writer::trouble() const {
    const std::lock_guard guard(mutex_);
    return trouble_;
}

/// What a server does not answer, a new process would wait for as well: it is no sign that this one hangs.
void writer::ping(std::function<void()> answered) {
    bool waits = false;
    {
        const std::lock_guard guard(mutex_);
        waits = waits_for_server_;
        if (!waits)
            pings_.push_back(std::move(answered));
    }
    if (waits)
        return answered();
    work_.notify_one();
}

void writer::answer_pings() {
    std::vector<std::function<void()>> asked;
    {
        const std::lock_guard guard(mutex_);
        asked.swap(pings_);
    }
    for (const auto& answered : asked)
        answered();
}

void writer::set_waiting(bool waits) {
    const std::lock_guard guard(mutex_);
    waits_for_server_ = waits;
}

void writer::set_trouble(std::optional<std::string> reason) {
    const std::lock_guard guard(mutex_);
    if (reason == trouble_)
        return;
    if (reason)
        log_->error("the inbox cannot store events", {{"reason", *reason}});
    else
        log_->info("the inbox stores events again");
    trouble_ = std::move(reason);
}

void writer::run() {
    auto next_look = clock::now();
    while (take(next_look)) {
        answer_pings();
        set_waiting(true);
        if (!backlog_.empty()) {
            choose_group();
            store_group();
            next_look = clock::now() + idle_check;
        } else if (next_look <= clock::now()) {
            look_after_connection();
            next_look = clock::now() + (connection_ ? idle_check : std::chrono::milliseconds(500));
        }
        set_waiting(false);
        answer_pings();
    }
}

bool writer::take(deadline until) {
    std::unique_lock lock(mutex_);
    if (backlog_.empty())
        work_.wait_until(lock, until, [&] { return closing_ || !queue_.empty() || !pings_.empty(); });
    for (auto& put : queue_) {
        put.id = to_string(ids_.next(now()));
        backlog_.push_back(std::move(put));
    }
    queue_.clear();
    if (!closing_)
        return true;
    return failures_ == 0 ? !backlog_.empty() : std::ranges::any_of(backlog_, is_awaited);
}

/// Whether a server is there is known before it is needed.
void writer::look_after_connection() {
    if (!connection_ && !connect())
        return;
    const auto probe = make_guard();
    const auto told = connection_->run(probe.sql, probe.given, clock::now() + commit_patience);
    if (!told)
        return fail(told.error());
    if (wanted_ == durability::standby) {
        if (const auto durable = check_guard(*connection_, *told); !durable)
            return fail(durable.error());
    }
    failures_ = 0;
    set_trouble(row_trouble_);
}

/// The first that may be stored together. What is passed over goes before what comes after it.
void writer::choose_group() {
    put_keys keys;
    std::size_t bytes = 0;
    std::deque<queued_put> others;
    bool is_full = false;
    for (auto& put : backlog_) {
        const bool is_first = group_.empty();
        bytes += put.job->one.body.size();
        is_full = is_full || group_.size() == most_group_rows || (!is_first && bytes > most_group_bytes) ||
                  (!is_first && group_.front().job->one.codes);
        if (!is_full && keys.add(*put.job) && (is_first || !put.job->one.codes))
            group_.push_back(std::move(put));
        else
            others.push_back(std::move(put));
    }
    backlog_ = std::move(others);
}

/// At the end what nobody waits for is stored as well, unless that fails.
bool writer::is_given_up() const {
    if (failures_ == 0 || std::ranges::any_of(group_, is_awaited))
        return false;
    const std::lock_guard guard(mutex_);
    return closing_;
}

void writer::store_group() {
    while (!group_.empty() && !is_given_up()) {
        tell_late();
        if (!connection_ && !connect())
            continue;
        const auto begun = clock::now();
        auto outcome = postgres::put(*connection_, group_, wanted_, commit_patience);
        const auto failed = std::move(outcome.failed);
        answer(std::move(outcome), clock::now() - begun);
        if (failed) {
            fail(*failed);
            continue;
        }
        failures_ = 0;
        late_.reset();
        set_trouble(row_trouble_);
    }
    group_.clear();
}

bool writer::connect() {
    if (late_ && hosts_.size() == 1)
        return wait_for_late();
    auto opened = hosts_.open(late_ ? late_->host() : std::string());
    if (opened) {
        connection_.emplace(*std::move(opened));
        return true;
    }
    if (late_)
        return wait_for_late();
    set_trouble(opened.error().reason);
    ++failures_;
    // A failover is noticed soon, and no server is asked without an end.
    pause(std::chrono::milliseconds(std::min<std::size_t>(500, 50 * failures_)));
    return false;
}

bool writer::wait_for_late() {
    constexpr std::chrono::milliseconds slice{500};
    if (const auto ended = late_->end_late(clock::now() + slice); ended) {
        connection_ = std::move(late_);
        late_.reset();
        return true;
    }
    if (!late_->is_late())
        late_.reset();
    return false;
}

void writer::answer(put_outcome outcome, clock::duration took) {
    group_answers answers;
    std::vector<queued_put> rest;
    std::size_t stored = 0;
    bool has_news = false;
    for (std::size_t place = 0; place < group_.size(); ++place) {
        auto& given = outcome.answers[place];
        if (!given) {
            rest.push_back(std::move(group_[place]));
            continue;
        }
        row_trouble_ = *given ? std::nullopt : std::optional(given->error().reason);
        stored += *given ? 1U : 0U;
        has_news = has_news || (*given && !(*given)->duplicate && !(*given)->id.empty());
        finish(group_[place], *std::move(given), answers);
    }
    group_ = std::move(rest);
    if (observer_ != nullptr && stored > 0)
        observer_->committed(stored, took);
    answers.send();
    if (has_news)
        listeners_.call();
}

void writer::finish(queued_put& put, result<receipt> with, group_answers& answers) {
    {
        const std::lock_guard guard(mutex_);
        --held_events_;
        held_bytes_ -= put.job->one.body.size();
    }
    if (!is_awaited(put))
        return;
    put.job->answer = std::move(with);
    answers.add(std::move(put.job));
}

void writer::fail(const error& why) {
    ++failures_;
    if (observer_ != nullptr && !group_.empty())
        observer_->commit_failed();
    if (connection_->is_late()) {
        hosts_.put_last(connection_->host());
        set_trouble(connection_->describe("it has not confirmed a commit for " +
                                          std::to_string(commit_patience.count()) +
                                          " s: its synchronous standby, or it itself, does not answer"));
        late_ = std::move(connection_);
        connection_.reset();
        return;
    }
    if (connection_->is_lost() || ends_connection(why)) {
        set_trouble(why.reason);
        connection_.reset();
        if (failures_ >= most_hurried_tries)
            pause(std::chrono::milliseconds(200));
        return;
    }
    if (why.state.empty()) {  // the guard
        set_trouble(why.reason);
        hosts_.put_last(connection_->host());
        connection_.reset();
        return pause(std::chrono::milliseconds(200));
    }
    const bool may_hurry = why.code == errc::busy || is_class(why, "01");
    if (may_hurry && failures_ < most_hurried_tries)
        return;
    set_trouble(why.reason);
    pause(std::chrono::seconds(1));
}

deadline writer::tell_late() {
    constexpr std::chrono::milliseconds least{10};
    const auto at = clock::now();
    auto next = at + patience_;
    {
        const std::lock_guard guard(mutex_);
        for (auto& put : queue_) {
            put.id = to_string(ids_.next(now()));
            backlog_.push_back(std::move(put));
        }
        queue_.clear();
    }
    group_answers answers;
    const auto reason = trouble();
    const auto look_at = [&](queued_put& put) {
        if (!is_awaited(put))
            return;
        if (put.until > at) {
            next = std::min(next, put.until);
            return;
        }
        // The delivery stays, to be stored later: only whoever waits leaves.
        auto told = std::make_unique<put_job>(
            put_job{arrival(), delivery_keys(), {}, {}, 0, std::nullopt, std::move(put.job->caller)});
        told->answer = failure{errc::unavailable, reason.value_or("PostgreSQL has not confirmed it in time")};
        answers.add(std::move(told));
    };
    std::ranges::for_each(group_, look_at);
    std::ranges::for_each(backlog_, look_at);
    answers.send();
    return std::max(next, at + least);
}

void writer::pause(std::chrono::milliseconds length) {
    for (const auto end = clock::now() + length; clock::now() < end;)
        std::this_thread::sleep_until(std::min(end, tell_late()));
}

}  // namespace shopbell::postgres
