#pragma once

#include "lease_plan.hpp"
#include "read_era.hpp"
#include "retention.hpp"
#include "session.hpp"
#include "sink_rows.hpp"

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/arrival_listeners.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/inbox/settings.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace shopbell::postgres {

/// Which sinks this daemon delivers to, and what is stored of that: on a thread of its own it takes, renews
/// and gives back the leases, and removes old events for all daemons. Takes a lease only when the sink is
/// opened; before that it tells that one may be had.
class keeper {
public:
    struct surroundings {
        std::function<answer<connection>()> open;
        std::function<void(const std::string& host)> is_late;  ///< it has not answered in time
    };

    /// `owner`: this daemon's UUID. `server` and `ids` are shared with who reads.
    keeper(surroundings around, std::string owner, const postgres_settings& chosen, agreed_server& server,
           const read_ids& ids, std::shared_ptr<log> lines);
    /// Gives everything back, where the server answers.
    ~keeper();
    keeper(const keeper&) = delete;
    keeper& operator=(const keeper&) = delete;

    /// Of a sink that has not been opened yet since the start, and while no server answers: not held.
    [[nodiscard]] asio::awaitable<result<sink_progress>> open_sink(std::string name);
    [[nodiscard]] asio::awaitable<result<void>> settle(settlement results);
    /// The sink is no longer one of this daemon's.
    void close_sink(const std::string& name);

    [[nodiscard]] steady_point held_until(const std::string& sink) const;
    [[nodiscard]] subscription on_sink_change(std::function<void(const std::string&)> tell) {
        return changes_.add(std::move(tell));
    }

    /// Who reads has lost his connection.
    void end_era();

    /// Why it cannot reach the inbox; nothing while it can.
    [[nodiscard]] std::optional<std::string> trouble() const;
    /// Whether a sink waits for its place: what is stored before that might pass it by.
    [[nodiscard]] bool has_unplaced_sinks() const;

private:
    using clock = std::chrono::steady_clock;

    struct holding {
        lease held;
        era since = no_era;     ///< when what is delivered under it was read
        sequence position = 0;  ///< settled by now
    };
    /// A sink of this daemon's.
    struct sink {
        std::optional<holding> own;
        sink_state known;  ///< what whoever delivers has been told
        bool may_claim = false;
        bool for_want_of_others = false;  ///< beyond the fair share
        bool giving_back = false;
        std::optional<clock::time_point> free_since;
    };

    [[nodiscard]] bool wait_for_place(const std::string& name);
    void note_placed(const std::string& name);

    // Only on the thread.
    [[nodiscard]] answer<void> place_waiting(connection& database);
    [[nodiscard]] answer<sink_progress> open(connection& database, const std::string& name);
    [[nodiscard]] answer<void> begin(connection& database, const settlement& results);
    [[nodiscard]] answer<void> claim(connection& database, const std::string& name, sink& wanted);
    [[nodiscard]] answer<void> store(connection& database, const settlement& results);
    [[nodiscard]] answer<void> refuse_unheld(connection& database, const std::string& name);
    [[nodiscard]] answer<std::optional<std::string>> anchor_of(const sink& wanted, sequence position) const;

    [[nodiscard]] clock::time_point work();
    [[nodiscard]] answer<void> prepare(connection& database);
    [[nodiscard]] answer<void> renew(connection& database);
    enum class telling : bool { no, yes };
    [[nodiscard]] answer<void> look(connection& database, telling others);
    void share(const lease_view& seen, telling others);
    void note_changes(const std::vector<sink_state>& states);
    [[nodiscard]] answer<void> claim_retention(connection& database, const lease_view& seen);
    [[nodiscard]] answer<removed_events> sweep(connection& database);
    void count_removed(const answer<removed_events>& removed);

    void lose(const std::string& name, sink& wanted);
    void leave_server(const std::string& host, const error& why);
    void end_windows();
    void give_back_all();
    [[nodiscard]] std::vector<lease> all_held() const;
    [[nodiscard]] lease_rows leases(connection& database) const { return {database, owner_, wanted_}; }

    void set_held_until(const std::string& sink, clock::time_point until);
    void set_trouble(const std::optional<error>& why);

    const surroundings around_;
    const std::string owner_;
    commit_observer* const observer_;
    const durability wanted_;
    const std::chrono::milliseconds sweep_every_;
    agreed_server& server_;
    const read_ids& ids_;
    const std::shared_ptr<log> log_;

    // Only on the thread.
    std::map<std::string, sink> sinks_;
    std::optional<lease> own_lease_;  ///< that says that this daemon lives
    std::optional<lease> retention_lease_;
    retention retention_;
    std::size_t live_daemons_ = 1;
    std::optional<era> agreed_;  ///< on the server of the current connection
    clock::time_point next_renewal_{}, next_look_{}, next_sweep_;
    std::int64_t removed_ = 0;

    listeners<const std::string&> changes_;  // thread-safe by itself

    mutable std::mutex mutex_;  // guards the next four
    std::map<std::string, clock::time_point> held_until_;
    std::set<std::string> placed_, unplaced_;  ///< sinks that have a place, and those that could not get it
    std::optional<std::string> trouble_;

    session session_;  ///< last: its thread uses all of the above
};

}  // namespace shopbell::postgres
