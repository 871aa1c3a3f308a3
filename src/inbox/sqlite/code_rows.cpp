#include "code_rows.hpp"

#include "event_seal.hpp"

#include <array>

namespace shopbell {

int code_row_from(const sqlite::statement& row, code_row& into) {
    into.number = row.integer(0);
    into.endpoint = row.bytes(1);
    into.product = row.bytes(2);
    into.code = row.bytes(3);
    into.state = static_cast<code_row_state>(row.integer(4));
    into.sale = row.bytes(5);
    into.transaction = row.bytes(6);
    into.item = row.bytes(7);
    into.event = row.bytes(8);
    into.given_at = row.integer(9);
    return seal_of(into) == row.integer(10) ? SQLITE_OK : SQLITE_CORRUPT;
}

std::int64_t seal_of(const code_row& row) {
    const auto state = std::to_string(static_cast<unsigned>(row.state));
    const auto given_at = std::to_string(row.given_at);
    const auto content = event_seal::of_parts(std::array<std::string_view, 8>{
        row.endpoint, row.product, row.code, state, row.sale, row.transaction, row.item, given_at});
    return event_seal::of_event(content, row.number, row.event);
}

}  // namespace shopbell
