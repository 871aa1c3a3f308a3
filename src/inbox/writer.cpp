#include "writer.hpp"

#include "schema.hpp"

#include <pthread.h>

#include <utility>

namespace shopbell {

namespace {

/// Pages of 16 KiB: the log is copied back at about 4 MB. Shorter logs checkpoint too often, longer ones
/// stall.
constexpr int checkpoint_pages = 256;

std::size_t weight(const job& one) {
    const auto* put = std::get_if<put_job>(&one);
    return put ? put->one.body.size() : 0;
}

void refuse(job& one, errc code, const std::string& reason) {
    std::visit([&](auto& any) { std::move(any.done)(failure{code, reason}); }, one);
}

/// Between two steps of one sweep, so that groups come first even while there is much to remove.
constexpr std::chrono::milliseconds sweep_pause{20};

/// Errors that concern one row only; the transaction goes on.
bool is_row_error(int code) {
    const int kind = code & 0xff;
    return kind == SQLITE_CONSTRAINT || kind == SQLITE_TOOBIG || kind == SQLITE_MISMATCH ||
           kind == SQLITE_RANGE;
}

/// Errors after which the connection is as good as before.
bool is_passing(int code) {
    const int kind = code & 0xff;
    return kind == SQLITE_FULL || kind == SQLITE_BUSY || kind == SQLITE_LOCKED;
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
    refuse(one, errc::busy, "the inbox's queue is full");
}

void inbox_writer::on_commit(std::function<void()> wake) {
    const std::lock_guard guard(mutex_);
    wake_ = std::move(wake);
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

void inbox_writer::run() {
    std::vector<job> group;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            work_.wait_until(lock, next_sweep_, [this] { return closing_ || !queue_.empty(); });
            if (closing_ && queue_.empty())
                return;
            group.swap(queue_);
            queued_bytes_ = 0;
        }
        if (!group.empty())
            write_group(group);
        group.clear();
        sweep_if_due();
        checkpoint_if_long();
    }
}

void inbox_writer::write_group(std::vector<job>& group) {
    if (auto reason = why_no_group()) {
        set_trouble(reason);
        for (auto& one : group)
            refuse(one, errc::unavailable, *reason);
        return;
    }
    const auto no_puts = why_no_puts();
    const auto at = now();

    std::vector<result<receipt>> receipts;
    receipts.reserve(group.size());
    if (const int code = database_.execute("BEGIN IMMEDIATE"); code != SQLITE_OK)
        return abandon(group, code, "beginning a transaction");
    bool stored = false;
    for (auto& one : group) {
        receipt answer;
        int code = SQLITE_OK;
        const auto* put = std::get_if<put_job>(&one);
        if (put && no_puts) {
            receipts.emplace_back(failure{errc::unavailable, *no_puts});
            continue;
        }
        code = put ? table_.insert(put->one, at, answer) : table_.settle(std::get<settle_job>(one).results);
        if (code != SQLITE_OK && !is_row_error(code))
            return abandon(group, code, "writing an event");
        if (code == SQLITE_OK)
            receipts.emplace_back(std::move(answer));
        else
            receipts.emplace_back(describe_failure(database_, code, "writing an event"));
        stored |= put != nullptr && code == SQLITE_OK;
    }
    if (const int code = database_.execute("COMMIT"); code != SQLITE_OK)
        return abandon(group, code, "committing");

    set_trouble(no_puts);
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (auto* put = std::get_if<put_job>(&group[i]))
            std::move(put->done)(std::move(receipts[i]));
        else if (receipts[i])
            std::move(std::get<settle_job>(group[i]).done)(result<void>());
        else
            std::move(std::get<settle_job>(group[i]).done)(receipts[i].error());
    }
    if (!stored)
        return;
    const std::lock_guard guard(mutex_);
    if (wake_)
        wake_();
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
    table_.detach();
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
    for (const int code : {table_.attach(database_), retention_.attach(database_)}) {
        if (code != SQLITE_OK)
            return describe_failure(database_, code, "reading the inbox " + settings_.path);
    }
    const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<inbox_writer*>(self)->log_pages_ = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(database_.handle(), count_pages, this);
    must_reopen_ = false;
    return {};
}

void inbox_writer::abandon(std::vector<job>& group, int code, const std::string& doing) {
    const auto reason = describe_failure(database_, code, doing).reason;
    if (sqlite3_get_autocommit(database_.handle()) == 0 && database_.execute("ROLLBACK") != SQLITE_OK)
        must_reopen_ = true;
    if (!is_passing(code))
        must_reopen_ = true;
    set_trouble(reason);
    for (auto& one : group)
        refuse(one, errc::unavailable, reason);
}

void inbox_writer::sweep_if_due() {
    if (must_reopen_ || std::chrono::steady_clock::now() < next_sweep_)
        return;
    retention::progress done;
    if (const int code = retention_.step(now(), done); code != SQLITE_OK) {
        log_->warn("removing delivered events failed", {{"reason", database_.message()}});
        const bool rolled_back =
            sqlite3_get_autocommit(database_.handle()) != 0 || database_.execute("ROLLBACK") == SQLITE_OK;
        must_reopen_ = !rolled_back || !is_passing(code);
        done.more = false;
    }
    swept_ += done.removed;
    if (!done.more && swept_ > 0)
        log_->info("removed delivered events",
                   {{"events", static_cast<long long>(std::exchange(swept_, 0))}});
    next_sweep_ = std::chrono::steady_clock::now() + (done.more ? sweep_pause : settings_.sweep_every);
}

void inbox_writer::checkpoint_if_long() {
    if (must_reopen_ || log_pages_ < checkpoint_pages)
        return;
    int left = 0, copied = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &left, &copied);
    if (code == SQLITE_OK && left == copied)
        log_pages_ = 0;
    if (code == SQLITE_OK || is_passing(code))
        return;
    must_reopen_ = true;
    log_->error("checkpointing the inbox failed", {{"reason", database_.message()}});
}

}  // namespace shopbell
