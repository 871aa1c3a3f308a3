#pragma once

#include "sqlite.hpp"

#include <shopbell/core/uuid.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <string>

namespace shopbell {

/// The writing side of the inbox's tables: what one transaction is made of. Lives on the writer thread.
/// SQLite's codes are passed up: only the writer knows whether a failure ends the row, the group or the
/// connection.
class event_table {
public:
    event_table() = default;

    /// Prepares the statements and finds the number to go on with. Called again after the connection was
    /// replaced: numbers and ids go on ascending.
    [[nodiscard]] int attach(sqlite::connection& database);
    /// Lets go of the connection's statements.
    void detach();

    /// SQLITE_OK with the receipt filled in, or an error. Nothing is promised before the commit.
    [[nodiscard]] int insert(const arrival& one, time_point at, receipt& into);

    [[nodiscard]] int settle(const settlement& results);

private:
    [[nodiscard]] int insert_unless_repeated(const arrival& one, time_point at, receipt& into);
    [[nodiscard]] int insert_unless_latest(const arrival& one, time_point at, receipt& into);
    [[nodiscard]] int insert_row(const arrival& one, time_point at, std::string_view identity, receipt& into);
    [[nodiscard]] int save_pending(const std::string& sink, const pending_delivery& one);
    [[nodiscard]] int save_dead(const std::string& sink, const dead_delivery& one);

    sequence next_number_ = 1;
    uuid_source ids_;
    sqlite::statement insert_, find_identity_, find_latest_, save_latest_;
    sqlite::statement move_position_, save_pending_, forget_delivery_, save_dead_;
};

/// Header fields as the lines they came in, and back.
[[nodiscard]] std::string pack_headers(const headers& fields);
[[nodiscard]] headers unpack_headers(std::string_view lines);

}  // namespace shopbell
