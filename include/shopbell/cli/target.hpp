#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/http/server.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// The URL at which this machine reaches a daemon that listens there, with TLS or without: the first TCP
/// address, the unspecified one as loopback. Fails with `malformed` where only unix sockets or changing ports
/// are listened on.
[[nodiscard]] result<std::string> local_url(const std::vector<http::listen_address>& listen, bool tls,
                                            std::string_view path);

/// Whether the daemon that listens there demands a header of the PROXY protocol of this machine's programs.
[[nodiscard]] bool demands_proxy_header(const http::server_settings& server,
                                        const http::listen_address& there);

}  // namespace shopbell
