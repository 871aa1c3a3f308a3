#pragma once

#include "sqlite.hpp"

#include <cstdint>

namespace shopbell {

/// What a log takes that is copied back whenever it is long (inbox_writer::checkpoint_pages), with a group or
/// two of large bodies in it. It grows beyond that only behind a reader.
constexpr std::uint64_t ordinary_log = 16UL * 1024 * 1024;

/// Bytes of the log beside the database; 0 where there is none.
[[nodiscard]] std::uint64_t log_bytes(const sqlite::connection& database);

/// What [inbox] max_size bounds: the pages in use, and the log as far as it is longer than ordinary.
/// SQLITE_OK or an error.
[[nodiscard]] int bytes_in_use(sqlite::connection& database, std::uint64_t& into);

}  // namespace shopbell
