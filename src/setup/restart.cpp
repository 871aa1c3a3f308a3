#include <shopbell/setup/restart.hpp>

namespace shopbell {

namespace {

void compare_inboxes(const inbox_engine& from, const inbox_engine& to, const auto& compare) {
    compare("[inbox] engine", from.index(), to.index());
    const auto& running = common_settings(from);
    const auto& wanted = common_settings(to);
    compare("[inbox] retain", running.retain, wanted.retain);
    compare("[inbox] max_size", running.max_size, wanted.max_size);
    if (from.index() != to.index())
        return;
    if (const auto* const file = std::get_if<sqlite_settings>(&from)) {
        compare("[inbox] path", file->path, std::get<sqlite_settings>(to).path);
        compare("[inbox] min_free", file->min_free, std::get<sqlite_settings>(to).min_free);
        return;
    }
    const auto& a = std::get<postgres_settings>(from);
    const auto& b = std::get<postgres_settings>(to);
    compare("[inbox.postgres] hosts", a.hosts, b.hosts);
    compare("[inbox.postgres] port", a.port, b.port);
    compare("[inbox.postgres] database", a.database, b.database);
    compare("[inbox.postgres] user", a.user, b.user);
    compare("[inbox.postgres] password", a.password.equals(b.password.reveal()), true);
    compare("[inbox.postgres] ca_file", a.ca_file, b.ca_file);
    compare("[inbox.postgres] standby", a.standby, b.standby);
    compare("[inbox.postgres] patience", a.patience, b.patience);
}

}  // namespace

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
    compare_inboxes(running.inbox, wanted.inbox, compare);
    compare("[log] format", running.log.format, wanted.log.format);
    compare("[log] output", running.log.output, wanted.log.output);
    return keys;
}

}  // namespace shopbell
