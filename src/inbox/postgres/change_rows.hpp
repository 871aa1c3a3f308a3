#pragma once

#include <shopbell/inbox/inbox.hpp>
#include <shopbell/postgres/connection.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace shopbell::postgres {

// People's decisions, each in transactions of few rows that may each take `patience`. They come one after the
// other, wait for what is being settled, and count as a change of the sinks concerned, so that whoever
// delivers to these begins anew. What is returned is how many deliveries, sinks or events a decision
// concerned.

[[nodiscard]] answer<std::size_t> apply(connection& database, const replay_request& what,
                                        std::chrono::milliseconds patience);
[[nodiscard]] answer<std::size_t> apply(connection& database, const dead_letter_decision& what,
                                        std::chrono::milliseconds patience);
[[nodiscard]] answer<std::size_t> apply(connection& database, const pause_request& what,
                                        std::chrono::milliseconds patience);
[[nodiscard]] answer<std::size_t> apply(connection& database, const sink_removal& what,
                                        std::chrono::milliseconds patience);
/// The bytes of what is erased stay on the server's disks until they are used again, and in its archives.
[[nodiscard]] answer<std::size_t> apply(connection& database, const erasure& what,
                                        std::chrono::milliseconds patience);
// What is decided of codes waits for the sales before it, and they for it.
[[nodiscard]] answer<std::size_t> apply(connection& database, const code_addition& what,
                                        std::chrono::milliseconds patience);
[[nodiscard]] answer<std::size_t> apply(connection& database, const code_voiding& what,
                                        std::chrono::milliseconds patience);
[[nodiscard]] answer<std::size_t> apply(connection& database, const code_anonymisation& what,
                                        std::chrono::milliseconds patience);

}  // namespace shopbell::postgres
