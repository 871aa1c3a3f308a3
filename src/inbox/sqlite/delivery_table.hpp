#pragma once

#include "history_table.hpp"
#include "rows.hpp"
#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <string>

namespace shopbell {

/// Progress of sinks: positions, and a row for each delivery that did not succeed at first or that a person
/// asked for again. What is settled or asked for of an event that is gone is passed over.
class delivery_table {
public:
    [[nodiscard]] int attach(sqlite::connection& database);
    void detach();

    [[nodiscard]] int settle(const settlement& results);

    // A person's decisions about one delivery. `changed`: whether there was something to decide about.
    [[nodiscard]] int replay(const std::string& sink, sequence number, time_point at, bool& changed);
    [[nodiscard]] int decide(const std::string& sink, sequence number, dead_letter_decision::kind what,
                             time_point at, bool& changed);

private:
    [[nodiscard]] int settle_rows(const settlement& results);
    [[nodiscard]] int note(const std::string& sink, sequence number, history_entry::kind what, time_point at);

    history_table history_;
    struct {
        sqlite::statement begin, move_position, save, save_dead, forget;
        sqlite::statement queue, retry, drop;
    } sql_;
};

}  // namespace shopbell
