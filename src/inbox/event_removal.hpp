#pragma once

#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <cstdint>

namespace shopbell {

/// Takes events away with their deliveries and history, and sees to it that their numbers are never lent
/// again.
class event_removal {
public:
    [[nodiscard]] int attach(sqlite::connection& database);
    void detach() { sql_ = {}; }

    /// Adds the rows that went to `rows`.
    [[nodiscard]] int remove(sequence number, std::int64_t& rows);

    /// Before a row with that number or position goes.
    [[nodiscard]] int note_number(sequence number);

private:
    struct {
        sqlite::statement note, event, deliveries, history;
    } sql_;
};

}  // namespace shopbell
