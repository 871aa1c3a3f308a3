#include "rows.hpp"

#include "event_seal.hpp"

namespace shopbell {

int event_from(const sqlite::statement& row, stored_event& one) {
    one.number = row.integer(0);
    one.id = row.bytes(1);
    one.accepted_at = time_from(row.integer(2));
    one.endpoint = row.bytes(3);
    one.provider = row.bytes(4);
    one.type = row.bytes(5);
    one.subject = row.bytes(6);
    one.store = row.bytes(7);
    const auto lines = row.bytes(8);
    one.fields = unpack_headers(lines);
    one.body = row.bytes(9);
    if (row.is_null(10))
        return SQLITE_OK;
    const auto content =
        event_seal::of_content(one.endpoint, one.provider, one.type, one.subject, one.store, lines, one.body);
    const auto seal = event_seal::of_event(content, one.number, one.id);
    return seal == row.integer(10) ? SQLITE_OK : SQLITE_CORRUPT;
}

event_summary summary_from(const sqlite::statement& row) {
    event_summary one;
    one.number = row.integer(0);
    one.id = row.bytes(1);
    one.accepted_at = time_from(row.integer(2));
    one.endpoint = row.bytes(3);
    one.provider = row.bytes(4);
    one.type = row.bytes(5);
    one.subject = row.bytes(6);
    one.store = row.bytes(7);
    one.bytes = static_cast<std::size_t>(row.integer(8));
    return one;
}

pending_delivery pending_from(const sqlite::statement& row) {
    pending_delivery one;
    one.number = row.integer(0);
    one.subject = row.bytes(1);
    one.attempts = static_cast<unsigned>(row.integer(2));
    one.first_attempt = time_from(row.integer(3));
    one.next_attempt = time_from(row.integer(4));
    one.last_error = row.bytes(5);
    return one;
}

}  // namespace shopbell
