#include "writer.hpp"

#include "schema.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

/// Not null where the job is a `put`.
std::unique_ptr<put_job>* put_in(job& one) {
    return std::get_if<std::unique_ptr<put_job>>(&one);
}

std::size_t weight(job& one) {
    const auto* put = put_in(one);
    return put != nullptr ? (*put)->one.body.size() : 0;
}

void refuse(job& one, failure why, group_answers& answers) {
    if (auto* put = put_in(one)) {
        (*put)->answer = std::move(why);
        return answers.add(std::move(*put));
    }
    if (auto* settle = std::get_if<settle_job>(&one))
        return std::move(settle->done)(std::move(why));
    std::move(std::get<change_job>(one).done)(std::move(why));
}

void refuse_all(std::vector<job>& group, errc code, const std::string& reason) {
    group_answers answers;
    for (auto& one : group)
        refuse(one, failure{code, reason}, answers);
    answers.send();
}

/// Rows that people's decisions may write in one group: more wait for the next, so that no event waits long.
constexpr std::int64_t change_rows = 500;

/// Errors that concern one row only; the transaction goes on.
bool is_row_error(int code) {
    const int kind = code & 0xff;
    return kind == SQLITE_CONSTRAINT || kind == SQLITE_TOOBIG || kind == SQLITE_MISMATCH ||
           kind == SQLITE_RANGE;
}

}  // namespace

inbox_writer::inbox_writer(sqlite_settings settings, std::shared_ptr<log> lines)
    : settings_(std::move(settings)),
      log_(std::move(lines)),
      retention_(settings_.retain, settings_.max_size),
      next_sweep_(std::chrono::steady_clock::now() + settings_.sweep_every) {}

inbox_writer::~inbox_writer() {
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
    }
    work_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

result<void> inbox_writer::open() {
    if (auto created = create_inbox_file(settings_.path); !created)
        return created;
    auto identity = identify_file(settings_.path);
    if (!identity)
        return identity.error();
    file_ = *identity;
    return reopen();
}

void inbox_writer::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "inbox-writer");
        run();
    });
}

void inbox_writer::submit(job one) {
    const std::size_t bytes = weight(one);
    {
        const std::lock_guard guard(mutex_);
        if (queue_.size() < settings_.queue_events && queued_bytes_ + bytes <= settings_.queue_bytes) {
            queued_bytes_ += bytes;
            queue_.push_back(std::move(one));
            work_.notify_one();
            return;
        }
    }
    group_answers answer;
    refuse(one, failure{errc::busy, "the inbox's queue is full"}, answer);
    answer.send();
}

std::optional<std::string> inbox_writer::trouble() const {
    const std::lock_guard guard(mutex_);
    return trouble_;
}

void inbox_writer::set_trouble(std::optional<std::string> reason) {
    const std::lock_guard guard(mutex_);
    if (reason == trouble_)
        return;
    if (reason)
        log_->error("the inbox cannot store events", {{"reason", *reason}});
    else
        log_->info("the inbox stores events again");
    trouble_ = std::move(reason);
}

bool inbox_writer::take(std::vector<job>& group) {
    std::unique_lock lock(mutex_);
    work_.wait_until(lock, std::min(next_sweep_, truncation_.due()),
                     [this] { return closing_ || !queue_.empty() || !pings_.empty(); });
    if (closing_ && queue_.empty())
        return false;
    group.swap(queue_);
    queued_bytes_ = 0;
    return true;
}

void inbox_writer::ping(std::function<void()> answered) {
    {
        const std::lock_guard guard(mutex_);
        pings_.push_back(std::move(answered));
    }
    work_.notify_one();
}

void inbox_writer::answer_pings() {
    std::vector<std::function<void()>> asked;
    {
        const std::lock_guard guard(mutex_);
        asked.swap(pings_);
    }
    for (const auto& answered : asked)
        answered();
}

void inbox_writer::run() {
    std::vector<job> group;
    while (take(group)) {
        const auto begun = std::chrono::steady_clock::now();
        if (!group.empty())
            write_group(group);
        group.clear();
        sweep_if_due(std::chrono::steady_clock::now() - begun);
        checkpoint_if_long();
        truncate_if_due(std::chrono::steady_clock::now());
        answer_pings();
    }
    // The last chance for whoever waits for it.
    truncate_if_due(truncation_.due());
    truncation_.answer_late(std::chrono::steady_clock::time_point::max(), *log_);
}

void inbox_writer::write_group(std::vector<job>& group) {
    if (auto reason = why_no_group()) {
        set_trouble(reason);
        tell_failure();
        return refuse_all(group, errc::unavailable, *reason);
    }
    const auto no_puts = why_no_puts();
    const auto at = now();
    const auto start = std::chrono::steady_clock::now();
    auto budget = change_rows;

    std::vector<std::optional<failure>> refused(group.size());
    if (const int code = database_.execute("BEGIN IMMEDIATE"); code != SQLITE_OK)
        return abandon(group, code, "beginning a transaction");
    bool stored = false;
    for (std::size_t i = 0; i < group.size(); ++i) {
        const auto* put = put_in(group[i]);
        if (put && no_puts) {
            refused[i] = failure{errc::unavailable, *no_puts};
            continue;
        }
        const int code = write(group[i], at, budget);
        if (code != SQLITE_OK && !is_row_error(code))
            return abandon(group, code, "writing to the inbox");
        if (code != SQLITE_OK)
            refused[i] = describe_failure(database_, code, "writing to the inbox");
        stored |= put && code == SQLITE_OK && !(*put)->answer->duplicate;
    }
    if (const int code = database_.execute("COMMIT"); code != SQLITE_OK)
        return abandon(group, code, "committing");
    tell(group, refused, std::chrono::steady_clock::now() - start);

    set_trouble(no_puts);
    std::vector<job> unfinished;
    group_answers answers;
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (refused[i])
            refuse(group[i], *std::move(refused[i]), answers);
        else
            answer(group[i], answers, unfinished);
    }
    answers.send();
    put_back(std::move(unfinished));
    if (stored)
        listeners_.call();
}

void inbox_writer::tell(const std::vector<job>& group, const std::vector<std::optional<failure>>& refused,
                        std::chrono::steady_clock::duration took) {
    if (settings_.observer == nullptr)
        return;
    std::size_t deliveries = 0;
    for (std::size_t i = 0; i < group.size(); ++i)
        deliveries += std::holds_alternative<std::unique_ptr<put_job>>(group[i]) && !refused[i] ? 1U : 0U;
    settings_.observer->committed(deliveries, took);
}

void inbox_writer::tell_failure() {
    if (settings_.observer != nullptr)
        settings_.observer->commit_failed();
}

int inbox_writer::write(job& one, time_point at, std::int64_t& budget) {
    if (auto* put = put_in(one))
        return events_.insert((*put)->one, (*put)->key, at, *(*put)->answer);
    if (const auto* settle = std::get_if<settle_job>(&one))
        return deliveries_.settle(settle->results);
    auto& decided = std::get<change_job>(one);
    return changes_.step(decided.decision, at, budget, decided.progress);
}

void inbox_writer::answer(job& one, group_answers& answers, std::vector<job>& unfinished) {
    if (auto* put = put_in(one))
        return answers.add(std::move(*put));
    if (auto* settle = std::get_if<settle_job>(&one))
        return std::move(settle->done)(result<void>());
    answer_change(std::get<change_job>(one), unfinished);
}

void inbox_writer::answer_change(change_job& one, std::vector<job>& unfinished) {
    const auto at = std::chrono::steady_clock::now();
    const bool erases = std::holds_alternative<erasure>(one.decision);
    if (erases && one.progress.concerned > 0)
        truncation_.want(at);
    if (!one.progress.finished)
        unfinished.emplace_back(std::move(one));
    else if (erases)
        truncation_.answer_when_clean(std::move(one), at);
    else
        std::move(one.done)(one.progress.concerned);
}

// Behind what waits, and whatever the queue's bounds: they were let in once.
void inbox_writer::put_back(std::vector<job> unfinished) {
    if (unfinished.empty())
        return;
    const std::lock_guard guard(mutex_);
    for (auto& one : unfinished)
        queue_.push_back(std::move(one));
}

std::optional<std::string> inbox_writer::why_no_group() {
    const auto there = identify_file(settings_.path);
    if (!there || *there != file_)
        return "the inbox " + settings_.path +
               " was removed or replaced while in use: put the file back, or restart to begin a new one";
    if (!must_reopen_)
        return std::nullopt;
    if (auto opened = reopen(); !opened)
        return opened.error().reason;
    return std::nullopt;
}

std::optional<std::string> inbox_writer::why_no_puts() {
    if (free_space(settings_.path) >= settings_.min_free)
        return std::nullopt;
    return "less than [inbox] min_free is left on the disk of " + settings_.path + ": free some space";
}

result<void> inbox_writer::reopen() {
    must_reopen_ = true;
    events_.detach();
    deliveries_.detach();
    changes_.detach();
    retention_.detach();
    database_.close();
    if (const int code = database_.open(settings_.path, sqlite::access::read_write); code != SQLITE_OK)
        return describe_failure(database_, code, "opening the inbox " + settings_.path);
    if (auto prepared = prepare_schema(database_, settings_.path); !prepared)
        return prepared;
    // Writes every page of the log into the database once more and syncs it, so that nothing rests on pages
    // that an earlier fsync failed to keep.
    if (const int code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                                   nullptr, nullptr);
        code != SQLITE_OK)
        return describe_failure(database_, code, "recovering the inbox " + settings_.path);
    for (const int code : {events_.attach(database_), deliveries_.attach(database_),
                           changes_.attach(database_), retention_.attach(database_)}) {
        if (code != SQLITE_OK)
            return describe_failure(database_, code, "reading the inbox " + settings_.path);
    }
    const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<inbox_writer*>(self)->log_pages_ = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(database_.handle(), count_pages, this);
    log_pages_ = 0;
    must_reopen_ = false;
    truncation_.clean();
    return {};
}

void inbox_writer::abandon(std::vector<job>& group, int code, const std::string& doing) {
    const auto reason = describe_failure(database_, code, doing).reason;
    if (sqlite3_get_autocommit(database_.handle()) == 0 && database_.execute("ROLLBACK") != SQLITE_OK)
        must_reopen_ = true;
    if (!sqlite::is_passing(code))
        must_reopen_ = true;
    // Copied back, the log begins anew in the room that it has already.
    if ((code & 0xff) == SQLITE_FULL)
        log_pages_ = std::max(log_pages_, checkpoint_pages);
    set_trouble(reason);
    tell_failure();
    refuse_all(group, errc::unavailable, reason);
}

}  // namespace shopbell
