#pragma once

#include "doctor_probe.hpp"

#include <shopbell/core/json.hpp>

#include <string_view>

namespace shopbell {

/// Sends a forged probe with an X-Forwarded-For of its own, as a stranger would who wants to be somebody
/// else, and asks the daemon whom it took for the client. Nothing where that cannot be known.
[[nodiscard]] findings examine_forwarding(const http::server_settings& server, const probe_target& target,
                                          sent_probe forged, http::client& with, operator_client& stored);

/// Whether one of these rejections (GET /api/rejections) was of a client at `address`, with no other proxy's
/// word beside the stranger's own.
[[nodiscard]] bool was_believed(const json::value& rejections, std::string_view address);

}  // namespace shopbell
