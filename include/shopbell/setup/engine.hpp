#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/contents.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/inbox/postgres/examination.hpp>
#include <shopbell/inbox/settings.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace shopbell {

/// Reads [inbox] with the table of the engine that it names.
[[nodiscard]] inbox_engine read_inbox(config::reader& table);

/// As `open_sqlite_inbox` and `open_postgres_inbox` do.
[[nodiscard]] result<std::unique_ptr<inbox>> open_inbox(const inbox_engine& engine,
                                                        std::shared_ptr<log> lines);
/// As `open_sqlite_archive` and `open_postgres_archive` do.
[[nodiscard]] result<std::unique_ptr<archive>> open_archive(const inbox_engine& engine);

/// Fills the inbox on PostgreSQL, which must be empty, with all that the one in the file holds, while no
/// daemon uses either: all of it, or nothing. `tell`: how many events of how many have arrived. Returns what
/// was copied. Fails as `give_sqlite_contents` and `receive_in_postgres` do.
[[nodiscard]] result<contents::outline> copy_inbox(
    const std::string& file, const postgres_settings& to,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& tell);

/// As `examine_postgres` does; nothing in a build without that engine.
[[nodiscard]] std::vector<postgres_host> examine_hosts(const postgres_settings& settings);

/// What the names of files begin with that this machine keeps beside the inbox: of an inbox elsewhere they
/// are in the state directory (systemd.exec(5), StateDirectory=).
[[nodiscard]] std::string local_files_of(const inbox_engine& engine);

}  // namespace shopbell
