#pragma once

#include "nats_subject.hpp"
#include "redactor.hpp"

#include <shopbell/crypto/secret.hpp>
#include <shopbell/sinks/registry.hpp>

#include <memory>
#include <string>
#include <vector>

namespace shopbell {

/// A checked configuration.
struct nats_settings {
    std::vector<std::string> servers;  ///< URLs without user or password
    nats_subject subject;
    std::string stream = {};            ///< empty: whichever takes the subject
    std::string credentials_file = {};  ///< a JWT and its key; empty: none
    std::string user = {};
    secret password{std::string()};
    bool tls = false;
    std::string ca_file = {};  ///< of `tls`
    std::string client_certificate = {}, client_key = {};
    redactor known_secrets = {};
};

[[nodiscard]] std::unique_ptr<sink> make_nats(nats_settings settings, const sink_context& context);

}  // namespace shopbell
