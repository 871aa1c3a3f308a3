#pragma once

#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <cstdint>

namespace shopbell {

/// Takes events away with everything that tells of them (deliveries, history, what `latest` says), and sees
/// to it that their numbers are never lent again.
class event_removal {
public:
    [[nodiscard]] int attach(sqlite::connection& database);
    void detach() { sql_ = {}; }

    /// Adds the rows that went to `rows`.
    [[nodiscard]] int remove(sequence number, std::int64_t& rows);

    /// Before a row with that number or position goes.
    [[nodiscard]] int note_number(sequence number);

private:
    [[nodiscard]] int remove_latest(sequence number, std::int64_t& rows);

    struct {
        sqlite::statement note, find, latest, event, deliveries, history, repeats;
    } sql_;
};

}  // namespace shopbell
