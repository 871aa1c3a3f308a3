#pragma once

#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <string>

namespace shopbell {

/// What happened to deliveries. An event that is gone gets no history any more: after an erasure the result
/// of an attempt that was under way must not tell of it again.
class history_table {
public:
    [[nodiscard]] int attach(sqlite::connection& database);
    void detach() { sql_ = {}; }

    /// Adds an entry, and lets go of the response, and the entries, that are too many entries old.
    [[nodiscard]] int add(const std::string& sink, const history_entry& one);

private:
    struct {
        sqlite::statement last, insert, shorten, remove;
    } sql_;
};

}  // namespace shopbell
