#pragma once

#include <shopbell/admin/checkup.hpp>
#include <shopbell/cli/operator_command.hpp>
#include <shopbell/core/result.hpp>

#include <string>
#include <vector>

namespace shopbell {

struct doctor_options {
    std::string url =
        {};  ///< where a store delivers, or the site alone for every endpoint; empty: not looked at
    std::string endpoint = {};  ///< which one the URL leads to; empty: the one whose path it has
};

/// The same checks for the inspector of the daemon with that configuration, asked within it. Blocks for
/// seconds. See `checkup`.
[[nodiscard]] result<std::vector<checkup_entry>> check_up(const std::string& config_path,
                                                          const checkup_request& what);

/// `shopbell doctor`: looks at the configuration, the secrets' files, the inbox, the clock, the running
/// daemon and its sinks, and with a URL sends signed probes the way of the stores. One line for each check on
/// `out`, "ok   NAME: what was seen", "warn NAME: what; how to mend it" or "fail ..."; with `json` one
/// document. Returns 0 when nothing failed, 1 otherwise, 2 for a URL or endpoint that makes no sense, 78
/// where the configuration cannot be used.
[[nodiscard]] int doctor(const std::string& config_path, const doctor_options& options,
                         const command_output& to);

}  // namespace shopbell
