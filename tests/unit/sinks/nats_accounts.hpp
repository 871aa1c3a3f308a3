#pragma once

#include <string>

namespace shopbell::test {

/// What `nsc` makes for an owner of NATS: an operator, an account with JetStream, and a user in it.
struct nats_accounts {
    std::string server_configuration;  ///< lines for nats-server
    std::string credentials;           ///< the user's file
    std::string foreign_credentials;   ///< of a user whom another operator vouches for
};

[[nodiscard]] nats_accounts make_nats_accounts();

}  // namespace shopbell::test
