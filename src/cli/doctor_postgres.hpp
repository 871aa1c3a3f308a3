#pragma once

#include "doctor_report.hpp"

#include <shopbell/inbox/postgres/examination.hpp>
#include <shopbell/inbox/settings.hpp>

#include <vector>

namespace shopbell {

// What `shopbell doctor` thinks of the servers of an inbox on PostgreSQL.

/// Each host by itself: whether it is reached, and what it is.
[[nodiscard]] findings judge_database_hosts(const std::vector<postgres_host>& all);

/// Whether one of them, and no other, is the primary.
[[nodiscard]] finding judge_database_primary(const std::vector<postgres_host>& all);

/// Whether an event that is acknowledged there is where the settings demand it to be.
[[nodiscard]] finding judge_database_standbys(const postgres_host& primary, const postgres_settings& wanted);

/// Whether the inbox is there, or can be made.
[[nodiscard]] finding judge_database_tables(const postgres_host& primary, const postgres_settings& wanted);

/// All of these, as far as they can be told.
[[nodiscard]] findings judge_database(const std::vector<postgres_host>& all, const postgres_settings& wanted);

}  // namespace shopbell
