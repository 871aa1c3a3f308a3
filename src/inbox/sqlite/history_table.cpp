#include "history_table.hpp"

#include "rows.hpp"

namespace shopbell {

namespace {

/// Entries of one delivery that keep their response: what bounds the disk in days of retries.
constexpr std::int64_t kept_responses = 20;
/// Entries of one delivery that are kept at all: dead letters stay for ever, and a person or a script may
/// have them tried again for as long.
constexpr std::int64_t kept_entries = 1000;

}  // namespace

int history_table::attach(sqlite::connection& database) {
    return database.prepare_all({
        {sql_.last, "SELECT coalesce(max(entry), 0) FROM history WHERE number = ?1 AND sink = ?2"},
        {sql_.insert,
         "INSERT INTO history (number, sink, entry, what, at, took, error, response, status)"
         " SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM events WHERE number = ?1"},
        {sql_.shorten,
         "UPDATE history SET response = '' WHERE number = ?1 AND sink = ?2 AND entry = ?3"
         " AND response <> ''"},
        {sql_.remove, "DELETE FROM history WHERE number = ?1 AND sink = ?2 AND entry <= ?3"},
    });
}

int history_table::add(const std::string& sink, const history_entry& one) {
    std::int64_t entry = 1;
    {
        const sqlite::use row(sql_.last);
        row->bind(1, one.number);
        row->bind(2, sink);
        if (const int code = row->step(); code != SQLITE_ROW)
            return code;
        entry += row->integer(0);
    }
    const auto what = static_cast<std::int64_t>(one.what);
    const std::int64_t took = one.took.count();
    if (const int code = sqlite::run(sql_.insert, one.number, sink, entry, what, milliseconds(one.at), took,
                                     one.error, one.response, std::int64_t{one.status});
        code != SQLITE_OK)
        return code;
    if (entry > kept_entries) {
        if (const int code = sqlite::run(sql_.remove, one.number, sink, entry - kept_entries);
            code != SQLITE_OK)
            return code;
    }
    // One at a time: entries come one by one.
    return entry > kept_responses ? sqlite::run(sql_.shorten, one.number, sink, entry - kept_responses)
                                  : SQLITE_OK;
}

}  // namespace shopbell
