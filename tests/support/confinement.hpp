#pragma once

#include "support/process.hpp"

#include <string>

namespace shopbell::test {

/// Whom a confined process runs as where we are root: nobody, by its number on every Linux.
inline constexpr unsigned confined_user = 65534;

/// The rules for tests/support/confined that a systemd unit of that text sets up as seccomp filters:
/// SystemCallFilter=, RestrictAddressFamilies=, RestrictNamespaces= and MemoryDenyWriteExecute=.
/// systemd-analyze says what its groups of system calls hold.
[[nodiscard]] std::string confinement_rules(const std::string& unit);

/// `how` under the rules in that file ("": none), without capabilities and new privileges, and where we are
/// root as `confined_user`.
[[nodiscard]] command confine(command how, const std::string& rules_file);

/// Tries what such rules forbid: "NAME ok" or "NAME ERROR", a line each.
[[nodiscard]] finished probe_confinement(const std::string& rules_file);

/// The exit status of a confined process where the kernel takes no filter.
inline constexpr int no_confinement = 77;

}  // namespace shopbell::test
