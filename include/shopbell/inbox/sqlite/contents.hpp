#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/inbox/contents.hpp>

#include <string>

namespace shopbell {

/// Gives all that the inbox in the file at `path` holds, as it is at one moment, and keeps every daemon from
/// it meanwhile. The file stays as it is. Fails with `io` (not there, not accessible, or held by a daemon),
/// `corrupt` (no inbox, another version's, damaged, or acknowledged events are missing), or as the receiver
/// does. Returns what was given.
[[nodiscard]] result<contents::outline> give_sqlite_contents(const std::string& path, contents::receiver& to);

}  // namespace shopbell
