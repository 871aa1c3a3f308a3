#include "log_truncation.hpp"

#include <utility>

namespace shopbell {

namespace {

constexpr std::chrono::seconds patience{3};
/// Between two tries: soon while somebody waits for it.
constexpr std::chrono::milliseconds short_pause{30};
constexpr std::chrono::seconds long_pause{1};

void answer(change_job& one) {
    std::move(one.done)(one.progress.concerned);
}

}  // namespace

void log_truncation::want(clock::time_point now) {
    if (!std::exchange(wanted_, true))
        next_ = now;
}

log_truncation::clock::time_point log_truncation::due() const noexcept {
    return wanted_ ? next_ : clock::time_point::max();
}

void log_truncation::answer_when_clean(change_job one, clock::time_point now) {
    if (!wanted_)
        return answer(one);
    next_ = now;
    waiting_.push_back({std::move(one), now + patience});
}

int log_truncation::attempt(sqlite::connection& database, clock::time_point now) {
    database.set_patience(std::chrono::milliseconds(0));
    const int code =
        sqlite3_wal_checkpoint_v2(database.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    database.set_patience(sqlite::default_patience);
    next_ = now + (waiting_.empty() ? clock::duration(long_pause) : clock::duration(short_pause));
    if (code == SQLITE_OK)
        clean();
    return code;
}

void log_truncation::clean() {
    wanted_ = false;
    for (auto& one : std::exchange(waiting_, {}))
        answer(one.one);
}

void log_truncation::answer_late(clock::time_point now, log& lines) {
    if (waiting_.empty() || waiting_.front().until > now)
        return;
    lines.warn(
        "erased events are still in the inbox's log file, because something keeps reading it; it is "
        "emptied as soon as that ends");
    for (; !waiting_.empty() && waiting_.front().until <= now; waiting_.pop_front())
        answer(waiting_.front().one);
}

}  // namespace shopbell
