#include "event_removal.hpp"

#include <shopbell/inbox/keys.hpp>

#include <string>

namespace shopbell {

int event_removal::attach(sqlite::connection& database) {
    return database.prepare_all({
        // A lower number needs no note: the newest event still tells of it.
        {sql_.note,
         "UPDATE numbering SET last = max(last, ?1)"
         " WHERE ?1 >= coalesce((SELECT max(number) FROM events), 0)"},
        {sql_.find, "SELECT endpoint, store, type, subject, id FROM events WHERE number = ?1"},
        {sql_.latest, "DELETE FROM latest WHERE resource IN (?1, ?2) AND id = ?3"},
        {sql_.event, "DELETE FROM events WHERE number = ?1"},
        {sql_.deliveries, "DELETE FROM deliveries WHERE number = ?1"},
        {sql_.history, "DELETE FROM history WHERE number = ?1"},
        {sql_.repeats, "DELETE FROM repeats WHERE number = ?1"},
    });
}

int event_removal::remove(sequence number, std::int64_t& rows) {
    if (const int code = note_number(number); code != SQLITE_OK)
        return code;
    if (const int code = remove_latest(number, rows); code != SQLITE_OK)
        return code;
    for (auto* one : {&sql_.event, &sql_.deliveries, &sql_.history, &sql_.repeats}) {
        if (const int code = sqlite::run(*one, number); code != SQLITE_OK)
            return code;
        rows += one->changes();
    }
    return SQLITE_OK;
}

// While the event is still there to say under what it stands.
int event_removal::remove_latest(sequence number, std::int64_t& rows) {
    std::string by_subject, by_type, id;
    {
        const sqlite::use row(sql_.find);
        row->bind(1, number);
        const int code = row->step();
        if (code != SQLITE_ROW)
            return code == SQLITE_DONE ? SQLITE_OK : code;
        by_subject = subject_key(row->bytes(0), row->bytes(1), row->bytes(3));
        by_type = type_key(row->bytes(0), row->bytes(1), row->bytes(2), row->bytes(3));
        id = row->bytes(4);
    }
    const sqlite::use latest(sql_.latest);
    latest->bind_blob(1, by_subject);
    latest->bind_blob(2, by_type);
    latest->bind(3, id);
    if (const int code = latest->step(); code != SQLITE_DONE)
        return code;
    rows += latest->changes();
    return SQLITE_OK;
}

int event_removal::note_number(sequence number) {
    return sqlite::run(sql_.note, number);
}

}  // namespace shopbell
