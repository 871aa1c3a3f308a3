#pragma once

#include <shopbell/inbox/inbox.hpp>
#include <shopbell/postgres/connection.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace shopbell::postgres {

/// deliveries.state
constexpr std::int16_t state_pending = 0, state_dead = 1, state_queued = 2;

/// What a daemon may do alone for a time. The term tells one holding from the next: what is stored under a
/// former one is refused.
struct lease {
    std::string name;  ///< "sink NAME", or "retention"
    std::int64_t term = 0;
};

[[nodiscard]] std::string lease_of_sink(const std::string& sink);
/// Of a daemon that lives: it counts where sinks are shared out.
[[nodiscard]] std::string lease_of_daemon(const std::string& owner);

/// Whether what is stored must be on a standby, too, before it counts.
enum class durability : unsigned char { standby, primary_only };
/// Behind what is to be durable, after its commit: whether the server waits for a standby. Asked sooner, it
/// would say nothing of a commit that has stopped waiting since.
[[nodiscard]] connection::statement make_guard();
/// Fails where the guard's answer says that it does not.
[[nodiscard]] answer<void> check_guard(const connection& database, const rows& guard);

/// What is renewed with the leases: what others have decided of the sinks.
struct sink_state {
    std::string name;
    bool paused = false;
    std::int64_t changed = 0;  ///< counts the changes by people
};
struct renewal {
    std::vector<std::string> lost;  ///< names of leases
    std::vector<sink_state> sinks;
};

/// What others hold and have decided.
struct lease_view {
    std::vector<std::string> free;  ///< of the leases asked for, those that might be had now
    std::size_t live_daemons = 0;
    std::vector<sink_state> sinks;  ///< whose leases were asked for
};

/// The leases of one daemon, on one thread.
class lease_rows {
public:
    /// `owner`: the daemon's UUID.
    lease_rows(connection& database, std::string owner, durability wanted)
        : database_(database), owner_(std::move(owner)), wanted_(wanted) {}

    /// Takes the lease, or begins another term of it; nothing where another daemon has it. Nobody else takes
    /// it within `term_length`, counted from before the call.
    [[nodiscard]] answer<std::optional<lease>> claim(const std::string& name,
                                                     std::chrono::milliseconds term_length, deadline until);
    [[nodiscard]] answer<renewal> renew(const std::vector<lease>& held, std::chrono::milliseconds term_length,
                                        deadline until);
    [[nodiscard]] answer<lease_view> look(const std::vector<std::string>& names, deadline until);
    /// Others may take them at once.
    [[nodiscard]] answer<void> release(const std::vector<lease>& held, deadline until);
    [[nodiscard]] const std::string& owner() const noexcept { return owner_; }

private:
    [[nodiscard]] answer<rows> run_guarded(const std::string& sql, parameters given, deadline until);

    connection& database_;
    const std::string owner_;
    const durability wanted_;
};

/// Gives a sink that has no place yet one, at the present where no other is given.
[[nodiscard]] answer<void> place_sink(connection& database, const std::string& sink, deadline until,
                                      std::optional<sequence> at = {});
/// Where a sink stands that has a place, and how often people have changed its deliveries. To be read after
/// its lease was claimed: that waits for the standby, and so for all that is read.
struct opened_sink {
    sink_progress progress;
    std::int64_t changed = 0;
};
[[nodiscard]] answer<std::optional<opened_sink>> read_progress(connection& database, const std::string& sink,
                                                               deadline until);
/// See inbox::read_queued.
[[nodiscard]] answer<std::vector<pending_delivery>> read_queued(connection& database, const std::string& sink,
                                                                sequence after, std::size_t count,
                                                                deadline until);

/// A settlement in which each event stands once: its last word.
struct folded_settlement {
    struct row {
        sequence number = 0;
        std::int16_t state = 0;
        std::int32_t attempts = 0;
        time_point first_attempt, next_attempt;
        std::string last_error;
    };
    std::vector<row> kept;
    std::vector<sequence> delivered;
};
[[nodiscard]] folded_settlement fold(const settlement& results);

/// Whose the settled progress is, and what its position meant to who read it.
struct settled_by {
    lease held;
    std::string owner;
    std::optional<std::string> event_at_position;  ///< its id, where it is known
};
/// In front of a statement in the same transaction: divides by zero, so that nothing is stored, where the
/// lease is another's.
[[nodiscard]] connection::statement make_fence(const settled_by& who);

/// Stores results, all or nothing. Where it fails with `is_outdated`, the lease is another's by now, or
/// another event than the one delivered has that number since a failover.
[[nodiscard]] answer<void> settle(connection& database, const settlement& results, const settled_by& who,
                                  deadline until);
[[nodiscard]] bool is_outdated(const error& why) noexcept;

/// Removes the oldest events that every sink has had, few at a time, with all that tells of them: those
/// accepted before that time or, to make room, whenever they were. Under the lease "retention", and fails
/// like `settle`.
constexpr std::int64_t removal_rows = 256;
struct removal {
    time_point accepted_before;
    bool for_room = false;
    std::int64_t most_bytes =
        std::numeric_limits<std::int64_t>::max();  ///< in one step; but always one event
};
struct removed_events {
    std::int64_t count = 0;
    std::int64_t bytes = 0;  ///< as `stored_size` counts them
    bool more = false;       ///< there may be more to remove
};
[[nodiscard]] answer<removed_events> remove_old(connection& database, const removal& what,
                                                const settled_by& who, deadline until);

/// What the events behind `number` take on the server's disk, of some thousand of them. What a removal has
/// left free is not in it: the server uses it again, and the files do not shrink.
struct stored_size {
    sequence number = 0;  ///< the last one counted
    std::int64_t bytes = 0;
    bool more = false;  ///< there are others behind it
};
[[nodiscard]] answer<stored_size> read_stored_size(connection& database, sequence number, deadline until);

}  // namespace shopbell::postgres
