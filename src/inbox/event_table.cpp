#include "event_table.hpp"

#include "event_seal.hpp"
#include "keys.hpp"
#include "rows.hpp"

#include <algorithm>

namespace shopbell {

int event_table::attach(sqlite::connection& database) {
    const int code = database.prepare_all({
        {sql_.insert,
         "INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store, headers, "
         "identity, body, seal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
         " ON CONFLICT (identity) DO NOTHING"},
        {sql_.find_identity, "SELECT id FROM events WHERE identity = ?1"},
        {sql_.find_latest, "SELECT identity, id FROM latest WHERE resource = ?1"},
        {sql_.save_latest,
         "INSERT INTO latest (resource, identity, id) VALUES (?1, ?2, ?3)"
         " ON CONFLICT (resource) DO UPDATE SET identity = ?2, id = ?3"},
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
    return SQLITE_OK;
}

int event_table::insert(const put_job& what, time_point at, receipt& into) {
    return what.one.repeats_latest_only ? insert_unless_latest(what, at, into)
                                        : insert_unless_repeated(what, at, into);
}

int event_table::insert_unless_repeated(const put_job& what, time_point at, receipt& into) {
    if (const int code = insert_row(what, at, what.key, into); code != SQLITE_OK || !into.duplicate)
        return code;
    const sqlite::use find(sql_.find_identity);
    find->bind_blob(1, what.key);
    const int code = find->step();
    if (code != SQLITE_ROW)
        return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
    into.id = find->bytes(0);
    return SQLITE_OK;
}

int event_table::insert_unless_latest(const put_job& what, time_point at, receipt& into) {
    const auto& one = what.one;
    const auto resource = resource_key(one.endpoint, one.store, one.type, one.subject);
    {
        const sqlite::use find(sql_.find_latest);
        find->bind_blob(1, resource);
        const int code = find->step();
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            return code;
        if (code == SQLITE_ROW && find->bytes(0) == what.key) {
            into = {std::string(find->bytes(1)), true};
            return SQLITE_OK;
        }
    }
    if (const int code = insert_row(what, at, {}, into); code != SQLITE_OK)
        return code;
    const sqlite::use save(sql_.save_latest);
    save->bind_blob(1, resource);
    save->bind_blob(2, what.key);
    save->bind(3, into.id);
    const int code = save->step();
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int event_table::insert_row(const put_job& what, time_point at, std::string_view identity, receipt& into) {
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
    if (identity.empty())
        row->bind_null(10);
    else
        row->bind_blob(10, identity);
    row->bind_blob(11, one.body);
    row->bind(12, event_seal::of_event(what.content, next_number_, into.id));
    if (const int code = row->step(); code != SQLITE_DONE)
        return code;
    into.duplicate = row->changes() == 0;
    if (!into.duplicate)
        ++next_number_;
    return SQLITE_OK;
}

}  // namespace shopbell
