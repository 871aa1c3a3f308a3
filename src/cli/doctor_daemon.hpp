#pragma once

#include "doctor_report.hpp"

#include <shopbell/cli/operator_client.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/setup/configuration.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace shopbell {

// What `shopbell doctor` asks the running daemon, and what it thinks of the answers.

/// Whether the daemon runs, and can commit.
[[nodiscard]] finding examine_daemon(const admin_settings& admin);
/// Whether others than the daemon's own people can ask; nothing where they cannot.
[[nodiscard]] findings judge_admin(const admin_settings& admin);
/// The answer to GET /readyz.
[[nodiscard]] finding judge_readiness(const http::incoming_response& answer);

/// One request to each address that the daemon should listen on.
[[nodiscard]] findings examine_listeners(const http::server_settings& server);
/// The answer to GET / there.
[[nodiscard]] finding judge_listener(const std::string& address,
                                     const result<http::incoming_response>& answer);

/// How each sink's other side is, all of them at once.
[[nodiscard]] findings examine_sinks(const std::vector<configured_sink>& sinks);

/// What needs somebody, as the daemon itself sees it. `from`: null where there is nobody to ask.
[[nodiscard]] findings examine_attention(operator_client* from);
/// One element of GET /api/attention; nothing where another check tells it.
[[nodiscard]] std::optional<finding> judge_attention(const json::value& item);

/// A client for requests to one of the addresses that the server listens on at this machine.
[[nodiscard]] result<std::unique_ptr<http::client>> client_for(const http::server_settings& server,
                                                               const http::listen_address& at,
                                                               const std::string& target);

/// Runs one coroutine of a client to its end.
[[nodiscard]] result<http::incoming_response> exchange(http::client& with, http::outgoing_request one);

}  // namespace shopbell
