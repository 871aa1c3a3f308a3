#pragma once

#include "redactor.hpp"

#include <shopbell/crypto/secret.hpp>
#include <shopbell/sinks/registry.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Where a database is, and who we are there.
struct postgres_target {
    std::vector<std::string> hosts;  ///< names, addresses, or the folders of unix sockets; tried in turn
    std::uint16_t port = 5432;
    std::string database;
    std::string user;
    secret password{std::string()};
    std::string ca_file = {};  ///< empty: the system's authorities
    redactor known_secrets = {};
};

/// A checked configuration.
struct postgres_sink_settings {
    postgres_target target;
    std::string table;    ///< quoted, with its schema where that is given
    bool create = false;  ///< where it is missing
};

/// "events" or "shop.events" as SQL names it: each part in quotes. Fails with `malformed` and what is wrong.
[[nodiscard]] result<std::string> quote_table(std::string_view name);

/// What an SQLSTATE says of who is at fault; empty stands for a connection that was lost.
enum class postgres_blame : unsigned char {
    server,  ///< or the way to it, or what its owner can mend: the event is tried again
    event,   ///< it will never be taken
    unclear  ///< a trigger's own word, for example: tried again, but without others in its batch
};
[[nodiscard]] postgres_blame blame_for(std::string_view sqlstate) noexcept;

[[nodiscard]] std::unique_ptr<sink> make_postgres(postgres_sink_settings settings,
                                                  const sink_context& context);

}  // namespace shopbell
