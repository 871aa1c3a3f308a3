#pragma once

#include "client_address.hpp"

#include <string>

namespace shopbell::http {

/// The X-Request-Id under which a trusted proxy already knows the request, so that its log and ours tell of
/// the same thing by the same name; empty where there is none. Believed by the rule of X-Forwarded-For:
/// nobody else can forge an id or put text of his own into the log. One field of 1 to 128 token characters
/// (RFC 9110, section 5.6.2), or it counts for nothing.
[[nodiscard]] std::string forwarded_request_id(const optional_address& peer, const headers& fields,
                                               const networks& trusted);

}  // namespace shopbell::http
