#pragma once

#include <shopbell/core/observer.hpp>
#include <shopbell/crypto/secret.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace shopbell {

/// The keys of [inbox] (interface.md, section 3) that every engine has, and the bounds of its queue.
struct inbox_settings {
    std::chrono::milliseconds retain{30LL * 86'400'000};  ///< delivered events older than this are removed
    std::uint64_t max_size =
        0;  ///< bytes in use beyond which the oldest delivered ones go sooner; 0: no bound
    std::chrono::milliseconds sweep_every{10'000};  ///< how often to look for them
    /// Deliveries that may wait for the writer, and their bodies' bytes; beyond either, `put` fails with
    /// `busy`.
    std::size_t queue_events = 4096;
    std::size_t queue_bytes = 64 * 1024 * 1024;
    commit_observer* observer = nullptr;  ///< told of each group commit; null: nobody is. Outlives the inbox
};

struct sqlite_settings : inbox_settings {
    std::string path = "/var/lib/shopbell/inbox.db";
    std::uint64_t min_free =
        64 * 1024 * 1024;  ///< bytes of free disk below which `put` fails; `settle` does not
};

/// Where an acknowledged event must be beside the primary.
enum class standby_demand : unsigned char {
    required,  ///< on a synchronous standby: the server must be set up so
    provider,  ///< the service replicates below PostgreSQL, where it cannot be seen
    none,      ///< nowhere
};

/// The keys of [inbox.postgres].
struct postgres_settings : inbox_settings {
    std::vector<std::string> hosts;  ///< names, addresses, or folders of unix sockets; at least one
    std::uint16_t port = 5432;
    std::string database = "shopbell";
    std::string user = "shopbell";
    secret password{""};
    std::string ca_file;  ///< empty: the system's authorities, where the host is not this machine
    standby_demand standby = standby_demand::required;
    std::chrono::milliseconds patience{5'000};  ///< how long a delivery waits for the engine
};

using inbox_engine = std::variant<sqlite_settings, postgres_settings>;

[[nodiscard]] inline const inbox_settings& common_settings(const inbox_engine& engine) {
    return std::visit([](const inbox_settings& common) -> const inbox_settings& { return common; }, engine);
}
[[nodiscard]] inline inbox_settings& common_settings(inbox_engine& engine) {
    return std::visit([](inbox_settings& common) -> inbox_settings& { return common; }, engine);
}

/// For people: the file, or the servers.
[[nodiscard]] std::string describe_place(const inbox_engine& engine);

}  // namespace shopbell
