#pragma once

#include "sqlite.hpp"

#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// How the values of inbox.hpp stand in rows.
namespace shopbell {

/// `event_from` reads what this selects.
constexpr std::string_view event_columns =
    "SELECT number, id, accepted_at, endpoint, provider, type, subject, store, headers, body, seal FROM "
    "events";
/// SQLITE_OK with `into` filled in, or SQLITE_CORRUPT where the event is not what was stored.
[[nodiscard]] int event_from(const sqlite::statement& row, stored_event& into);

/// `summary_from` reads what this selects. Of the body only the length: its pages are not read for that.
constexpr std::string_view summary_columns =
    "SELECT events.number, id, accepted_at, endpoint, provider, type, events.subject, store, length(body)";
constexpr int summary_width = 9;
[[nodiscard]] event_summary summary_from(const sqlite::statement& row);

// sinks.paused: 1 paused by a person; 2 being removed, in several transactions. After a crash between these
// it is removed once more, or begins anew with what is left.

/// deliveries.state
enum class row_state : unsigned char { pending = 0, dead = 1, queued = 2 };

/// `pending_from` reads what this selects.
constexpr std::string_view pending_columns =
    "SELECT number, subject, attempts, first_attempt, next_attempt, last_error FROM deliveries";
[[nodiscard]] pending_delivery pending_from(const sqlite::statement& row);

[[nodiscard]] constexpr time_point time_from(std::int64_t milliseconds) {
    return time_point{std::chrono::milliseconds{milliseconds}};
}
[[nodiscard]] constexpr std::int64_t milliseconds(time_point at) {
    return at.time_since_epoch().count();
}

/// Whether a query that looked for one row went well.
[[nodiscard]] constexpr bool is_answer(int code) {
    return code == SQLITE_ROW || code == SQLITE_DONE;
}

}  // namespace shopbell
