#include <shopbell/setup/restart.hpp>

namespace shopbell {

std::vector<std::string> keys_for_a_restart(const configuration& running, const configuration& wanted) {
    std::vector<std::string> keys;
    const auto compare = [&keys](const char* key, const auto& a, const auto& b) {
        if (!(a == b))
            keys.emplace_back(key);
    };
    const auto& from = running.server;
    const auto& to = wanted.server;
    compare("[server] listen", from.listen, to.listen);
    compare("[server] threads", from.threads, to.threads);
    compare("[server] trusted_proxies", from.trusted_proxies, to.trusted_proxies);
    compare("[server] proxy_protocol", from.proxy_protocol, to.proxy_protocol);
    compare("[server] max_body", from.max_body, to.max_body);
    compare("[server] max_header", from.max_header, to.max_header);
    compare("[server] max_connections", from.max_connections, to.max_connections);
    compare("[server] max_connections_per_client", from.max_connections_per_client,
            to.max_connections_per_client);
    compare("[server] header_timeout", from.header_timeout, to.header_timeout);
    compare("[server] body_timeout", from.body_timeout, to.body_timeout);
    compare("[server] idle_timeout", from.idle_timeout, to.idle_timeout);
    compare("[admin] listen", running.admin.listen, wanted.admin.listen);
    compare("[inbox] path", running.inbox.path, wanted.inbox.path);
    compare("[inbox] retain", running.inbox.retain, wanted.inbox.retain);
    compare("[inbox] max_size", running.inbox.max_size, wanted.inbox.max_size);
    compare("[inbox] min_free", running.inbox.min_free, wanted.inbox.min_free);
    compare("[log] format", running.log.format, wanted.log.format);
    compare("[log] output", running.log.output, wanted.log.output);
    return keys;
}

}  // namespace shopbell
