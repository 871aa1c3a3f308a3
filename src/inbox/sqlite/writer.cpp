#include "writer.hpp"

#include "disk_wait.hpp"
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

/// Whether an event was stored, and not told of before.
bool is_new(const receipt& one) {
    return !one.duplicate && !one.id.empty();
}

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
      next_sweep_(std::chrono::steady_clock::now() + settings_.sweep_every),
      reserve_(settings_.path) {}

inbox_writer::~inbox_writer() {
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
    }
    work_.notify_one();
    if (thread_.joinable())
        thread_.join();
    detach();
    if (!must_reopen_)
        database_.close_and_fold_log();
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
    if (unreadable_)
        return unreadable_->reason;
    if (trouble_ || !disk_since_)
        return trouble_;
    const auto waited =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - *disk_since_);
    if (waited < slow_disk)
        return std::nullopt;
    return "the disk of the inbox " + settings_.path + " has not confirmed a write for " +
           std::to_string(waited.count()) + " s";
}

void inbox_writer::reading_failed(const failure& why) {
    const std::lock_guard guard(mutex_);
    if (unreadable_)
        return;
    log_->error("the inbox cannot be read: no event is accepted", {{"reason", why.reason}});
    unreadable_ = why;
}

// Damage stays, though other pages may be read.
void inbox_writer::reading_worked() {
    const std::lock_guard guard(mutex_);
    if (unreadable_ && unreadable_->code != errc::corrupt)
        unreadable_.reset();
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

/// What the disk does not answer, a new process would wait for as well: it is no sign that this one hangs.
void inbox_writer::ping(std::function<void()> answered) {
    bool waits_for_disk = false;
    {
        const std::lock_guard guard(mutex_);
        waits_for_disk = disk_since_.has_value();
        if (!waits_for_disk)
            pings_.push_back(std::move(answered));
    }
    if (waits_for_disk)
        return answered();
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
    if (const int code = begin(); code != SQLITE_OK)
        return abandon(group, code, "beginning a transaction in the inbox " + settings_.path);
    sequence newest = 0;  // of those stored in this group
    for (std::size_t i = 0; i < group.size(); ++i) {
        const auto* put = put_in(group[i]);
        if (put && no_puts) {
            refused[i] = failure{errc::unavailable, *no_puts};
            continue;
        }
        const int code = write_whole(group[i], at, budget);
        if (code != SQLITE_OK && !is_row_error(code))
            return abandon(group, code, "writing to the inbox " + settings_.path);
        if (code != SQLITE_OK)
            refused[i] = describe_failure(database_, code, "writing to the inbox " + settings_.path);
        if (put)
            row_trouble_ = refused[i] ? std::optional(refused[i]->reason) : std::nullopt;
        // A number that is taken: somebody else has written. Numbers are counted anew.
        if (put && code == SQLITE_CONSTRAINT_PRIMARYKEY)
            must_reopen_ = true;
        if (put && code == SQLITE_OK && is_new(*(*put)->answer))
            newest = events_.last_number();
    }
    if (const int code = commit(); code != SQLITE_OK)
        return abandon(group, code, "committing to the inbox " + settings_.path);
    mark_.raise(newest);
    tell(group, refused, std::chrono::steady_clock::now() - start);

    set_trouble(no_puts ? no_puts : row_trouble_);
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
    if (newest > 0)
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

int inbox_writer::begin() {
    const disk_wait waiting(*this);
    return database_.execute("BEGIN IMMEDIATE");
}

int inbox_writer::commit() {
    const disk_wait waiting(*this);
    return database_.execute("COMMIT");
}

/// All of a job or nothing of it. A delivery that is one row is so by itself.
int inbox_writer::write_whole(job& one, time_point at, std::int64_t& budget) {
    const auto* const put = put_in(one);
    if (put != nullptr && !(*put)->one.repeats_latest_only && !(*put)->one.codes)
        return write(one, at, budget);
    if (const int code = sqlite::run(begin_job_); code != SQLITE_OK)
        return code;
    const int code = write(one, at, budget);
    if (code != SQLITE_OK && !is_row_error(code))
        return code;  // the whole transaction is given up
    if (code != SQLITE_OK) {
        if (const int undone = sqlite::run(undo_job_); undone != SQLITE_OK)
            return undone;
    }
    const int ended = sqlite::run(end_job_);
    return ended != SQLITE_OK ? ended : code;
}

int inbox_writer::write(job& one, time_point at, std::int64_t& budget) {
    if (auto* put = put_in(one); put != nullptr && (*put)->one.codes)
        return write_sale(**put, at);
    if (auto* put = put_in(one))
        return events_.insert(**put, at, *(*put)->answer);
    if (const auto* settle = std::get_if<settle_job>(&one))
        return deliveries_.settle(settle->results);
    auto& decided = std::get<change_job>(one);
    return changes_.step(decided.decision, at, budget, decided.progress);
}

/// The event and the codes of its sale, or the event of a sale without codes.
int inbox_writer::write_sale(put_job& what, time_point at) {
    const auto& wanted = *what.one.codes;
    code_table::choice chosen;
    if (const int code = codes_.choose(what.one.endpoint, wanted, chosen); code != SQLITE_OK)
        return code;
    code_grant grant;
    grant.repeated = chosen.bound;
    for (const auto& row : chosen.rows)
        grant.codes.push_back(row.code);
    auto& into = *what.answer;
    if (grant.codes.empty() && wanted.from == code_request::supply::bound) {
        into.codes = std::move(grant);
        return SQLITE_OK;
    }
    if (grant.codes.empty())
        what.go_without_codes();
    if (const int code = events_.insert(what, at, into); code != SQLITE_OK)
        return code;
    if (!chosen.bound) {
        if (const int code = codes_.bind(wanted, into.id, at, chosen); code != SQLITE_OK)
            return code;
    }
    if (wanted.from == code_request::supply::pool) {
        if (const int code = codes_.read_pools(what.one.endpoint, wanted, grant.pools); code != SQLITE_OK)
            return code;
    }
    into.codes = std::move(grant);
    return SQLITE_OK;
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
    const bool erases = std::holds_alternative<erasure>(one.decision) ||
                        std::holds_alternative<code_anonymisation>(one.decision);
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
    if (auto lost = why_files_are_lost())
        return lost;
    if (!must_reopen_)
        return std::nullopt;
    if (auto opened = reopen(); !opened)
        return opened.error().reason;
    return std::nullopt;
}

std::optional<std::string> inbox_writer::why_files_are_lost() {
    const auto there = identify_file(settings_.path);
    if (!there || *there != file_)
        return "the inbox " + settings_.path +
               " was removed or replaced while in use: put the file back, or restart to begin a new one";
    if (must_reopen_)
        return std::nullopt;
    const auto log = identify_file(log_path());
    if (log && *log == log_file_)
        return std::nullopt;
    return "the inbox's log " + log_path() + " was removed or replaced while in use: " + save_lost_log();
}

/// What was committed to the log is still to be had through the open file, and only there.
std::string inbox_writer::save_lost_log() {
    const disk_wait waiting(*this);
    int left = 0, copied = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &left, &copied);
    if (code == SQLITE_OK && left == copied)
        return "what was in it has been saved, restart shopbell";
    return "what was in it cannot be saved yet, end what reads the inbox and do not stop shopbell before "
           "this message changes";
}

std::optional<std::string> inbox_writer::why_no_puts() {
    {
        const std::lock_guard guard(mutex_);
        if (unreadable_)
            return unreadable_->reason;
    }
    if (free_space(settings_.path) >= settings_.min_free)
        return std::nullopt;
    return "less than [inbox] min_free is left on the disk of " + settings_.path + ": free some space";
}

void inbox_writer::abandon(std::vector<job>& group, int code, const std::string& doing) {
    const auto reason = describe_failure(database_, code, doing).reason;
    const bool rolled_back =
        sqlite3_get_autocommit(database_.handle()) != 0 || database_.execute("ROLLBACK") == SQLITE_OK;
    if (!rolled_back || !sqlite::is_passing(code))
        lose_connection();
    // Copied back, the log begins anew in the room that it has already.
    if ((code & 0xff) == SQLITE_FULL) {
        log_pages_ = std::max(log_pages_, checkpoint_pages);
        reserve_.release();
    }
    set_trouble(reason);
    tell_failure();
    refuse_all(group, errc::unavailable, reason);
}

}  // namespace shopbell
