#include "change_table.hpp"

#include <limits>
#include <optional>
#include <variant>

namespace shopbell {

namespace {

/// Overwriting that many bytes of a body costs about what a small row costs.
constexpr std::int64_t bytes_per_row = 4096;

/// Calls `each` for the items that are left, as long as the budget lasts.
template <class Item, class Each>
int for_rest(const std::vector<Item>& items, std::int64_t& budget, change_progress& progress, Each each) {
    while (progress.taken < items.size() && budget > 0) {
        --budget;
        if (const int code = each(items[progress.taken++]); code != SQLITE_OK)
            return code;
    }
    progress.finished = progress.taken == items.size();
    return SQLITE_OK;
}

}  // namespace

int change_table::attach(sqlite::connection& database) {
    if (const int code = removal_.attach(database); code != SQLITE_OK)
        return code;
    return database.prepare_all({
        {sql_.find_dead,
         "SELECT number FROM deliveries INDEXED BY deliveries_by_state"
         " WHERE sink = ?1 AND state = 1 AND number > ?2 ORDER BY number LIMIT ?3"},
        {sql_.pause,
         "UPDATE sinks SET paused = ?2, paused_at = iif(?2 = 0, NULL, iif(paused = 1, paused_at, ?3))"
         " WHERE name = ?1 AND paused < 2"},
        {sql_.begin_removal, "UPDATE sinks SET paused = 2 WHERE name = ?1"},
        {sql_.being_removed, "SELECT 1 FROM sinks WHERE name = ?1 AND paused = 2"},
        {sql_.position, "SELECT position FROM sinks WHERE name = ?1"},
        {sql_.remove_deliveries,
         "DELETE FROM deliveries WHERE sink = ?1 AND number IN"
         " (SELECT number FROM deliveries WHERE sink = ?1 ORDER BY number LIMIT ?2)"},
        {sql_.history_bound,
         "SELECT number FROM history WHERE number > ?1 ORDER BY number, sink, entry LIMIT 1 OFFSET ?2"},
        {sql_.remove_history, "DELETE FROM history WHERE number > ?2 AND number <= ?3 AND sink = ?1"},
        {sql_.remove_sink, "DELETE FROM sinks WHERE name = ?1"},
        {sql_.find_event, "SELECT length(body), id FROM events WHERE number = ?1"},
    });
}

void change_table::detach() {
    removal_.detach();
    sql_ = {};
}

int change_table::step(const change& what, time_point at, std::int64_t& budget, change_progress& into) {
    if (budget <= 0)
        return SQLITE_OK;
    const work part{at, budget, into};
    return std::visit([&](const auto& one) { return go_on(one, part); }, what);
}

int change_table::go_on(const replay_request& what, const work& part) {
    return for_rest(what.numbers, part.budget, part.progress, [&](sequence number) {
        bool changed = false;
        const int code = deliveries_.replay(what.sink, number, part.at, changed);
        part.progress.concerned += changed ? 1 : 0;
        part.budget -= changed ? 1 : 0;
        return code;
    });
}

int change_table::go_on(const dead_letter_decision& what, const work& part) {
    if (what.numbers.empty())
        return decide_all(what, part);
    return for_rest(what.numbers, part.budget, part.progress, [&](sequence number) {
        bool changed = false;
        const int code = deliveries_.decide(what.sink, number, what.what, part.at, changed);
        part.progress.concerned += changed ? 1 : 0;
        part.budget -= changed ? 1 : 0;
        return code;
    });
}

// Upwards, never from the start again: what is tried again meanwhile may be dead once more.
int change_table::decide_all(const dead_letter_decision& what, const work& part) {
    std::vector<sequence> dead;
    if (const int code = find_dead(what.sink, part, dead); code != SQLITE_OK)
        return code;
    for (const auto number : dead) {
        bool changed = false;
        if (const int code = deliveries_.decide(what.sink, number, what.what, part.at, changed);
            code != SQLITE_OK)
            return code;
        part.progress.concerned += changed ? 1 : 0;
        part.progress.passed = number;
        part.budget -= 2;
    }
    part.progress.finished = part.budget > 0;
    return SQLITE_OK;
}

int change_table::find_dead(const std::string& sink, const work& part, std::vector<sequence>& into) {
    const sqlite::use rows(sql_.find_dead);
    rows->bind(1, sink);
    rows->bind(2, part.progress.passed);
    rows->bind(3, (part.budget + 1) / 2);  // each costs two rows
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW)
        into.push_back(rows->integer(0));
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int change_table::go_on(const pause_request& what, const work& part) {
    --part.budget;
    const int code =
        sqlite::run(sql_.pause, what.sink, std::int64_t{what.paused ? 1 : 0}, milliseconds(part.at));
    if (code != SQLITE_OK)
        return code;
    part.progress.concerned = sql_.pause.changes() != 0 ? 1 : 0;
    part.progress.finished = true;
    return SQLITE_OK;
}

/// From the first step on nothing is added: results of an attempt that still runs are passed over. A sink
/// that begins anew meanwhile keeps what is left.
int change_table::go_on(const sink_removal& what, const work& part) {
    if (!part.progress.begun) {
        part.progress.begun = true;
        if (const int code = sqlite::run(sql_.begin_removal, what.sink); code != SQLITE_OK)
            return code;
    }
    bool goes = false;
    if (const int code = is_being_removed(what.sink, goes); code != SQLITE_OK)
        return code;
    if (!goes) {
        part.progress.finished = true;
        return SQLITE_OK;
    }
    if (const int code = sqlite::run(sql_.remove_deliveries, what.sink, part.budget); code != SQLITE_OK)
        return code;
    part.budget -= sql_.remove_deliveries.changes();
    if (part.budget <= 0)
        return SQLITE_OK;
    if (const int code = remove_history(what.sink, part); code != SQLITE_OK || part.budget <= 0)
        return code;
    return remove_sink(what.sink, part);
}

int change_table::is_being_removed(const std::string& sink, bool& answer) {
    const sqlite::use row(sql_.being_removed);
    row->bind(1, sink);
    const int code = row->step();
    answer = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

// History stands by number: the sink's own is looked for from one end to the other, a part of it each time.
int change_table::remove_history(const std::string& sink, const work& part) {
    auto bound = std::numeric_limits<sequence>::max();
    {
        const sqlite::use row(sql_.history_bound);
        row->bind(1, part.progress.passed);
        row->bind(2, part.budget);
        const int code = row->step();
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            return code;
        if (code == SQLITE_ROW) {
            bound = row->integer(0);
            part.budget = 0;
        }
    }
    if (const int code = sqlite::run(sql_.remove_history, sink, part.progress.passed, bound);
        code != SQLITE_OK)
        return code;
    part.progress.passed = bound;
    part.budget -= sql_.remove_history.changes();
    return SQLITE_OK;
}

int change_table::remove_sink(const std::string& sink, const work& part) {
    std::optional<sequence> position;
    {
        const sqlite::use row(sql_.position);
        row->bind(1, sink);
        const int code = row->step();
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            return code;
        if (code == SQLITE_ROW)
            position = row->integer(0);
    }
    part.progress.finished = true;
    if (!position)
        return SQLITE_OK;
    if (const int code = removal_.note_number(*position); code != SQLITE_OK)
        return code;
    part.progress.concerned = 1;
    return sqlite::run(sql_.remove_sink, sink);
}

int change_table::go_on(const erasure& what, const work& part) {
    return for_rest(what.numbers, part.budget, part.progress,
                    [&](sequence number) { return erase(number, part); });
}

int change_table::erase(sequence number, const work& part) {
    std::string id;
    {
        const sqlite::use row(sql_.find_event);
        row->bind(1, number);
        const int code = row->step();
        if (code != SQLITE_ROW)
            return code == SQLITE_DONE ? SQLITE_OK : code;
        part.budget -= row->integer(0) / bytes_per_row;
        id = row->bytes(1);
    }
    ++part.progress.concerned;
    std::int64_t rows = 0;
    if (const int code = codes_.forget_event(id, rows); code != SQLITE_OK)
        return code;
    const int code = removal_.remove(number, rows);
    part.budget -= rows;
    return code;
}

int change_table::go_on(const code_addition& what, const work& part) {
    return for_rest(what.codes, part.budget, part.progress, [&](const std::string& code) {
        bool changed = false;
        const int failed = codes_.add(what.endpoint, what.product, code, changed);
        part.progress.concerned += changed ? 1 : 0;
        return failed;
    });
}

int change_table::go_on(const code_voiding& what, const work& part) {
    return for_rest(what.codes, part.budget, part.progress, [&](const std::string& code) {
        bool changed = false;
        const int failed = codes_.make_void(what.endpoint, code, changed);
        part.progress.concerned += changed ? 1 : 0;
        return failed;
    });
}

int change_table::go_on(const code_anonymisation& what, const work& part) {
    std::int64_t rows = 0;
    const int code = codes_.forget_transaction(what.endpoint, what.transaction, rows);
    part.budget -= rows;
    part.progress.concerned = static_cast<std::size_t>(rows);
    part.progress.finished = true;
    return code;
}

}  // namespace shopbell
