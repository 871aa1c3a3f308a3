#include "keeper.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace shopbell::postgres {

namespace {

/// A statement that takes longer has no answer: the lease is nearly over by then.
constexpr std::chrono::milliseconds longest_statement{4'000};
/// Between two looks for a server that answers.
constexpr std::chrono::milliseconds next_try{100};

const std::string retention_name = "retention";

deadline lease_deadline() {
    return std::chrono::steady_clock::now() + longest_statement;
}

/// The server did what it was asked for, and the connection is as good as before.
error refuse(std::string reason) {
    return error{errc::unavailable, "00000", std::move(reason)};
}

durability durability_of(standby_demand demand) {
    return demand == standby_demand::required ? durability::standby : durability::primary_only;
}

}  // namespace

keeper::keeper(surroundings around, std::string owner, const postgres_settings& chosen, agreed_server& server,
               const read_ids& ids, std::shared_ptr<log> lines)
    : around_(std::move(around)),
      owner_(std::move(owner)),
      observer_(chosen.observer),
      wanted_(durability_of(chosen.standby)),
      sweep_every_(chosen.sweep_every),
      server_(server),
      ids_(ids),
      log_(std::move(lines)),
      retention_(chosen),
      next_sweep_(clock::now() + chosen.sweep_every),
      session_({.thread = "inbox-keeper",
                .open = [this] { return around_.open(); },
                .lost = [this](const std::string& host, const error& why) { leave_server(host, why); },
                .work = [this] { return work(); },
                .leave = [this] { give_back_all(); }}) {
    session_.start();
}

keeper::~keeper() {
    session_.stop();
}

asio::awaitable<result<sink_progress>> keeper::open_sink(std::string name) {
    auto task = [this, name](connection& database) { return open(database, name); };
    auto opened = co_await session_.ask<sink_progress>(std::move(task));
    if (opened || !wait_for_place(name))
        co_return opened;
    sink_progress nowhere;
    nowhere.held = false;
    co_return nowhere;
}

/// Whether the sink has had no place since the start: then it gets one as soon as the server answers, and
/// before anything is stored.
bool keeper::wait_for_place(const std::string& name) {
    const std::lock_guard guard(mutex_);
    if (placed_.contains(name))
        return false;
    unplaced_.insert(name);
    return true;
}

answer<void> keeper::place_waiting(connection& database) {
    std::set<std::string> waiting;
    {
        const std::lock_guard guard(mutex_);
        waiting = unplaced_;
    }
    for (const auto& name : waiting) {
        if (auto placed = place_sink(database, name, lease_deadline()); !placed)
            return placed.error();
        note_placed(name);
        changes_.call(name);
    }
    return {};
}

void keeper::note_placed(const std::string& name) {
    const std::lock_guard guard(mutex_);
    placed_.insert(name);
    unplaced_.erase(name);
}

asio::awaitable<result<void>> keeper::settle(settlement results) {
    auto task = [this, results = std::make_shared<const settlement>(std::move(results))](
                    connection& database) { return store(database, *results); };
    co_return co_await session_.ask<void>(std::move(task));
}

void keeper::close_sink(const std::string& name) {
    {
        const std::lock_guard guard(mutex_);
        unplaced_.erase(name);
        placed_.erase(name);
    }
    session_.submit([this, name] {
        const auto found = sinks_.find(name);
        if (found == sinks_.end())
            return;
        if (const auto own = found->second.own) {
            // Where it fails, the term ends it.
            (void)session_.run([&](connection& database) {
                return leases(database).release({own->held}, lease_deadline());
            });
        }
        sinks_.erase(found);
        const std::lock_guard guard(mutex_);
        held_until_.erase(name);
    });
}

steady_point keeper::held_until(const std::string& sink) const {
    const std::lock_guard guard(mutex_);
    const auto found = held_until_.find(sink);
    return found == held_until_.end() ? steady_point::min() : found->second;
}

void keeper::set_held_until(const std::string& sink, clock::time_point until) {
    const std::lock_guard guard(mutex_);
    held_until_[sink] = until;
}

std::optional<std::string> keeper::trouble() const {
    const std::lock_guard guard(mutex_);
    return trouble_;
}

bool keeper::has_unplaced_sinks() const {
    const std::lock_guard guard(mutex_);
    return !unplaced_.empty();
}

void keeper::set_trouble(const std::optional<error>& why) {
    const std::lock_guard guard(mutex_);
    if (why && !trouble_)
        log_->error("the inbox cannot be reached: nothing is delivered", {{"reason", why->reason}});
    if (!why && trouble_)
        log_->info("the inbox can be reached again");
    trouble_ = why ? std::optional(why->reason) : std::nullopt;
}

void keeper::end_era() {
    server_.end_era();
    session_.hurry();
}

// Sinks: opened, settled

answer<sink_progress> keeper::open(connection& database, const std::string& name) {
    if (auto prepared = prepare(database); !prepared)
        return prepared.error();
    if (auto placed = place_sink(database, name, lease_deadline()); !placed)
        return placed.error();
    const bool is_new = !sinks_.contains(name);
    auto& wanted = sinks_[name];
    wanted.known.name = name;
    if (is_new) {
        if (auto looked = look(database, telling::no); !looked)
            return looked.error();
    }
    if (std::exchange(wanted.giving_back, false) && wanted.own) {
        if (auto released = leases(database).release({wanted.own->held}, lease_deadline()); !released)
            return released.error();
        lose(name, wanted);
    } else if (wanted.own || wanted.may_claim) {
        if (auto claimed = claim(database, name, wanted); !claimed)
            return claimed.error();
    }
    auto opened = read_progress(database, name, lease_deadline());
    if (!opened)
        return opened.error();
    if (!*opened)
        return refuse("the sink was removed meanwhile");
    note_placed(name);
    auto& progress = (*opened)->progress;
    wanted.known = {name, progress.paused, (*opened)->changed};
    progress.held = wanted.own.has_value();
    if (wanted.own)
        wanted.own->position = progress.position;
    return std::move(progress);
}

/// Another term of the lease, where nobody else has it. Its commit waits for the standby, and so covers what
/// is read behind it.
answer<void> keeper::claim(connection& database, const std::string& name, sink& wanted) {
    const auto sent = clock::now();
    const auto current = *agreed_;
    const auto claimed = leases(database).claim(lease_of_sink(name), lease_term, lease_deadline());
    if (!claimed)
        return claimed.error();
    wanted.may_claim = false;
    wanted.free_since.reset();
    if (!*claimed) {
        lose(name, wanted);
        return {};
    }
    wanted.own = holding{**claimed, current, 0};
    set_held_until(name, end_of_term(sent));
    return {};
}

/// Gives a sink its place where the settlement says, and takes its lease.
answer<void> keeper::begin(connection& database, const settlement& results) {
    if (auto placed = place_sink(database, results.sink, lease_deadline(), results.position); !placed)
        return placed.error();
    auto& wanted = sinks_[results.sink];
    wanted.known.name = results.sink;
    return claim(database, results.sink, wanted);
}

answer<void> keeper::store(connection& database, const settlement& results) {
    if (auto prepared = prepare(database); !prepared)
        return prepared.error();
    const auto found = sinks_.find(results.sink);
    if (results.begins && (found == sinks_.end() || !found->second.own)) {
        if (auto begun = begin(database, results); !begun)
            return begun.error();
    }
    const auto place = sinks_.find(results.sink);
    if (place == sinks_.end() || !place->second.own)
        return refuse_unheld(database, results.sink);
    auto& wanted = place->second;
    const auto anchor = anchor_of(wanted, results.position);
    if (!anchor)
        return anchor.error();
    const auto begun = clock::now();
    const auto stored =
        postgres::settle(database, results, {wanted.own->held, owner_, *anchor}, lease_deadline());
    if (stored) {
        if (observer_ != nullptr)
            observer_->committed(0, clock::now() - begun);
        wanted.own->position = std::max(wanted.own->position, results.position);
        return {};
    }
    if (!is_outdated(stored.error()))
        return stored.error();
    // The lease may still be this daemon's: that is seen when the sink is opened again.
    wanted.own->since = no_era;
    set_held_until(results.sink, clock::time_point::min());
    changes_.call(results.sink);
    return refuse_unheld(database, results.sink);
}

/// Of a sink that a person let go of nothing is stored, and nobody is to deliver it again.
answer<void> keeper::refuse_unheld(connection& database, const std::string& name) {
    const auto opened = read_progress(database, name, lease_deadline());
    if (!opened)
        return opened.error();
    if (!*opened)
        return {};
    return refuse("another daemon delivers to this sink, or its events were read on another server");
}

/// The id of the event at that position. Where events were read before a connection was lost, it has to be
/// known: else the number might stand for another event by now.
answer<std::optional<std::string>> keeper::anchor_of(const sink& wanted, sequence position) const {
    const auto read = ids_.find(position);
    if (read && read->when == wanted.own->since)
        return std::optional(read->id);
    if (wanted.own->since == server_.current() || position <= wanted.own->position)
        return std::optional<std::string>();
    return refuse("the events were read on a connection that is lost");
}

// What is done of itself

keeper::clock::time_point keeper::work() {
    const auto begun = clock::now();
    const bool renews = begun >= next_renewal_;
    const bool looks = begun >= next_look_;
    const auto done = session_.run([&](connection& database) -> answer<void> {
        if (auto prepared = prepare(database); !prepared)
            return prepared;
        if (renews) {
            if (auto renewed = renew(database); !renewed)
                return renewed;
        }
        if (auto placed = place_waiting(database); !placed)
            return placed;
        return looks ? look(database, telling::yes) : answer<void>();
    });
    if (!done) {
        if (done.error().code != errc::busy)
            set_trouble(done.error());
        return clock::now() + next_try;
    }
    set_trouble(std::nullopt);
    if (renews)
        next_renewal_ = begun + lease_renewal;
    if (looks)
        next_look_ = begun + lease_look;
    if (retention_lease_ && begun >= next_sweep_) {
        const auto removed = session_.run([this](connection& database) { return sweep(database); });
        count_removed(removed);
        next_sweep_ = removed && removed->more ? clock::now() : clock::now() + sweep_every_;
    }
    return std::min({next_renewal_, next_look_, retention_lease_ ? next_sweep_ : clock::time_point::max()});
}

/// After the keeper opens a connection or the reader loses its own: what was read is dropped.
answer<void> keeper::prepare(connection& database) {
    const auto current = server_.current();
    if (agreed_ != current) {
        if (std::exchange(agreed_, std::nullopt))
            end_windows();
        if (auto alive = database.run("SELECT 1", {}, lease_deadline()); !alive)
            return alive.error();
        retention_.begin_anew();
        agreed_ = current;
        server_.agree(database.host(), current);
    }
    if (own_lease_)
        return {};
    const auto claimed = leases(database).claim(lease_of_daemon(owner_), lease_term, lease_deadline());
    if (!claimed)
        return claimed.error();
    own_lease_ = *claimed;
    return {};
}

std::vector<lease> keeper::all_held() const {
    std::vector<lease> all;
    for (const auto& [name, wanted] : sinks_) {
        if (wanted.own)
            all.push_back(wanted.own->held);
    }
    for (const auto& each : {own_lease_, retention_lease_}) {
        if (each)
            all.push_back(*each);
    }
    return all;
}

answer<void> keeper::renew(connection& database) {
    const auto sent = clock::now();
    const auto renewed = leases(database).renew(all_held(), lease_term, lease_deadline());
    if (!renewed)
        return renewed.error();
    const auto is_lost = [&renewed](const lease& held) {
        return std::ranges::find(renewed->lost, held.name) != renewed->lost.end();
    };
    for (auto& [name, wanted] : sinks_) {
        if (!wanted.own)
            continue;
        if (is_lost(wanted.own->held)) {
            lose(name, wanted);
            changes_.call(name);
        } else if (wanted.own->since == agreed_) {
            set_held_until(name, end_of_term(sent));
        }
    }
    if (own_lease_ && is_lost(*own_lease_))
        own_lease_.reset();
    if (retention_lease_ && is_lost(*retention_lease_))
        retention_lease_.reset();
    note_changes(renewed->sinks);
    return {};
}

/// What people have decided elsewhere: whoever delivers begins anew, and whoever stands by learns of it.
void keeper::note_changes(const std::vector<sink_state>& states) {
    for (const auto& state : states) {
        const auto found = sinks_.find(state.name);
        if (found == sinks_.end())
            continue;
        auto& known = found->second.known;
        if (known.changed == state.changed && known.paused == state.paused)
            continue;
        known = state;
        changes_.call(state.name);
    }
}

answer<void> keeper::look(connection& database, telling others) {
    std::vector<std::string> names;
    for (const auto& [name, wanted] : sinks_) {
        if (!wanted.own)
            names.push_back(lease_of_sink(name));
    }
    if (!retention_lease_)
        names.push_back(retention_name);
    const auto seen = leases(database).look(names, lease_deadline());
    if (!seen)
        return seen.error();
    share(*seen, others);
    if (others == telling::yes)
        note_changes(seen->sinks);
    return claim_retention(database, *seen);
}

void keeper::share(const lease_view& seen, telling others) {
    using holder = wanted_sink::holder;
    const auto now = clock::now();
    const auto daemons = std::max<std::size_t>(seen.live_daemons, 1);
    const bool has_come = daemons > std::exchange(live_daemons_, daemons);
    std::vector<wanted_sink> all;
    for (auto& [name, wanted] : sinks_) {
        wanted_sink state{name};
        if (has_come)
            wanted.for_want_of_others = false;
        const bool is_free = std::ranges::find(seen.free, lease_of_sink(name)) != seen.free.end();
        if (wanted.own && !wanted.giving_back) {
            state.held_by = wanted.for_want_of_others ? holder::self_for_want_of_others : holder::self;
        } else if (!wanted.own && is_free) {
            wanted.free_since = wanted.free_since.value_or(now);
            state.held_by = holder::nobody;
            state.free_for = std::chrono::duration_cast<std::chrono::milliseconds>(now - *wanted.free_since);
        } else {
            wanted.free_since.reset();
        }
        wanted.may_claim = false;
        all.push_back(std::move(state));
    }
    const auto decided = share_out(all, daemons);
    const auto offer = [this, others](const std::vector<std::string>& names, bool for_want_of_others) {
        for (const auto& name : names) {
            sinks_[name].may_claim = true;
            sinks_[name].for_want_of_others = for_want_of_others;
            if (others == telling::yes)
                changes_.call(name);
        }
    };
    offer(decided.claim, false);
    offer(decided.claim_for_want_of_others, true);
    if (others == telling::no)
        return;
    for (const auto& name : decided.give_back) {
        sinks_[name].giving_back = true;
        changes_.call(name);
    }
}

// Leaving

void keeper::lose(const std::string& name, sink& wanted) {
    wanted.own.reset();
    wanted.giving_back = false;
    set_held_until(name, clock::time_point::min());
}

void keeper::leave_server(const std::string& host, const error& why) {
    if (why.code == errc::timeout)
        around_.is_late(host);
    server_.end_era();
    if (std::exchange(agreed_, std::nullopt))
        end_windows();
}

/// Nothing new begins of what was read so far. The leases stay: what is under way may still be settled.
void keeper::end_windows() {
    for (auto& [name, wanted] : sinks_) {
        if (!wanted.own)
            continue;
        set_held_until(name, clock::time_point::min());
        changes_.call(name);
    }
}

void keeper::give_back_all() {
    const auto all = all_held();
    if (all.empty())
        return;
    const auto released =
        session_.run([&](connection& database) { return leases(database).release(all, lease_deadline()); });
    if (!released)
        log_->warn("the sinks could not be given back: other daemons take them when their terms end",
                   {{"reason", released.error().reason}});
}

// Retention

answer<void> keeper::claim_retention(connection& database, const lease_view& seen) {
    if (retention_lease_ || std::ranges::find(seen.free, retention_name) == seen.free.end())
        return {};
    const auto claimed = leases(database).claim(retention_name, lease_term, lease_deadline());
    if (!claimed)
        return claimed.error();
    retention_lease_ = *claimed;
    retention_.begin_anew();
    return {};
}

answer<removed_events> keeper::sweep(connection& database) {
    if (!retention_lease_)
        return removed_events();
    auto removed = retention_.step(database, {*retention_lease_, owner_, {}}, longest_statement);
    if (!removed && is_outdated(removed.error())) {
        retention_lease_.reset();
        return removed_events();
    }
    return removed;
}

void keeper::count_removed(const answer<removed_events>& removed) {
    if (!removed) {
        log_->warn("removing delivered events failed", {{"reason", removed.error().reason}});
        return;
    }
    removed_ += removed->count;
    if (!removed->more && removed_ > 0)
        log_->info("removed delivered events",
                   {{"events", static_cast<long long>(std::exchange(removed_, 0))}});
}

}  // namespace shopbell::postgres
