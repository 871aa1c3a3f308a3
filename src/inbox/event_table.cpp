#include "event_table.hpp"

#include <shopbell/crypto/digest.hpp>

#include <algorithm>

namespace shopbell {

namespace {

/// A digest of parts that cannot run into each other: each is preceded by its length.
std::string digest_of(std::initializer_list<std::string_view> parts) {
    std::string joined;
    for (const auto part : parts) {
        joined += std::to_string(part.size());
        joined += ':';
        joined += part;
    }
    constexpr std::size_t kept = 16;
    return std::string(as_text(sha256(joined)).substr(0, kept));
}

/// The locality, big-endian, in front of the digest: keys of one time stand together in the index.
std::string identity_key(const arrival& one) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8)
        key += static_cast<char>(static_cast<unsigned char>(one.locality >> shift));
    return key + digest_of({one.endpoint, one.identity});
}

std::int64_t milliseconds(time_point at) {
    return at.time_since_epoch().count();
}

int done(int code) {
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

}  // namespace

std::string pack_headers(const headers& fields) {
    std::string lines;
    for (const auto& one : fields)
        lines += one.name + ": " + one.value + "\n";
    return lines;
}

headers unpack_headers(std::string_view lines) {
    headers fields;
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        if (const auto colon = line.find(": "); colon != std::string_view::npos)
            fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
    }
    return fields;
}

int event_table::attach(sqlite::connection& database) {
    const struct {
        sqlite::statement& into;
        std::string_view sql;
    } all[] = {
        {insert_,
         "INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store, headers, "
         "identity,"
         " body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (identity) DO NOTHING"},
        {find_identity_, "SELECT id FROM events WHERE identity = ?1"},
        {find_latest_, "SELECT identity, id FROM latest WHERE resource = ?1"},
        {save_latest_,
         "INSERT INTO latest (resource, identity, id) VALUES (?1, ?2, ?3)"
         " ON CONFLICT (resource) DO UPDATE SET identity = ?2, id = ?3"},
        {move_position_,
         "INSERT INTO sinks (name, position) VALUES (?1, ?2)"
         " ON CONFLICT (name) DO UPDATE SET position = max(position, ?2)"},
        {save_pending_,
         "INSERT OR REPLACE INTO deliveries (sink, number, state, subject, attempts, first_attempt, "
         "next_attempt,"
         " last_error) VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)"},
        {forget_delivery_, "DELETE FROM deliveries WHERE sink = ?1 AND number = ?2"},
        {save_dead_,
         "INSERT OR REPLACE INTO deliveries (sink, number, state, subject, attempts, first_attempt, "
         "next_attempt,"
         " last_error) VALUES (?1, ?2, 1, '', ?3, 0, ?4, ?5)"},
    };
    for (const auto& [into, sql] : all) {
        if (const int code = database.prepare(sql, into); code != SQLITE_OK)
            return code;
    }
    // Positions count too: what was delivered and removed must not lend its number to a new event.
    const auto last = database.query(
        "SELECT max(coalesce((SELECT max(number) FROM events), 0), coalesce((SELECT max(position) FROM "
        "sinks), 0))",
        0);
    next_number_ = std::max(next_number_, last + 1);
    return SQLITE_OK;
}

void event_table::detach() {
    for (auto* one : {&insert_, &find_identity_, &find_latest_, &save_latest_, &move_position_,
                      &save_pending_, &forget_delivery_, &save_dead_})
        *one = sqlite::statement();
}

int event_table::insert(const arrival& one, time_point at, receipt& into) {
    return one.repeats_latest_only ? insert_unless_latest(one, at, into)
                                   : insert_unless_repeated(one, at, into);
}

int event_table::insert_unless_repeated(const arrival& one, time_point at, receipt& into) {
    const auto key = identity_key(one);
    if (const int code = insert_row(one, at, key, into); code != SQLITE_OK || !into.duplicate)
        return code;
    const sqlite::use find(find_identity_);
    find->bind_blob(1, key);
    const int code = find->step();
    if (code != SQLITE_ROW)
        return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
    into.id = find->bytes(0);
    return SQLITE_OK;
}

int event_table::insert_unless_latest(const arrival& one, time_point at, receipt& into) {
    const auto key = identity_key(one);
    const auto resource = digest_of({one.endpoint, one.store, one.type, one.subject});
    {
        const sqlite::use find(find_latest_);
        find->bind_blob(1, resource);
        const int code = find->step();
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            return code;
        if (code == SQLITE_ROW && find->bytes(0) == key) {
            into = {std::string(find->bytes(1)), true};
            return SQLITE_OK;
        }
    }
    if (const int code = insert_row(one, at, {}, into); code != SQLITE_OK)
        return code;
    const sqlite::use save(save_latest_);
    save->bind_blob(1, resource);
    save->bind_blob(2, key);
    save->bind(3, into.id);
    return done(save->step());
}

int event_table::insert_row(const arrival& one, time_point at, std::string_view identity, receipt& into) {
    const auto lines = pack_headers(one.fields);
    into = {to_string(ids_.next(at)), false};
    const sqlite::use row(insert_);
    row->bind(1, next_number_);
    row->bind(2, into.id);
    row->bind(3, milliseconds(at));
    row->bind(4, one.endpoint);
    row->bind(5, one.provider);
    row->bind(6, one.type);
    row->bind(7, one.subject);
    row->bind(8, one.store);
    row->bind(9, lines);
    if (identity.empty())
        row->bind_null(10);
    else
        row->bind_blob(10, identity);
    row->bind_blob(11, one.body);
    if (const int code = row->step(); code != SQLITE_DONE)
        return code;
    into.duplicate = row->changes() == 0;
    if (!into.duplicate)
        ++next_number_;
    return SQLITE_OK;
}

int event_table::settle(const settlement& results) {
    {
        const sqlite::use move(move_position_);
        move->bind(1, results.sink);
        move->bind(2, results.position);
        if (const int code = move->step(); code != SQLITE_DONE)
            return code;
    }
    for (const auto& one : results.pending) {
        if (const int code = save_pending(results.sink, one); code != SQLITE_OK)
            return code;
    }
    for (const auto& one : results.dead) {
        if (const int code = save_dead(results.sink, one); code != SQLITE_OK)
            return code;
    }
    for (const auto number : results.delivered) {
        const sqlite::use forget(forget_delivery_);
        forget->bind(1, results.sink);
        forget->bind(2, number);
        if (const int code = forget->step(); code != SQLITE_DONE)
            return code;
    }
    return SQLITE_OK;
}

int event_table::save_pending(const std::string& sink, const pending_delivery& one) {
    const sqlite::use row(save_pending_);
    row->bind(1, sink);
    row->bind(2, one.number);
    row->bind(3, one.subject);
    row->bind(4, std::int64_t{one.attempts});
    row->bind(5, milliseconds(one.first_attempt));
    row->bind(6, milliseconds(one.next_attempt));
    row->bind(7, one.last_error);
    return done(row->step());
}

int event_table::save_dead(const std::string& sink, const dead_delivery& one) {
    const sqlite::use row(save_dead_);
    row->bind(1, sink);
    row->bind(2, one.number);
    row->bind(3, std::int64_t{one.attempts});
    row->bind(4, milliseconds(one.died_at));
    row->bind(5, one.last_error);
    return done(row->step());
}

}  // namespace shopbell
