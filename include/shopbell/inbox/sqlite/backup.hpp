#pragma once

#include <shopbell/core/result.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace shopbell {

struct backup_summary {
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
};

/// Told as it goes on: bytes copied so far, and of how many.
using backup_progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Copies the inbox at `from` as it is at one moment, beside a running daemon or without one, into the file
/// `to`: of mode 0600, checked whole, on stable storage, and under its name only then. An earlier backup of
/// that name is replaced; any other file is not. Nobody waits for it; the daemon's log grows meanwhile.
///
/// Fails with `malformed` (`to` is no place for a backup), `io`, or `corrupt` (the inbox, or what was read of
/// it, is damaged). Then nothing is left of it.
[[nodiscard]] result<backup_summary> back_up_inbox(const std::string& from, const std::string& to,
                                                   const backup_progress& tell);

}  // namespace shopbell
