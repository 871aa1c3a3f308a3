#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/inbox/settings.hpp>

#include <memory>
#include <string>

namespace shopbell {

/// Reads [inbox] with the table of the engine that it names.
[[nodiscard]] inbox_engine read_inbox(config::reader& table);

/// As `open_sqlite_inbox` and `open_postgres_inbox` do.
[[nodiscard]] result<std::unique_ptr<inbox>> open_inbox(const inbox_engine& engine,
                                                        std::shared_ptr<log> lines);
/// As `open_sqlite_archive` and `open_postgres_archive` do.
[[nodiscard]] result<std::unique_ptr<archive>> open_archive(const inbox_engine& engine);

/// What the names of files begin with that this machine keeps beside the inbox: of an inbox elsewhere they
/// are in the state directory (systemd.exec(5), StateDirectory=).
[[nodiscard]] std::string local_files_of(const inbox_engine& engine);

}  // namespace shopbell
