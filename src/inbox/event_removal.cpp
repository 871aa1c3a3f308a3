#include "event_removal.hpp"

namespace shopbell {

int event_removal::attach(sqlite::connection& database) {
    return database.prepare_all({
        // A lower number needs no note: the newest event still tells of it.
        {sql_.note,
         "UPDATE numbering SET last = max(last, ?1)"
         " WHERE ?1 >= coalesce((SELECT max(number) FROM events), 0)"},
        {sql_.event, "DELETE FROM events WHERE number = ?1"},
        {sql_.deliveries, "DELETE FROM deliveries WHERE number = ?1"},
        {sql_.history, "DELETE FROM history WHERE number = ?1"},
    });
}

int event_removal::remove(sequence number, std::int64_t& rows) {
    if (const int code = note_number(number); code != SQLITE_OK)
        return code;
    for (auto* one : {&sql_.event, &sql_.deliveries, &sql_.history}) {
        if (const int code = sqlite::run(*one, number); code != SQLITE_OK)
            return code;
        rows += one->changes();
    }
    return SQLITE_OK;
}

int event_removal::note_number(sequence number) {
    return sqlite::run(sql_.note, number);
}

}  // namespace shopbell
