#pragma once

#include "doctor_report.hpp"
#include "doctor_target.hpp"

#include <shopbell/core/headers.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/http/client.hpp>
#include <shopbell/http/server.hpp>

#include <string_view>

namespace shopbell {

// Whether the daemon learns from whom a request comes, where something stands in front of it: what `allow`,
// the limit for one client and the log go by.

/// The address that doctor writes into X-Forwarded-For: one for documentation (RFC 5737), nobody's.
constexpr std::string_view invented_client = "192.0.2.123";

/// Whether the URL leads to the daemon's own listener, as far as the configuration tells: there nobody stands
/// in between who could say anything of the client. A listener on any free port leaves that
/// open.
enum class direct : unsigned char { no, perhaps, yes };
[[nodiscard]] direct is_direct(const http::server_settings& server, const http::url& url);

/// The headers of an event or a rejection, as the operator's interface shows them.
[[nodiscard]] headers headers_of(const json::value& shown);

/// `record`: one of GET /api/rejections, of a request that was sent with the invented address. `by_nginx`: it
/// is known what is in front.
[[nodiscard]] finding judge_client_address(const probe_target& target, const json::value& record,
                                           const http::server_settings& server, bool by_nginx);

}  // namespace shopbell
