#include "retention.hpp"

#include <algorithm>
#include <vector>

namespace shopbell::postgres {

namespace {

/// What one step to make room removes at most: no more should go than has to.
constexpr std::int64_t step_bytes = 1024 * 1024;
/// What people have erased is still counted until then.
constexpr std::chrono::hours count_lasts{1};

/// When the latest events were accepted, in their order.
answer<std::vector<time_point>> read_latest(connection& database, deadline until) {
    static const std::string sql = "SELECT accepted_at FROM events ORDER BY number DESC LIMIT 256";
    const auto found = database.run(sql, {}, until);
    if (!found)
        return found.error();
    std::vector<time_point> latest;
    for (auto row = found->size(); row > 0; --row)
        latest.push_back(found->time(row - 1, 0));
    return latest;
}

}  // namespace

void retention::begin_anew() {
    clock_.reset();
    stored_ = {};
}

answer<time_point> retention::read_clock(connection& database, deadline until) {
    const auto told = database.run("SELECT clock_timestamp()", {}, until);
    if (!told)
        return told.error();
    const auto wall = told->time(0, 0);
    if (!clock_) {
        const auto latest = read_latest(database, until);
        if (!latest)
            return latest.error();
        clock_.emplace(*latest, wall, retention_clock::steady::now());
    }
    return wall;
}

/// Whether more is stored than may be, as far as that is known by now.
answer<bool> retention::count_stored(connection& database, deadline until) {
    if (max_size_ == 0)
        return false;
    const auto at = std::chrono::steady_clock::now();
    if (at >= count_anew_) {
        stored_ = {};
        count_anew_ = at + count_lasts;
    }
    const auto counted = read_stored_size(database, stored_.number, until);
    if (!counted)
        return counted.error();
    stored_ = {counted->number, stored_.bytes + counted->bytes, counted->more};
    return !stored_.more && stored_.bytes > 0 && static_cast<std::uint64_t>(stored_.bytes) > max_size_;
}

answer<removed_events> retention::step(connection& database, const settled_by& who,
                                       std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    const auto wall = read_clock(database, until);
    if (!wall)
        return wall.error();
    const auto oversized = count_stored(database, until);
    if (!oversized)
        return oversized.error();
    const bool trusted = clock_->is_trusted(*wall, retention_clock::steady::now());
    removal what;
    what.for_room = *oversized;
    if (trusted)
        what.accepted_before = *wall - keep_;
    if (*oversized)
        what.most_bytes = std::min(step_bytes, stored_.bytes - static_cast<std::int64_t>(max_size_));
    removed_events removed;
    if (trusted || *oversized) {
        auto gone = remove_old(database, what, who, until);
        if (!gone)
            return gone.error();
        removed = *gone;
        stored_.bytes -= removed.bytes;
    }
    removed.more |= stored_.more;
    return removed;
}

}  // namespace shopbell::postgres
