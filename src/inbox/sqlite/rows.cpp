#include "rows.hpp"

#include "event_seal.hpp"

#include <algorithm>

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

std::string pack_reception(const reception& one) {
    std::string lines;
    lines.reserve(one.client.size() + one.request_id.size() + one.verified_by.size() + 2);
    lines.append(one.client).append(1, '\n').append(one.request_id).append(1, '\n').append(one.verified_by);
    return lines;
}

reception unpack_reception(std::string_view lines) {
    reception one;
    for (auto* const into : {&one.client, &one.request_id, &one.verified_by}) {
        const auto line = lines.substr(0, lines.find('\n'));
        *into = line;
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    }
    return one;
}

}  // namespace shopbell
