#include "retention.hpp"

#include "occupancy.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

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
    ahead_.clear();
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

int retention::look_at_size(bool& oversized) {
    oversized = false;
    if (max_size_ == 0)
        return SQLITE_OK;
    std::uint64_t bytes = 0;
    const int code = bytes_in_use(*database_, bytes);
    oversized = bytes > max_size_;
    return code;
}

int retention::trust_clock(time_point at, bool& trusted) {
    const auto now = retention_clock::steady::now();
    if (!clock_) {
        std::vector<time_point> latest;
        sqlite::statement rows;
        int code = database_->prepare("SELECT accepted_at FROM events ORDER BY number DESC LIMIT 256", rows);
        if (code != SQLITE_OK)
            return code;
        while ((code = rows.step()) == SQLITE_ROW)
            latest.push_back(time_point{std::chrono::milliseconds{rows.integer(0)}});
        if (code != SQLITE_DONE)
            return code;
        std::ranges::reverse(latest);
        clock_.emplace(latest, at, now);
    }
    trusted = clock_->is_trusted(at, now);
    return SQLITE_OK;
}

// Numbers ascend with time, unless the clock was wrong. What is dated in the future was accepted before what
// stands behind it, and is as old.
int retention::find(time_point at, range& into) {
    bool oversized = false, trusted = false;
    if (const int code = look_at_size(oversized); code != SQLITE_OK)
        return code;
    if (const int code = trust_clock(at, trusted); code != SQLITE_OK)
        return code;
    if (!trusted && !oversized)
        return SQLITE_OK;
    const auto present = at.time_since_epoch().count();
    const auto cutoff = (at - keep_).time_since_epoch().count();
    const sqlite::use rows(find_);
    rows->bind(1, from_);
    rows->bind(2, step_events);
    std::int64_t bytes = 0;
    std::int64_t seen = 0;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        const auto number = rows->integer(0);
        const auto accepted = rows->integer(1);
        const bool undelivered = rows->integer(3) != 0;
        const bool is_ahead = accepted > present;
        const bool due = oversized || accepted < cutoff;
        if (undelivered || !(due || is_ahead))
            return SQLITE_OK;  // nothing behind it is due either
        into.looked_at = number;
        ++seen;
        if (due && !is_ahead)
            std::ranges::move(std::exchange(ahead_, {}), std::back_inserter(into.removable));
        if (rows->integer(4) != 0)
            continue;
        (due ? into.removable : ahead_).push_back(number);
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
    if (!found.more)
        ahead_.clear();
    into.more = found.more;
    std::int64_t unused = 0;
    if (const int code = database_->query("PRAGMA freelist_count", unused); code != SQLITE_OK)
        return code;
    const auto spare = unused - spare_pages;
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
        ahead_.clear();
        into.more = true;
        break;
    }
    return SQLITE_OK;
}

}  // namespace shopbell
