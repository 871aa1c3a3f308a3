#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/delivery/configured_sink.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/inbox/settings.hpp>
#include <shopbell/ingest/endpoint.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// The keys of [admin]: the operator's own listener.
struct admin_settings {
    std::optional<http::listen_address> listen;  ///< nothing: off
    secrets token;                               ///< any of them opens it; empty: no token asked for
    secrets view_token;                          ///< any of these lets one look, and no more
    http::networks trusted_proxies;              ///< of [server]: whose X-Forwarded-User is believed
    config::secret_sources secrets_from;
};

/// A whole configuration file as finished objects: nobody behind this sees TOML.
struct configuration {
    http::server_settings server;
    config::secret_sources server_secrets_from;
    std::chrono::milliseconds drain_timeout{20'000};
    admin_settings admin;
    inbox_engine inbox;
    config::secret_sources inbox_secrets_from;
    log_settings log;
    std::shared_ptr<shopbell::log> lines;  ///< opened by `services::open_log`
    shopbell::endpoints endpoints;
    std::vector<configured_sink> sinks;
    shopbell::routes routes;
    std::vector<std::string> secret_files;  ///< that secrets were read from (config::file::secret_files)
};

/// What the objects need of the program around them.
struct services {
    /// Opens the log as configured, or a silent one for a command that only looks.
    std::function<result<std::shared_ptr<log>>(const log_settings&)> open_log;
    /// What file sinks append to: the same from one configuration to the next.
    std::shared_ptr<shared_files> files = std::make_shared<shared_files>();
};

/// Reads the file with everything it names (secrets included). Whatever is wrong goes to `found`, all of it
/// in one go; with errors among it the configuration must not be used.
[[nodiscard]] configuration read_configuration(const std::string& path, config::problems& found,
                                               const services& around);

}  // namespace shopbell
