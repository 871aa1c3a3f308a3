#include <shopbell/delivery/dispatcher.hpp>

#include <shopbell/core/async.hpp>
#include <shopbell/core/exceptions.hpp>

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

/// What one reading of the inbox holds at most, so that it soon gives the thread to the other sinks.
constexpr std::size_t page_bytes = 1024 * 1024;
constexpr std::chrono::seconds inbox_pause{1};

instant present() {
    return {now(), steady_now()};
}

}  // namespace

void unrouted_counter::begin_at(sequence position) noexcept {
    counted_to_ = std::max(counted_to_, position);
}

void unrouted_counter::count(const stored_event& stored, const routes& all, event_cache& cache) {
    if (stored.number <= counted_to_)
        return;
    counted_to_ = stored.number;
    const auto fit = fit_of(all, stored.type, stored.endpoint);
    const bool routed =
        fit == route_fit::certain || (fit == route_fit::conditional && takes(all, *cache.get(stored)));
    if (!routed)
        counts_.unrouted();
}

dispatcher::dispatcher(dispatcher_context& shared, configured_sink& to, const routes& all, sink_status& tally)
    : shared_(shared),
      sink_(to),
      routes_(all),
      counts_(shared.counts.sink(to.name)),
      signal_(shared.executor),
      plan_(to.name, {to.concurrency, to.target->batch_limit(), to.ordered, to.retry, to.rate},
            std::random_device{}()),
      counted_(tally) {
    counted_.name = to.name;
    counted_.type = to.type;
    counted_.rate = to.rate;
}

void dispatcher::wake() {
    plan_.expect_events();
    look_again();
}

void dispatcher::wake_replays() {
    plan_.expect_replays();
    look_again();
}

void dispatcher::pause(bool paused) {
    plan_.pause(paused);
    shared_.lines->info(paused ? "sink paused" : "sink resumed", {{"sink", sink_.name}});
    look_again();
}

void dispatcher::forget(const std::vector<sequence>& numbers) {
    plan_.erase(numbers);
    look_again();
}

void dispatcher::stop() {
    outdated_ = false;
    plan_.stop();
    look_again();
}

void dispatcher::renew() {
    may_be_free_ = true;
    if (is_open_ && !plan_.is_stopping()) {
        outdated_ = true;
        plan_.stop();
    }
    look_again();
}

sink_status dispatcher::status() const {
    auto status = counted_;
    status.in_flight = plan_.in_flight();
    const auto from_now = [](moment at) {
        return now() + std::max(at - steady_now(), std::chrono::milliseconds(0));
    };
    if (const auto probe = plan_.next_probe()) {
        status.what = sink_status::state::probing;
        status.next_probe = from_now(*probe);
    }
    if (const auto attempt = plan_.next_attempt())
        status.next_attempt = from_now(*attempt);
    if (stands_by_)
        status.what = sink_status::state::standby;
    if (plan_.is_paused())
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
    while (tasks_ > 0)
        co_await wait(std::nullopt);
    report_news();
}

asio::awaitable<void> dispatcher::work() {
    co_await open();
    if (former_ && !lead_alike(*former_->all, routes_, sink_.name))
        co_await tell_losses();
    while (!broken_) {
        changed_ = false;
        plan_.hold_until(std::chrono::floor<moment::duration>(shared_.store.held_until(sink_.name)));
        auto todo = plan_.next(present());
        report_news();
        for (auto& job : todo.attempts)
            spawn(attempt(std::move(job)));
        if (broken_ || todo.finished)
            co_return;
        if (todo.settle)
            spawn(settle(*std::move(todo.settle)));
        if (todo.read)
            co_await read_events(*todo.read);
        if (todo.read_replays)
            co_await read_replays(*todo.read_replays);
        if (changed_ || todo.reads())
            co_await give_way();
        else
            co_await wait(todo.wait_until);
    }
}

/// Lets everything else that is ready on the thread go first: other sinks, questions about the status, a
/// stop.
asio::awaitable<void> dispatcher::give_way() {
    co_await asio::post(shared_.executor, asio::use_awaitable);
}

/// Returns once the sink's place is known and this process may deliver to it, or when it is to stop.
asio::awaitable<void> dispatcher::open() {
    while (!is_open_ && !plan_.is_stopping()) {
        may_be_free_ = false;
        auto progress = co_await shared_.store.open_sink(sink_.name);
        if (!progress) {
            report_failure("a sink cannot start", progress.error());
            co_await pause_briefly(inbox_pause);
            continue;
        }
        is_open_ = progress->held;
        if (!is_open_) {
            plan_.pause(progress->paused);
            co_await stand_by();
            continue;
        }
        stands_by_ = false;
        plan_.open(*std::move(progress), present());
        if (plan_.is_paused())
            shared_.lines->warn("a sink is paused", {{"sink", sink_.name}});
    }
}

asio::awaitable<void> dispatcher::stand_by() {
    if (!stands_by_)
        shared_.lines->info("another daemon delivers to this sink", {{"sink", sink_.name}});
    stands_by_ = true;
    while (!may_be_free_ && !plan_.is_stopping())
        co_await wait(std::nullopt);
}

asio::awaitable<void> dispatcher::tell_losses() {
    constexpr std::size_t page_events = 64;
    constexpr std::size_t most_untold = 1000;
    std::size_t lost = 0;
    for (auto told_to = plan_.position(); !plan_.is_stopping() && !broken_;) {
        auto read = co_await shared_.store.read_after(told_to, page_events, page_bytes);
        if (!read || read->empty())
            break;  // what cannot be read is told when it is needed
        told_to = read->back().number;
        std::vector<sequence> numbers;
        for (auto& stored : *read) {
            const auto number = stored.number;
            if (is_lost(std::move(stored)))
                numbers.push_back(number);
        }
        lost += numbers.size();
        plan_.unroute(numbers, told_to, now());
        while (!plan_.is_stopping() && !broken_) {
            if (auto results = plan_.take_results(steady_now()))
                spawn(settle(*std::move(results)));
            if (plan_.unsettled_history() <= most_untold)
                break;
            co_await wait(plan_.settles_again());
        }
        co_await give_way();
    }
    if (lost > 0)
        shared_.lines->warn("accepted events are no longer routed to this sink: the routes were edited",
                            {{"sink", sink_.name}, {"events", static_cast<long long>(lost)}});
}

bool dispatcher::is_lost(stored_event stored) {
    try {
        return stored.accepted_at <= former_->until &&
               takes_away(*former_->all, routes_, sink_.name, std::move(stored), shared_.cache);
    } catch (...) {
        shared_.lines->warn("an event could not be looked at",
                            {{"sink", sink_.name}, {"error", describe_exception()}});
        return false;
    }
}

asio::awaitable<void> dispatcher::read_events(delivery_plan::page wanted) {
    std::string thrown;
    result<std::vector<stored_event>> read = std::vector<stored_event>();
    try {
        read = co_await shared_.store.read_after(wanted.after, wanted.count, page_bytes);
    } catch (...) {
        thrown = describe_exception();
    }
    if (!thrown.empty()) {
        plan_.read_threw();
        if (wanted.count == 1)
            co_await pass_over_next(wanted.after, std::move(thrown));
        co_return;
    }
    if (!read) {
        report_failure("a sink cannot read the inbox", read.error());
        plan_.read_failed(steady_now());
        co_return;
    }
    std::vector<routed_event> page;
    for (auto& stored : *read)
        page.push_back(find_route(std::move(stored)));
    plan_.events_read(std::move(page), present());
}

/// The next event cannot even be read, for want of memory: it waits for a later look, and the rest goes on.
asio::awaitable<void> dispatcher::pass_over_next(sequence after, std::string error) {
    const auto head = co_await shared_.store.read_head_after(after);
    if (!head || !*head) {
        plan_.read_failed(steady_now());
        co_return;
    }
    const auto& stored = **head;
    routed_event next;
    next.number = stored.number;
    next.subject = stored.subject;
    next.names = {stored.id, stored.type};
    if (may_take(routes_, sink_.name, stored.type, stored.endpoint))
        next.error = std::move(error);
    std::vector<routed_event> page;
    page.push_back(std::move(next));
    plan_.events_read(std::move(page), present());
}

asio::awaitable<void> dispatcher::read_replays(delivery_plan::page wanted) {
    auto read = co_await shared_.store.read_queued(sink_.name, wanted.after, wanted.count);
    if (!read) {
        report_failure("a sink cannot read the inbox", read.error());
        plan_.read_failed(steady_now());
        co_return;
    }
    plan_.replays_read(wanted, *std::move(read), present());
}

routed_event dispatcher::find_route(stored_event stored) {
    routed_event found;
    found.number = stored.number;
    found.subject = stored.subject;
    found.names = {stored.id, stored.type};
    try {
        found.content = route_here(std::move(stored));
    } catch (...) {
        found.error = describe_exception();
    }
    return found;
}

/// The event where a route takes it to the sink, or null. Counting it is worth no failure.
std::shared_ptr<const event> dispatcher::route_here(stored_event stored) {
    try {
        shared_.unrouted.count(stored, routes_, shared_.cache);
    } catch (...) {
        shared_.lines->warn("an event could not be counted",
                            {{"event_id", stored.id}, {"error", describe_exception()}});
    }
    if (!may_take(routes_, sink_.name, stored.type, stored.endpoint))
        return nullptr;
    auto content = shared_.cache.get(std::move(stored));
    return takes(routes_, sink_.name, *content) ? content : nullptr;
}

asio::awaitable<void> dispatcher::attempt(delivery_plan::attempt job) {
    const bool tried = job.tried;
    if (job.events.empty())
        job = co_await fetch_all(std::move(job));
    if (!job.events.empty())
        co_await deliver(std::move(job));
    plan_.end_attempt(tried);
}

/// The attempt without those events that cannot be given to the sink now.
asio::awaitable<delivery_plan::attempt> dispatcher::fetch_all(delivery_plan::attempt job) {
    delivery_plan::attempt ready;
    for (const auto number : job.numbers) {
        auto content = co_await fetch(number);
        if (!content)
            continue;
        ready.numbers.push_back(number);
        ready.events.push_back(std::move(content));
    }
    co_return ready;
}

/// The event, or null where the sink cannot get it now: then the plan knows why.
asio::awaitable<std::shared_ptr<const event>> dispatcher::fetch(sequence number) {
    std::shared_ptr<const event> content;
    event_names names;
    std::string thrown;
    try {
        auto stored = co_await shared_.store.read(number);
        if (!stored) {
            plan_.reschedule(number, steady_now());
            co_return nullptr;
        }
        if (*stored) {
            names = {(*stored)->id, (*stored)->type};
            content = shared_.cache.get(**std::move(stored));
        } else {
            // Retention leaves what is owed: only a person's erasure takes it away.
            shared_.lines->warn("an event was erased before it was delivered",
                                {{"sink", sink_.name}, {"number", static_cast<long long>(number)}});
        }
        if (content && plan_.is_undecided(number) && !takes(routes_, sink_.name, *content))
            content = nullptr;
    } catch (...) {
        thrown = describe_exception();
    }
    if (!thrown.empty()) {
        plan_.fail(number, names, thrown, present());
        co_return nullptr;
    }
    if (!content)
        plan_.discard(number);
    co_return content;
}

asio::awaitable<void> dispatcher::deliver(delivery_plan::attempt job) {
    delivery_plan::attempt_result result;
    result.numbers = std::move(job.numbers);
    result.events = job.events;
    const auto start = std::chrono::steady_clock::now();
    try {
        result.outcomes = co_await sink_.target->deliver(std::move(job.events));
    } catch (...) {
        result.thrown = describe_exception();
    }
    const auto elapsed = std::chrono::steady_clock::now() - start;
    counts_.attempted(elapsed);
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed);
    plan_.complete(result, present());
}

asio::awaitable<void> dispatcher::settle(settlement results) {
    const auto stored = co_await shared_.store.settle(std::move(results));
    if (!stored)
        report_failure("a sink cannot record its progress", stored.error());
    plan_.settled(static_cast<bool>(stored), steady_now());
}

asio::awaitable<void> dispatcher::wait(std::optional<moment> until) {
    signal_.expires_at(asio::steady_timer::time_point::max());
    if (until)
        signal_.expires_after(std::max(*until - steady_now(), std::chrono::milliseconds(1)));
    co_await signal_.async_wait(as_result);
}

asio::awaitable<void> dispatcher::pause_briefly(std::chrono::milliseconds wait) {
    asio::steady_timer timer(shared_.executor, wait);
    co_await timer.async_wait(as_result);
}

void dispatcher::spawn(asio::awaitable<void> task) {
    ++tasks_;
    auto finished = [this](std::exception_ptr thrown) {
        --tasks_;
        notice(thrown);
    };
    asio::co_spawn(shared_.executor, std::move(task), std::move(finished));
}

/// A task of ours ended. What is thrown here is nobody's event: everything is in the inbox, and the next
/// dispatcher begins there.
void dispatcher::notice(const std::exception_ptr& thrown) {
    if (thrown) {
        broken_ = true;
        shared_.lines->error("a sink's delivery broke off, and begins anew",
                             {{"sink", sink_.name}, {"error", describe_exception(thrown)}});
    }
    look_again();
}

void dispatcher::look_again() {
    changed_ = true;
    signal_.cancel();
}

void dispatcher::report_news() {
    for (const auto& news : plan_.take_news())
        report(news);
}

void dispatcher::report(const delivery_news& news) {
    using enum delivery_news::kind;
    auto& lines = *shared_.lines;
    if (news.what == sink_works)
        return lines.info("a sink works again", {{"sink", sink_.name}});
    if (news.what == sink_fails)
        return lines.warn("a sink fails again and again: it is tried with one delivery at a time",
                          {{"sink", sink_.name}, {"error", news.error}});

    log_fields about = {{"sink", sink_.name}};
    if (!news.names.id.empty())
        about.push_back({"event_id", news.names.id});
    about.push_back({"number", static_cast<long long>(news.number)});
    if (!news.names.type.empty())
        about.push_back({"type", news.names.type});
    about.push_back({"attempts", static_cast<long long>(news.attempts)});
    if (news.what == delivered) {
        ++counted_.delivered;
        counted_.last_delivered_at = news.at;
        if (news.attempts == 1)
            shared_.first.add({news.number, sink_.name, news.at, news.took, news.status});
        counts_.delivered();
        return lines.debug("delivered", about);
    }
    ++counted_.failed;
    counted_.last_error = news.error;
    counted_.last_error_at = news.at;
    if (news.what == failed) {
        counts_.failed();
        about.push_back({"next_attempt", to_rfc3339(news.next_attempt)});
        about.push_back({"error", news.error});
        return lines.warn("delivery failed", about);
    }
    ++counted_.dead;
    counts_.dead();
    about.push_back({"error", news.error});
    lines.error("dead letter", about);
}

void dispatcher::report_failure(const char* text, const failure& why) {
    shared_.lines->error(text, {{"sink", sink_.name}, {"reason", why.reason}});
}

}  // namespace shopbell
