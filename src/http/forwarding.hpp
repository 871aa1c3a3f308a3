#pragma once

#include <shopbell/core/headers.hpp>
#include <shopbell/http/address.hpp>

#include <optional>
#include <string>

/// What a trusted proxy says about a request.
namespace shopbell::http {

using optional_address = std::optional<asio::ip::address>;

/// Whether what a connection's other end says about others is believed. A unix socket, which has no address,
/// always is: only this machine's users get at it.
[[nodiscard]] bool is_trusted(const optional_address& peer, const networks& trusted) noexcept;

/// Who sent a request. `peer` is the connection's other end, nothing for a unix socket, which is always
/// trusted. A trusted peer's X-Forwarded-For is walked from the right past trusted proxies; the first other
/// address is the client, and an element that is no address ends the walk at what was found so far.
/// Without that field X-Real-IP counts. Both are ignored from a peer that is not trusted.
[[nodiscard]] optional_address client_address(const optional_address& peer, const headers& fields,
                                              const networks& trusted);

/// The X-Request-Id under which a trusted proxy already knows the request, so that its log and ours tell of
/// the same thing by the same name; empty where there is none. Believed by the rule of X-Forwarded-For:
/// nobody else can forge an id or put text of his own into the log. One field of 1 to 128 token characters
/// (RFC 9110, section 5.6.2), or it counts for nothing.
[[nodiscard]] std::string forwarded_request_id(const optional_address& peer, const headers& fields,
                                               const networks& trusted);

}  // namespace shopbell::http
