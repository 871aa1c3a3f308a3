#pragma once

#include "code_table.hpp"
#include "delivery_table.hpp"
#include "event_removal.hpp"
#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace shopbell {

/// How far a change has come: one that concerns many rows takes several transactions.
struct change_progress {
    std::size_t concerned = 0;  ///< deliveries, sinks, events or codes, so far
    std::size_t taken = 0;      ///< of the numbers or codes that the change names
    sequence passed = 0;        ///< where it names none: done up to here
    bool begun = false;         ///< its first step is done
    bool finished = false;
};

/// Carries people's decisions out, a part at a time.
class change_table {
public:
    /// `deliveries` and `codes` stay with the writer, and attached as long as this is.
    change_table(delivery_table& deliveries, code_table& codes) : deliveries_(deliveries), codes_(codes) {}

    [[nodiscard]] int attach(sqlite::connection& database);
    void detach();

    /// Goes on with `what` within the current transaction until it is finished or `budget` is used up. What
    /// is left of the budget, in rows or the like of them in bytes, is for others in the same transaction.
    [[nodiscard]] int step(const change& what, time_point at, std::int64_t& budget, change_progress& into);

private:
    struct work {
        time_point at;
        std::int64_t& budget;
        change_progress& progress;
    };
    [[nodiscard]] int go_on(const replay_request& what, const work& part);
    [[nodiscard]] int go_on(const dead_letter_decision& what, const work& part);
    [[nodiscard]] int go_on(const pause_request& what, const work& part);
    [[nodiscard]] int go_on(const sink_removal& what, const work& part);
    [[nodiscard]] int go_on(const erasure& what, const work& part);
    [[nodiscard]] int go_on(const code_addition& what, const work& part);
    [[nodiscard]] int go_on(const code_voiding& what, const work& part);
    [[nodiscard]] int go_on(const code_anonymisation& what, const work& part);

    [[nodiscard]] int decide_all(const dead_letter_decision& what, const work& part);
    [[nodiscard]] int find_dead(const std::string& sink, const work& part, std::vector<sequence>& into);
    [[nodiscard]] int is_being_removed(const std::string& sink, bool& answer);
    [[nodiscard]] int remove_history(const std::string& sink, const work& part);
    [[nodiscard]] int remove_sink(const std::string& sink, const work& part);
    [[nodiscard]] int erase(sequence number, const work& part);

    delivery_table& deliveries_;
    code_table& codes_;
    event_removal removal_;
    struct {
        sqlite::statement find_dead, pause;
        sqlite::statement begin_removal, being_removed, position, remove_deliveries, history_bound,
            remove_history, remove_sink;
        sqlite::statement find_event;
    } sql_;
};

}  // namespace shopbell
