#pragma once

#include <shopbell/config/reader.hpp>

#include <string>
#include <vector>

namespace shopbell {

// Keys that say where a PostgreSQL is: of the sink and of the inbox alike. What is wrong is reported at the
// key.

/// `hosts`: names, addresses, or the folders of unix sockets. Empty where there is a mistake.
[[nodiscard]] std::vector<std::string> read_postgres_hosts(config::reader& keys);
/// `ca_file`, whose certificates can be read; empty where it is not given.
[[nodiscard]] std::string read_postgres_authorities(config::reader& keys);

}  // namespace shopbell
