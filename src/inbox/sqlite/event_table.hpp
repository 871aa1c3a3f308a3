#pragma once

#include "sqlite.hpp"
#include <shopbell/inbox/put_job.hpp>

#include <shopbell/core/uuid.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <string_view>

namespace shopbell {

/// Where accepted events are written. Like the tables beside it (delivery_table.hpp, change_table.hpp) it
/// lives on the writer thread and is part of the transaction that the writer began. SQLite's codes are passed
/// up: only the writer knows whether a failure ends the row, the group or the connection.
class event_table {
public:
    event_table() = default;

    /// Prepares the statements and finds the number to go on with. Called again after the connection was
    /// replaced: numbers and ids go on ascending.
    [[nodiscard]] int attach(sqlite::connection& database);
    /// Lets go of the connection's statements.
    void detach() { sql_ = {}; }

    /// SQLITE_OK with the receipt filled in, or an error. Nothing is promised before the commit.
    [[nodiscard]] int insert(const put_job& what, time_point at, receipt& into);

    /// The highest number that the file told of when it was attached.
    [[nodiscard]] sequence found_last() const noexcept { return found_last_; }
    /// The highest one lent since.
    [[nodiscard]] sequence last_number() const noexcept { return next_number_ - 1; }

private:
    [[nodiscard]] int insert_once(const put_job& what, time_point at, receipt& into);
    /// Says in `into` whether an earlier delivery is the same one, as far as the row's identity does not
    /// tell.
    [[nodiscard]] int find_repeat(const put_job& what, receipt& into);
    [[nodiscard]] int find_at_another_moment(const delivery_keys& keys, receipt& into);
    [[nodiscard]] int find_former(const put_job& what, receipt& into);
    /// The id that the query answers, as that of a duplicate; `into` stays where it answers none.
    template <class... Keys>
    [[nodiscard]] int look_up(sqlite::statement& query, receipt& into, const Keys&... keys);
    [[nodiscard]] static int take_id(sqlite::statement& query, receipt& into);
    [[nodiscard]] int insert_row(const put_job& what, time_point at, receipt& into);
    [[nodiscard]] int save_latest(const put_job& what, std::string_view id);

    sequence former_ = 0;  ///< up to here stand events with identities of earlier schemas; 0: nowhere
    sequence found_last_ = 0;
    sequence next_number_ = 1;
    uuid_source ids_;
    struct {
        sqlite::statement insert, find_identity, find_at_any_moment, find_latest, find_former, save_latest,
            count_repeat;
    } sql_;
};

}  // namespace shopbell
