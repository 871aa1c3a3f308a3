#include "event_table.hpp"

#include "event_seal.hpp"
#include "rows.hpp"
#include <shopbell/inbox/keys.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

int event_table::attach(sqlite::connection& database) {
    const int code = database.prepare_all({
        {sql_.insert,
         "INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store, headers, "
         "identity, body, seal, received) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
         " ON CONFLICT (identity) DO NOTHING"},
        {sql_.find_identity, "SELECT id FROM events WHERE identity = ?1"},
        // The sign keeps the order from being looked for by walking the numbers.
        {sql_.find_at_any_moment,
         "SELECT id FROM events WHERE identity >= ?1 AND identity <= ?2 ORDER BY +number LIMIT 1"},
        {sql_.find_latest, "SELECT id FROM latest WHERE resource = ?1 AND identity = ?2"},
        {sql_.find_former,
         "SELECT id FROM events WHERE +number <= ?1 AND headers = ?2 AND body = ?3 AND (identity = ?4 OR"
         " id = (SELECT id FROM latest WHERE resource = ?5 AND identity = ?4))"},
        {sql_.count_repeat,
         "INSERT INTO repeats (number, count) SELECT number, 1 FROM events WHERE id = ?1"
         " ON CONFLICT (number) DO UPDATE SET count = count + 1"},
        // What is older than the newest does not take its place, but it came between.
        {sql_.save_latest,
         "INSERT INTO latest (resource, identity, id, moment) VALUES (?1, ?2, ?3, ?4)"
         " ON CONFLICT (resource) DO UPDATE SET"
         " identity = CASE WHEN ?4 = '' OR ?4 >= moment THEN ?2 ELSE x'' END,"
         " id = CASE WHEN ?4 = '' OR ?4 >= moment THEN ?3 ELSE id END,"
         " moment = max(moment, ?4)"},
    });
    if (code != SQLITE_OK)
        return code;
    // What was delivered and removed must not lend its number to a new event: positions count too, and what
    // the removals themselves noted.
    const int counted = database.query(
        "SELECT max(coalesce((SELECT max(number) FROM events), 0),"
        " coalesce((SELECT max(position) FROM sinks), 0), (SELECT last FROM numbering))",
        found_last_);
    if (counted != SQLITE_OK)
        return counted;
    next_number_ = std::max(next_number_, found_last_ + 1);
    return database.query(
        "SELECT coalesce((SELECT former FROM numbering"
        " WHERE EXISTS (SELECT 1 FROM events WHERE number <= former)), 0)",
        former_);
}

int event_table::insert(const put_job& what, time_point at, receipt& into) {
    const int code = insert_once(what, at, into);
    if (code != SQLITE_OK || !into.duplicate)
        return code;
    return sqlite::run(sql_.count_repeat, into.id);
}

int event_table::insert_once(const put_job& what, time_point at, receipt& into) {
    if (const int code = find_repeat(what, into); code != SQLITE_OK || into.duplicate)
        return code;
    if (const int code = insert_row(what, at, into); code != SQLITE_OK)
        return code;
    if (!into.duplicate)
        return save_latest(what, into.id);
    into = {};
    const int code = look_up(sql_.find_identity, into, what.keys.row);
    return code == SQLITE_OK && !into.duplicate ? SQLITE_CORRUPT : code;
}

int event_table::find_repeat(const put_job& what, receipt& into) {
    const auto& one = what.one;
    const auto& keys = what.keys;
    if (former_ > 0 && !keys.former.empty()) {
        if (const int code = find_former(what, into); code != SQLITE_OK || into.duplicate)
            return code;
    }
    if (!one.moment.empty())
        return keys.subject.empty() ? SQLITE_OK : find_at_another_moment(keys, into);
    if (one.repeats_latest_only)
        return look_up(sql_.find_latest, into, keys.type, keys.content);
    if (!one.recurs)
        return SQLITE_OK;
    constexpr std::size_t longest_moment = 16;
    return look_up(sql_.find_at_any_moment, into, keys.content,
                   keys.content + std::string(longest_moment, '\xff'));
}

// The very same delivery may be older than the latest: its own id is the first one's.
int event_table::find_at_another_moment(const delivery_keys& keys, receipt& into) {
    receipt latest;
    if (const int code = look_up(sql_.find_latest, latest, keys.subject, keys.content);
        code != SQLITE_OK || !latest.duplicate)
        return code;
    if (const int code = look_up(sql_.find_identity, into, keys.row); code != SQLITE_OK || into.duplicate)
        return code;
    into = std::move(latest);
    return SQLITE_OK;
}

// Earlier versions told less apart, so that there an equal identity alone proves nothing: the same bytes do.
int event_table::find_former(const put_job& what, receipt& into) {
    const sqlite::use row(sql_.find_former);
    row->bind(1, former_);
    row->bind(2, what.lines);
    row->bind_blob(3, what.one.body);
    row->bind_blob(4, what.keys.former);
    row->bind_blob(5, what.keys.type);
    return take_id(*row, into);
}

template <class... Keys>
int event_table::look_up(sqlite::statement& query, receipt& into, const Keys&... keys) {
    const sqlite::use row(query);
    int index = 0;
    (row->bind_blob(++index, keys), ...);
    return take_id(*row, into);
}

int event_table::take_id(sqlite::statement& query, receipt& into) {
    const int code = query.step();
    if (code == SQLITE_ROW)
        into = {std::string(query.bytes(0)), true};
    return is_answer(code) ? SQLITE_OK : code;
}

int event_table::save_latest(const put_job& what, std::string_view id) {
    for (const auto* resource : {&what.keys.subject, &what.keys.type}) {
        if (resource->empty())
            continue;
        const sqlite::use save(sql_.save_latest);
        save->bind_blob(1, *resource);
        save->bind_blob(2, what.keys.content);
        save->bind(3, id);
        save->bind(4, what.one.moment);
        if (const int code = save->step(); code != SQLITE_DONE)
            return code;
    }
    return SQLITE_OK;
}

int event_table::insert_row(const put_job& what, time_point at, receipt& into) {
    const auto& one = what.one;
    into = {to_string(ids_.next(at)), false};
    const sqlite::use row(sql_.insert);
    row->bind(1, next_number_);
    row->bind(2, into.id);
    row->bind(3, milliseconds(at));
    row->bind(4, one.endpoint);
    row->bind(5, one.provider);
    row->bind(6, one.type);
    row->bind(7, one.subject);
    row->bind(8, one.store);
    row->bind(9, what.lines);
    if (what.keys.row.empty())
        row->bind_null(10);
    else
        row->bind_blob(10, what.keys.row);
    row->bind_blob(11, one.body);
    row->bind(12, event_seal::of_event(what.content, next_number_, into.id));
    row->bind(13, what.received);
    if (const int code = row->step(); code != SQLITE_DONE)
        return code;
    into.duplicate = row->changes() == 0;
    if (!into.duplicate)
        ++next_number_;
    return SQLITE_OK;
}

}  // namespace shopbell
