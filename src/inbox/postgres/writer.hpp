#pragma once

#include "hosts.hpp"
#include "put_rows.hpp"

#include <shopbell/core/async.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/core/uuid.hpp>
#include <shopbell/inbox/arrival_listeners.hpp>
#include <shopbell/inbox/group_answers.hpp>
#include <shopbell/inbox/settings.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace shopbell::postgres {

/// Stores deliveries, on a thread and a connection of its own. Group commit: it takes what is waiting, stores
/// it by one statement, then answers; meanwhile the next group gathers by itself.
///
/// A group whose commit is in doubt is sent again, to whichever server is the primary, until the server says
/// that it is stored. Whoever waits longer than `patience` is told `unavailable`; his delivery is stored all
/// the same.
class writer {
public:
    writer(const postgres_settings& chosen, std::shared_ptr<known_inbox> inbox, std::shared_ptr<log> lines);
    /// Stores what is queued, for as long as anybody waits for it.
    ~writer();
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    /// From here on the thread runs. It looks for a server at once.
    void start();

    // From any thread; see inbox.hpp.
    [[nodiscard]] asio::awaitable<result<receipt>> put(arrival delivery);
    [[nodiscard]] asio::awaitable<result<std::vector<receipt>>> put_all(std::vector<arrival> all);
    [[nodiscard]] subscription on_arrival(std::function<void()> wake) {
        return listeners_.add(std::move(wake));
    }
    [[nodiscard]] std::optional<std::string> trouble() const;
    void ping(std::function<void()> answered);

private:
    using clock = std::chrono::steady_clock;

    void submit(arrival delivery, const asio::any_io_executor& home, put_handler done);

    // Only on the thread.
    void run();
    /// Waits for work, no longer than until `until`; whether to go on.
    [[nodiscard]] bool take(deadline until);
    void answer_pings();
    void look_after_connection();
    void choose_group();
    void store_group();
    [[nodiscard]] bool is_given_up() const;
    [[nodiscard]] bool connect();
    [[nodiscard]] bool wait_for_late();
    void answer(put_outcome outcome, clock::duration took);
    void fail(const error& why);
    void finish(queued_put& put, result<receipt> with, group_answers& answers);
    /// Tells those whose patience is over. Returns when to look again.
    deadline tell_late();
    void pause(std::chrono::milliseconds length);
    void set_trouble(std::optional<std::string> reason);
    void set_waiting(bool waits);

    // Constant after construction.
    const std::chrono::milliseconds patience_;
    const std::size_t most_events_, most_bytes_;
    commit_observer* const observer_;
    const durability wanted_;
    const std::shared_ptr<log> log_;

    // Only on the thread.
    uuid_source ids_;
    host_rotation hosts_;
    std::optional<connection> connection_;
    std::optional<connection> late_;          ///< its server has not answered in time, and may still
    std::deque<queued_put> backlog_;          ///< in the order in which they came
    std::vector<queued_put> group_;           ///< of these, those that are being stored
    std::size_t failures_ = 0;                ///< in a row
    std::optional<std::string> row_trouble_;  ///< why the latest delivery was refused alone

    arrival_listeners listeners_;  // thread-safe by itself

    // Guarded by mutex_.
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::vector<queued_put> queue_;  ///< new ones
    std::size_t held_events_ = 0;    ///< not finished, wherever they are
    std::size_t held_bytes_ = 0;
    std::vector<std::function<void()>> pings_;
    bool waits_for_server_ = false;
    bool closing_ = false;
    std::optional<std::string> trouble_;

    std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace shopbell::postgres
