#pragma once

#include <shopbell/core/headers.hpp>
#include <shopbell/http/address.hpp>

#include <optional>

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

}  // namespace shopbell::http
