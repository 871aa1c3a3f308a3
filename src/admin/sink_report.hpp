#pragma once

#include "operations.hpp"

#include <shopbell/core/json_writer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// One sink from both sides: what the inbox holds for it, and what the daemon does with it.
struct sink_view {
    operator_sink settings;  ///< of one that is not configured only the name
    bool configured = false;
    std::vector<std::string> routes;  ///< by name, or "route 2" for one without
    std::optional<sink_record> stored;
    std::optional<sink_status> live;
    std::optional<std::chrono::seconds> caught_up_in;  ///< at the pace of the last minutes
};

/// "running", "probing", "standby" (another daemon delivers to it), "paused", "stopped", "not configured".
[[nodiscard]] std::string_view state_of(const sink_view& sink);

/// Every sink: the configured ones in their order, then those that have only a place in the inbox.
[[nodiscard]] asio::awaitable<result<std::vector<sink_view>>> view_sinks(api_state& in);

/// The same, less than a second old; null where the inbox cannot be read.
[[nodiscard]] asio::awaitable<std::shared_ptr<const std::vector<sink_view>>> view_sinks_lately(api_state& in);

/// One object, as /api/sinks shows it.
void write_sink(json_writer& out, const sink_view& sink, time_point present);

}  // namespace shopbell
