#include "retention.hpp"

#include <string>

namespace shopbell {

namespace {

/// One step's bounds: events looked at, bytes of bodies removed, and rows (an event's history goes with it).
constexpr std::int64_t step_events = 256;
constexpr std::int64_t step_bytes = 1024 * 1024;
constexpr std::int64_t step_rows = 1000;
/// Free pages given back to the file system in one step.
constexpr std::int64_t step_pages = 64;

/// Free pages kept for the next events (4 MiB); what is beyond goes back to the file system.
constexpr std::int64_t spare_pages = 256;

}  // namespace

int retention::attach(sqlite::connection& database) {
    database_ = &database;
    from_ = 0;
    // The last column: whether some sink still owes the event, or will once more, or holds it as a dead
    // letter.
    const int code = database.prepare(
        "SELECT number, accepted_at, length(body),"
        " number > coalesce((SELECT min(position) FROM sinks), number),"
        " EXISTS (SELECT 1 FROM deliveries WHERE deliveries.number = events.number)"
        " FROM events WHERE number > ?1 ORDER BY number LIMIT ?2",
        find_);
    if (code != SQLITE_OK)
        return code;
    return removal_.attach(database);
}

void retention::detach() {
    find_ = sqlite::statement();
    removal_.detach();
    database_ = nullptr;
}

bool retention::is_oversized() {
    if (max_size_ == 0)
        return false;
    const auto pages =
        database_->query("PRAGMA page_count", 0) - database_->query("PRAGMA freelist_count", 0);
    return static_cast<std::uint64_t>(pages * database_->query("PRAGMA page_size", 0)) > max_size_;
}

int retention::find(time_point at, range& into) {
    const bool oversized = is_oversized();
    const auto cutoff = (at - keep_).time_since_epoch().count();
    const sqlite::use rows(find_);
    rows->bind(1, from_);
    rows->bind(2, step_events);
    std::int64_t bytes = 0;
    std::int64_t seen = 0;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        const bool old = rows->integer(1) < cutoff;
        const bool undelivered = rows->integer(3) != 0;
        if (undelivered || !(old || oversized))
            return SQLITE_OK;  // numbers ascend with time: nothing behind it is due either
        into.looked_at = rows->integer(0);
        ++seen;
        if (rows->integer(4) != 0)
            continue;
        into.removable.push_back(into.looked_at);
        bytes += rows->integer(2);
        if (bytes >= step_bytes)
            break;
    }
    into.more = code == SQLITE_ROW || seen == step_events;
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

int retention::step(time_point at, progress& into) {
    range found;
    if (const int code = find(at, found); code != SQLITE_OK)
        return code;
    from_ = found.more ? found.looked_at : 0;
    into.more = found.more;
    const auto spare = database_->query("PRAGMA freelist_count", 0) - spare_pages;
    if (found.removable.empty() && spare <= 0)
        return SQLITE_OK;

    if (const int code = database_->execute("BEGIN IMMEDIATE"); code != SQLITE_OK)
        return code;
    if (const int code = remove(found.removable, into); code != SQLITE_OK)
        return code;
    if (spare > 0) {
        const auto give_back = "PRAGMA incremental_vacuum(" + std::to_string(step_pages) + ")";
        if (const int code = database_->execute(give_back.c_str()); code != SQLITE_OK)
            return code;
        into.more |= spare > step_pages;
    }
    return database_->execute("COMMIT");
}

int retention::remove(const std::vector<sequence>& numbers, progress& into) {
    std::int64_t rows = 0;
    for (const auto number : numbers) {
        if (const int code = removal_.remove(number, rows); code != SQLITE_OK)
            return code;
        ++into.removed;
        if (rows < step_rows)
            continue;
        from_ = number;
        into.more = true;
        break;
    }
    return SQLITE_OK;
}

}  // namespace shopbell
