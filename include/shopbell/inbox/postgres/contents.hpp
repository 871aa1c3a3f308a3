#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/inbox/contents.hpp>
#include <shopbell/inbox/settings.hpp>

#include <memory>

namespace shopbell {

/// Connects to the primary, and makes the inbox's tables where there are none. What is taken is stored in one
/// transaction, which keeps every daemon from writing.
///
/// `begin` fails with `busy` where a daemon uses the inbox and with `io` where it is not empty: sinks
/// that were given a place before the first event do not count. `end` fails with `corrupt` where not every
/// row has arrived, and with `unavailable` where it is not known whether the transaction was committed.
[[nodiscard]] result<std::unique_ptr<contents::receiver>> receive_in_postgres(
    const postgres_settings& settings);

}  // namespace shopbell
