#pragma once

#include "support/process.hpp"
#include "support/reserved_port.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// A real nats-server with JetStream (Debian's package), on a loopback port and in a folder of its own. It
/// ends with the test.
class nats_server {
public:
    struct options {
        std::string more = {};  ///< lines of its configuration
        std::string user = {};  ///< who may connect; empty: anybody
        std::string password = {};
        std::string credentials = {};  ///< a file's content, for the test's own connections
        bool tls = false;              ///< with a certificate for localhost and 127.0.0.1
        bool asks_client = false;      ///< for a certificate of the same authority
    };

    [[nodiscard]] static bool is_installed();

    nats_server() : nats_server(options()) {}
    explicit nats_server(options how);

    [[nodiscard]] std::string url() const;  ///< "nats://127.0.0.1:PORT", or with "tls"
    [[nodiscard]] std::string ca_file() const { return folder_.file("ca.pem"); }
    [[nodiscard]] std::string credentials_file() const { return folder_.file("own.creds"); }
    [[nodiscard]] std::string client_certificate() const { return folder_.file("client.pem"); }
    [[nodiscard]] std::string client_key() const { return folder_.file("client.key"); }

    void kill();          ///< kill -9
    void start();         ///< with what it stored before
    void freeze() const;  ///< it stands still when this returns
    void thaw() const;

    struct stream {
        std::string name;
        std::vector<std::string> subjects;
        std::int64_t most_messages = -1;  ///< beyond that it takes no new ones
        std::int32_t most_message_bytes = -1;
    };
    void create(const stream& what) const;
    void remove(const std::string& stream) const;

    struct message {
        std::string subject;
        std::string id;  ///< Nats-Msg-Id
        std::string body;
    };
    /// Waits until the stream holds that many, then reads them; fails the test after 20 seconds.
    [[nodiscard]] std::vector<message> wait_for(const std::string& stream, std::size_t count) const;
    [[nodiscard]] std::size_t count(const std::string& stream) const;

private:
    void make_certificates() const;

    const options options_;
    temp_dir folder_;
    reserved_port port_;
    std::optional<process> process_;
};

}  // namespace shopbell::test
