#pragma once

#include "sink_rows.hpp"

#include <shopbell/inbox/put_job.hpp>
#include <shopbell/postgres/connection.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace shopbell::postgres {

/// A delivery on its way into the inbox. Its id is given once: sent again under it, it is the same put, and
/// the event that a former attempt has left is its own.
struct queued_put {
    std::string id;
    std::unique_ptr<put_job> job;
    deadline until{};           ///< when whoever waits for it is told that it is late
    bool has_no_codes = false;  ///< its sale gets none: decided once, and for good
};

[[nodiscard]] std::unique_ptr<put_job> make_put_job(arrival delivery, put_caller caller);

/// Which deliveries may be stored by one statement: those that cannot be repeats of one another, nor the
/// latest of the same thing.
class put_keys {
public:
    /// Whether the delivery has no key in common with those before it. Its keys count from now on either way:
    /// it outlives this.
    [[nodiscard]] bool add(const put_job& job);

private:
    std::unordered_set<std::string_view> known_;
};

/// What became of a group, by its places. Those without an answer are in doubt, or not stored, because of
/// `failed`: they are to be sent again until they have one.
struct put_outcome {
    std::vector<std::optional<result<receipt>>> answers;
    std::optional<error> failed;
};

/// Stores a group in the order given: one statement, under the turn in which numbers become visible. What is
/// a repeat is as durable as what is new, since the statement's commit waits for the standby either way. A
/// delivery that the server refuses for what it is fails alone (`io`).
///
/// Preconditions: `put_keys` found no key twice; a delivery that asks for codes is a group of its own.
/// `patience`: for each statement; they are few.
[[nodiscard]] put_outcome put(connection& database, std::span<queued_put> group, durability wanted,
                              std::chrono::milliseconds patience);

/// Whether an error says that the statement was refused for its data.
[[nodiscard]] bool is_row_error(const error& why) noexcept;

}  // namespace shopbell::postgres
