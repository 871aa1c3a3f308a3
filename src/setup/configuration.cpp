#include <shopbell/setup/configuration.hpp>

#include "admin_section.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/ingest/certificate_watch.hpp>
#include <shopbell/setup/engine.hpp>

#include <algorithm>
#include <array>

namespace shopbell {

namespace {

std::vector<http::listen_address> read_listen(config::reader& table) {
    std::vector<http::listen_address> all;
    const auto texts = table.strings("listen", {"127.0.0.1:8080"});
    if (texts.empty())
        table.error("listen", "name at least one address to listen on");
    for (const auto& text : texts) {
        if (auto address = http::listen_address::parse(text))
            all.push_back(*std::move(address));
        else
            table.error("listen", "\"" + text +
                                      "\" is no address to listen on: give an IP address and port such as "
                                      "\"127.0.0.1:8080\" or \"[::1]:8080\", or \"unix:/path\"");
    }
    return all;
}

http::networks read_proxies(config::reader& table) {
    http::networks all;
    for (const auto& text : table.strings("trusted_proxies", {"127.0.0.0/8", "::1"})) {
        if (auto block = http::network::parse(text))
            all.push_back(*block);
        else
            table.error("trusted_proxies",
                        "\"" + text + "\" is no address or network such as \"10.0.0.0/8\"");
    }
    return all;
}

std::chrono::milliseconds read_timeout(config::reader& table, std::string_view key,
                                       std::chrono::milliseconds fallback) {
    const auto value = table.duration(key, fallback);
    if (value.count() == 0)
        table.error(key, "a timeout of zero would refuse every request: give at least \"1ms\"");
    return value;
}

std::uint64_t read_limit(config::reader& table, std::string_view key, std::uint64_t fallback,
                         std::uint64_t min, std::uint64_t max, std::string_view range) {
    const auto value = table.size(key, fallback);
    if (value < min || value > max)
        table.error(key, "must be " + std::string(range));
    return value;
}

void warn_of_dates(config::reader& table, const http::tls_identity& identity, time_point present) {
    if (identity.ends() <= present)
        table.warn("certificate", "the certificate has expired on " + to_date(identity.ends()) +
                                      "; stores refuse to deliver: renew it");
    else if (identity.begins() > present)
        table.warn("certificate", "the certificate is valid from " + to_date(identity.begins()) +
                                      " on, and not yet; is the clock right?");
    else if (identity.ends() - present <= certificate_notice)
        table.warn("certificate", "the certificate ends on " + to_date(identity.ends()) +
                                      ": renew it, and see why that does not happen by itself");
}

std::shared_ptr<const http::tls_identity> read_tls(config::reader table) {
    const auto certificates = table.required_file("certificate");
    const auto key = table.required_secret_file("private_key");
    auto identity = http::tls_identity::of(certificates);
    if (!identity) {
        table.error("certificate", R"("certificate": the file )" + identity.error().reason);
        return nullptr;
    }
    warn_of_dates(table, *identity, now());
    const auto taken = key ? identity->take_key(*key) : result<void>();
    if (!taken)
        table.error("private_key", R"("private_key": the file )" + taken.error().reason);
    return std::make_shared<const http::tls_identity>(*std::move(identity));
}

void warn_of_proxies(config::reader& table, const http::server_settings& server) {
    const auto is_unix = [](const http::listen_address& one) { return !one.unix_path.empty(); };
    if (server.proxy_protocol && server.trusted_proxies.empty() &&
        std::ranges::none_of(server.listen, is_unix))
        table.warn("proxy_protocol",
                   "no header of the PROXY protocol is read, since trusted_proxies names nobody");
}

void read_server(config::reader table, configuration& into) {
    constexpr std::uint64_t kib = 1024, mib = 1024 * kib;
    auto& server = into.server;
    server.listen = read_listen(table);
    server.threads = static_cast<unsigned>(table.integer("threads", 0, 0, 256));
    server.trusted_proxies = read_proxies(table);
    server.proxy_protocol = table.boolean("proxy_protocol", server.proxy_protocol);
    server.max_body = read_limit(table, "max_body", server.max_body, 1, 64 * mib, "between 1 byte and 64MiB");
    server.max_header = read_limit(table, "max_header", server.max_header, kib, mib, "between 1KiB and 1MiB");
    server.max_connections = static_cast<std::size_t>(table.integer("max_connections", 10000, 1, 1'000'000));
    server.max_connections_per_client =
        static_cast<std::size_t>(table.integer("max_connections_per_client", 256, 0, 1'000'000));
    server.header_timeout = read_timeout(table, "header_timeout", server.header_timeout);
    server.body_timeout = read_timeout(table, "body_timeout", server.body_timeout);
    server.idle_timeout = read_timeout(table, "idle_timeout", server.idle_timeout);
    into.drain_timeout = table.duration("drain_timeout", into.drain_timeout);
    warn_of_proxies(table, server);
    if (table.has("tls"))
        server.tls = read_tls(table.table("tls"));
    into.server_secrets_from = table.sources_of_secrets();
}

void read_log(config::reader table, configuration& into, const services& around) {
    constexpr std::array<std::string_view, 6> levels = {"trace", "debug", "info", "warn", "error", "off"};
    constexpr std::array<std::string_view, 2> formats = {"json", "text"};
    into.log.level = static_cast<log_level>(table.one_of("level", levels, 2));
    into.log.format = static_cast<log_format>(table.one_of("format", formats, 0));
    into.log.output = table.string("output", into.log.output);
    auto opened = around.open_log(into.log);
    if (opened) {
        into.lines = *std::move(opened);
        return;
    }
    table.error("output", opened.error().reason);
    into.lines = log::null();
}

/// Each sink moves between the daemons that share an inbox.
void warn_of_local_sinks(const configuration& all, config::reader& inbox) {
    if (!std::holds_alternative<postgres_settings>(all.inbox))
        return;
    for (const auto& sink : all.sinks) {
        if (sink.type == "file" || sink.type == "log")
            inbox.warn("engine", "sink \"" + sink.name +
                                     "\" writes on whichever machine holds it: with several "
                                     "daemons its lines are spread over their machines");
    }
}

template <class Named>
std::vector<std::string_view> names_of(const std::vector<Named>& all) {
    std::vector<std::string_view> names;
    for (const auto& one : all)
        names.push_back(one.name);
    return names;
}

}  // namespace

configuration read_configuration(const std::string& path, config::problems& found, const services& around) {
    configuration all;
    const config::file source(path, found);
    if (found.has_errors()) {
        all.lines = log::null();
        return all;
    }
    auto root = source.root();
    read_log(root.table("log"), all, around);
    read_server(root.table("server"), all);
    all.admin = read_admin(root.table("admin"));
    all.admin.trusted_proxies = all.server.trusted_proxies;
    auto inbox = root.table("inbox");
    all.inbox = read_inbox(inbox);
    all.inbox_secrets_from = inbox.sources_of_secrets();
    all.endpoints = read_endpoints(root);
    all.sinks = read_sinks(root, around.files, all.log, all.lines);
    warn_of_local_sinks(all, inbox);
    all.routes = read_routes(root, names_of(all.endpoints), names_of(all.sinks));
    all.secret_files = source.secret_files();
    return all;
}

}  // namespace shopbell
