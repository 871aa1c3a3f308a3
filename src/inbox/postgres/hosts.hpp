#pragma once

#include "sink_rows.hpp"

#include <shopbell/inbox/settings.hpp>
#include <shopbell/postgres/connection.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::postgres {

/// Which inbox a daemon works with: the first that it meets, for as long as it runs. Thread-safe.
class known_inbox {
public:
    /// Whether the inbox of that name is the one.
    [[nodiscard]] bool is(const std::string& name);

private:
    std::mutex mutex_;
    std::string name_;  ///< empty: none was met yet
};

/// Where the settings say that this host is.
[[nodiscard]] server server_of(const postgres_settings& chosen, const std::string& host);

/// Whether what calls itself that is a product which speaks PostgreSQL's protocol and cannot hold the inbox.
[[nodiscard]] bool is_foreign(std::string_view version) noexcept;

/// What the settings demand of a server.
[[nodiscard]] durability demand_of(const postgres_settings& chosen) noexcept;

/// The servers of which one is the primary, and which of them to ask next. libpq would ask them in the order
/// given, so that one that never answers keeps it from all behind it. For one thread.
class host_rotation {
public:
    host_rotation(const postgres_settings& chosen, std::shared_ptr<known_inbox> inbox,
                  meanwhile while_waiting = {});
    ~host_rotation();
    host_rotation(host_rotation&&) noexcept;
    host_rotation& operator=(host_rotation&&) noexcept;

    /// A connection to the primary that is fit to hold the inbox, with its tables. Tries each server once,
    /// the one of the last time first, and those that were put last behind the others. Fails with what each
    /// of them says. `without`: a server that is not to be tried.
    [[nodiscard]] answer<connection> open(const std::string& without = {});

    /// It is of no use for some time: it answers late, say.
    void put_last(const std::string& host);

    [[nodiscard]] std::size_t size() const noexcept { return servers_.size(); }

private:
    class lookup;
    struct candidate {
        server at;
        deadline last_until{};  ///< it comes last until then
        std::shared_ptr<lookup> name;
        std::vector<std::string> addresses;  ///< as its name was looked up; the last that were found
    };

    [[nodiscard]] std::vector<candidate*> in_order(const std::string& without);
    [[nodiscard]] answer<connection> open_one(candidate& host);
    [[nodiscard]] answer<void> look_up(candidate& host, deadline until);
    [[nodiscard]] answer<void> examine(connection& fresh, deadline until) const;

    std::vector<candidate> servers_;
    std::size_t current_ = 0;  ///< where the last connection was opened
    durability wanted_;
    std::shared_ptr<known_inbox> inbox_;
    meanwhile while_waiting_;
};

}  // namespace shopbell::postgres
