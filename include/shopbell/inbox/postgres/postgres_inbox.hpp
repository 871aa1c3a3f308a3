#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/inbox/settings.hpp>

#include <memory>

namespace shopbell {

/// An inbox on PostgreSQL, for any number of daemons at a time. Each stores what it receives; each sink is
/// delivered to by one of them, under a lease that another takes over when its holder leaves or is silent.
///
/// Succeeds also where no server can be reached: then it looks for one, `trouble` says why, and what is put
/// waits for it, no longer than `patience`.
[[nodiscard]] result<std::unique_ptr<inbox>> open_postgres_inbox(postgres_settings settings,
                                                                 std::shared_ptr<log> lines);

/// Reads that inbox for people. Succeeds also where no server can be reached: its calls then fail with
/// `unavailable`.
[[nodiscard]] result<std::unique_ptr<archive>> open_postgres_archive(const postgres_settings& settings);

}  // namespace shopbell
