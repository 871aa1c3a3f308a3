#pragma once

#include <shopbell/cli/operator_client.hpp>

namespace shopbell {

/// Asks a running daemon over its admin listener.
[[nodiscard]] std::unique_ptr<operator_client> make_daemon_client(const admin_settings& admin);

/// Where this machine reaches what listens there: the unspecified address as loopback.
[[nodiscard]] http::listen_address reachable(http::listen_address listening);

}  // namespace shopbell
