#pragma once

#include <shopbell/inbox/settings.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace shopbell {

/// A standby that a primary sends to.
struct postgres_standby {
    std::string name;  ///< by which synchronous_standby_names knows it
    std::string sync;  ///< "sync", "quorum", "potential", "async"; empty: not shown to this user
};

/// What one of the hosts of [inbox.postgres] says of itself.
struct postgres_host {
    enum class kind : unsigned char {
        unreached,  ///< or it refused the connection
        primary,
        standby,
        foreign,  ///< another product, which does not keep the order of events
        pooler,   ///< stands in front of a server
    };
    std::string host;
    kind what = kind::unreached;
    std::string reason;                       ///< why it was not reached
    std::string version;                      ///< "15.18"
    bool is_outdated = false;                 ///< older than what the inbox needs
    std::chrono::milliseconds clock_ahead{};  ///< of this machine's; negative: behind it
    // Of a primary:
    std::string timeline;            ///< a later promotion has a higher one
    bool waits_for_standby = false;  ///< before a commit is told
    std::string standby_names;       ///< synchronous_standby_names
    std::vector<postgres_standby> standbys;
    bool has_tables = false;
    bool may_make_tables = false;
};

/// Looks at each host, which takes some seconds where one does not answer. Changes nothing there.
[[nodiscard]] std::vector<postgres_host> examine_postgres(const postgres_settings& settings);

}  // namespace shopbell
