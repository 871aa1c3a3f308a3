#include <shopbell/inbox/sqlite/contents.hpp>

#include "acknowledged_mark.hpp"
#include "code_rows.hpp"
#include "reading.hpp"
#include "rows.hpp"
#include "schema.hpp"
#include "storage_files.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace shopbell {

namespace {

constexpr std::size_t most_rows = 1000;
constexpr std::size_t most_bytes = std::size_t{1024} * 1024;

struct table {
    std::string_view columns, rows, order;
};

/// In the order of contents::part. A sink that is being removed (rows.hpp) has no place any more, and what
/// tells of it does not count.
constexpr std::array<table, contents::table_count> tables = {{
    {"number, id, accepted_at, endpoint, provider, type, subject, store, headers, body, seal, identity,"
     " received",
     "events", "number"},
    {"resource, identity, id, moment", "latest", "resource"},
    {"name, position, paused, paused_at", "sinks WHERE paused < 2", "name"},
    {"sink, number, state, subject, attempts, first_attempt, next_attempt, last_error",
     "deliveries WHERE sink NOT IN (SELECT name FROM sinks WHERE paused >= 2)", "sink, number"},
    {"sink, number, what, at, took, error, response, status",
     "history WHERE sink NOT IN (SELECT name FROM sinks WHERE paused >= 2)", "number, sink, entry"},
    {"number, count", "repeats", "number"},
    {"number, endpoint, product, code, state, sale, txn, item, event, given_at, seal", "codes", "number"},
    {"endpoint, product, free, given", "code_pools", "endpoint, product"},
}};

std::string counting(const table& which) {
    std::string sql = "SELECT count(*) FROM ";
    return sql.append(which.rows);
}

std::string reading(const table& which) {
    std::string sql = "SELECT ";
    sql.append(which.columns).append(" FROM ").append(which.rows);
    return sql.append(" ORDER BY ").append(which.order);
}

// Of each kind of row: how it is read from what is selected (SQLITE_OK or an error), and the bytes that count
// for the size of a part.

int row_from(const sqlite::statement& row, contents::event& into) {
    stored_event checked;
    if (const int code = event_from(row, checked); code != SQLITE_OK)
        return code;
    into = {checked.number,
            std::move(checked.id),
            checked.accepted_at,
            std::move(checked.endpoint),
            std::move(checked.provider),
            std::move(checked.type),
            std::move(checked.subject),
            std::move(checked.store),
            std::string(row.bytes(8)),
            {},
            std::string(row.bytes(12)),
            std::move(checked.body)};
    if (!row.is_null(11))
        into.identity = row.bytes(11);
    return SQLITE_OK;
}

int row_from(const sqlite::statement& row, contents::latest& into) {
    into = {std::string(row.bytes(0)), std::string(row.bytes(1)), std::string(row.bytes(2)),
            std::string(row.bytes(3))};
    return SQLITE_OK;
}

int row_from(const sqlite::statement& row, contents::sink& into) {
    into = {std::string(row.bytes(0)), row.integer(1), row.integer(2) != 0, {}};
    if (!row.is_null(3))
        into.paused_at = time_from(row.integer(3));
    return SQLITE_OK;
}

int row_from(const sqlite::statement& row, contents::delivery& into) {
    into = {std::string(row.bytes(0)),
            row.integer(1),
            static_cast<contents::delivery_kind>(row.integer(2)),
            std::string(row.bytes(3)),
            static_cast<unsigned>(row.integer(4)),
            time_from(row.integer(5)),
            time_from(row.integer(6)),
            std::string(row.bytes(7))};
    return SQLITE_OK;
}

int row_from(const sqlite::statement& row, contents::history& into) {
    into.sink = row.bytes(0);
    into.entry.number = row.integer(1);
    into.entry.what = static_cast<history_entry::kind>(row.integer(2));
    into.entry.at = time_from(row.integer(3));
    into.entry.took = std::chrono::milliseconds(row.integer(4));
    into.entry.error = row.bytes(5);
    into.entry.response = row.bytes(6);
    into.entry.status = static_cast<unsigned>(row.integer(7));
    return SQLITE_OK;
}

int row_from(const sqlite::statement& row, contents::repeats& into) {
    into = {row.integer(0), row.integer(1)};
    return SQLITE_OK;
}

int row_from(const sqlite::statement& row, contents::code& into) {
    code_row checked;
    if (const int code = code_row_from(row, checked); code != SQLITE_OK)
        return code;
    into = {checked.number,
            std::move(checked.endpoint),
            std::move(checked.product),
            std::move(checked.code),
            static_cast<contents::code_kind>(checked.state),
            std::move(checked.sale),
            std::move(checked.transaction),
            std::move(checked.item),
            std::move(checked.event),
            {}};
    if (checked.given_at != 0)
        into.given_at = time_from(checked.given_at);
    return SQLITE_OK;
}

int row_from(const sqlite::statement& row, code_pool& into) {
    into = {std::string(row.bytes(0)), std::string(row.bytes(1)), static_cast<std::uint64_t>(row.integer(2)),
            static_cast<std::uint64_t>(row.integer(3))};
    return SQLITE_OK;
}

std::size_t size_of(const contents::event& row) {
    return row.headers.size() + row.body.size();
}
std::size_t size_of(const contents::history& row) {
    return row.entry.error.size() + row.entry.response.size();
}
template <class Row>
std::size_t size_of(const Row& /*row*/) {
    return 0;
}

/// As a daemon does before it trusts the file.
result<void> check_trust(sqlite::connection& database, const std::string& path, sequence last) {
    if (auto sound = check_places(database, path); !sound)
        return sound;
    const auto mark_path = path + ".acknowledged";
    if (!identify_file(mark_path))
        return {};  // of a copy, say
    std::int64_t identity = 0;
    if (const int code = database.query("SELECT inbox FROM numbering", identity); code != SQLITE_OK)
        return describe_failure(database, code, "reading the inbox " + path);
    const auto mark = acknowledged_mark::open(mark_path, identity);
    if (!mark)
        return mark.error();
    return mark->check(path, last);
}

/// Reads an inbox for one receiver, as it is at one moment.
class contents_reader {
public:
    contents_reader(sqlite::connection& database, contents::receiver& to)
        : database_(database), moment_(database), to_(to) {}

    [[nodiscard]] result<contents::outline> give_all() {
        auto all = measure();
        if (!all)
            return all;
        if (auto trusted = check_trust(database_, database_.path(), all->last_number); !trusted)
            return trusted.error();
        if (auto begun = to_.begin(*all); !begun)
            return begun.error();
        if (auto given = give_from<0>(); !given)
            return given.error();
        if (auto ended = to_.end(); !ended)
            return ended.error();
        return all;
    }

private:
    [[nodiscard]] result<contents::outline> measure() {
        contents::outline all;
        for (std::size_t i = 0; i < tables.size(); ++i) {
            std::int64_t count = 0;
            if (const int code = database_.query(counting(tables[i]), count); code != SQLITE_OK)
                return trouble(code);
            all.rows[i] = static_cast<std::uint64_t>(count);
        }
        // As the writer finds it: what was removed must not lend its number to a new event.
        const int code = database_.query(
            "SELECT max(coalesce((SELECT max(number) FROM events), 0),"
            " coalesce((SELECT max(position) FROM sinks), 0), (SELECT last FROM numbering))",
            all.last_number);
        if (code != SQLITE_OK)
            return trouble(code);
        return all;
    }

    /// That table and those behind it.
    template <std::size_t Table>
    [[nodiscard]] result<void> give_from() {
        if (auto given = give<std::variant_alternative_t<Table, contents::part>>(tables[Table]); !given)
            return given;
        if constexpr (Table + 1 < contents::table_count)
            return give_from<Table + 1>();
        else
            return {};
    }

    template <class Rows>
    [[nodiscard]] result<void> give(const table& which) {
        sqlite::statement stored;
        int code = database_.prepare(reading(which), stored);
        Rows rows;
        std::size_t bytes = 0;
        while (code == SQLITE_OK && (code = stored.step()) == SQLITE_ROW) {
            code = row_from(stored, rows.emplace_back());
            bytes += size_of(rows.back());
            if (code != SQLITE_OK || (rows.size() < most_rows && bytes < most_bytes))
                continue;
            if (auto taken = to_.take(std::exchange(rows, {})); !taken)
                return taken;
            bytes = 0;
        }
        if (code != SQLITE_DONE)
            return trouble(code);
        return rows.empty() ? result<void>() : to_.take(std::move(rows));
    }

    [[nodiscard]] failure trouble(int code) const {
        return describe_failure(database_, code, "reading the inbox " + database_.path());
    }

    sqlite::connection& database_;
    const sqlite::snapshot moment_;
    contents::receiver& to_;
};

}  // namespace

result<contents::outline> give_sqlite_contents(const std::string& path, contents::receiver& to) {
    const auto file = resolve_links(path);
    inbox_lock lock;
    sqlite::connection database;  // ends before the lock
    if (auto opened = open_for_reading(database, file); !opened)
        return opened.error();
    auto locked = lock_inbox(file);
    if (!locked)
        return locked.error();
    lock = *std::move(locked);
    return contents_reader(database, to).give_all();
}

}  // namespace shopbell
