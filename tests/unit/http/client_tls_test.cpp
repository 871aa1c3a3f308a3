#include "support/run.hpp"
#include "support/temp_dir.hpp"
#include "tls_peer.hpp"

#include <shopbell/http/client.hpp>

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using namespace std::chrono_literals;

class a_tls_client : public testing::Test {
protected:
    /// What a client that trusts the test authority gets from `peer`, called by that host's name.
    result<incoming_response> ask(const test::tls_peer& peer, const std::string& host = "localhost") {
        test::write_file(ca_file_, authority_.pem());
        client_settings settings;
        settings.url = *url::parse("https://" + host + ":" + std::to_string(peer.port()) + "/");
        settings.ca_file = ca_file_;
        settings.timeout = 20s;
        client_ = *client::create(std::move(settings));
        return again();
    }
    result<incoming_response> again() {
        return test::run(context_, client_->send(outgoing_request("POST", {}, "{}")));
    }

    test::temp_dir folder_;
    std::string ca_file_ = folder_.file("ca.pem");
    test::authority authority_;
    boost::asio::io_context context_;
    std::unique_ptr<client> client_;
};

TEST_F(a_tls_client, talks_to_a_server_that_proves_its_name) {
    const test::tls_peer peer(authority_.certificate_for("DNS:localhost"));
    const auto heard = ask(peer);
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->status, 200U);
    EXPECT_EQ(peer.name_asked_for(), "localhost");
}

TEST_F(a_tls_client, keeps_its_connection) {
    const test::tls_peer peer(authority_.certificate_for("DNS:localhost"));
    EXPECT_TRUE(ask(peer));
    EXPECT_TRUE(again());
    EXPECT_EQ(peer.connections(), 1);
}

TEST_F(a_tls_client, talks_to_an_address_that_is_in_the_certificate) {
    const test::tls_peer peer(authority_.certificate_for("IP:127.0.0.1"));
    const auto heard = ask(peer, "127.0.0.1");
    EXPECT_TRUE(heard) << heard.error().reason;
}

struct wrong_row {
    const char* name;
    const char* host;
    test::certificate (*make)(const test::authority&);
    const char* reason;
};

class a_wrong_server : public a_tls_client, public testing::WithParamInterface<wrong_row> {};

TEST_P(a_wrong_server, gets_no_request) {
    const test::tls_peer peer(GetParam().make(authority_));
    const auto heard = ask(peer, GetParam().host);
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unavailable);
    const std::string name = std::string(GetParam().host) + ":" + std::to_string(peer.port());
    EXPECT_EQ(heard.error().reason,
              "TLS handshake with " + name + ": certificate verify failed: " + GetParam().reason);
    EXPECT_EQ(peer.requests(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    certificates, a_wrong_server,
    testing::Values(
        wrong_row{"for_another_name", "localhost",
                  [](const test::authority& ca) { return ca.certificate_for("DNS:other.example"); },
                  "hostname mismatch"},
        wrong_row{"for_another_address", "127.0.0.1",
                  [](const test::authority& ca) { return ca.certificate_for("IP:127.0.0.2"); },
                  "IP address mismatch"},
        wrong_row{"signed_by_itself", "localhost",
                  [](const test::authority&) { return test::self_signed("DNS:localhost"); },
                  "self-signed certificate"},
        wrong_row{"of_an_unknown_authority", "localhost",
                  [](const test::authority&) {
                      return test::authority("Another").certificate_for("DNS:localhost");
                  },
                  "unable to get local issuer certificate"},
        wrong_row{"expired", "localhost",
                  [](const test::authority& ca) { return ca.expired_certificate_for("DNS:localhost"); },
                  "certificate has expired"}),
    [](const auto& row) { return row.param.name; });

TEST_F(a_tls_client, refuses_tls_1_1) {
    const test::tls_peer peer(authority_.certificate_for("DNS:localhost"), TLS1_1_VERSION);
    const auto heard = ask(peer);
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unavailable);
    EXPECT_EQ(peer.requests(), 0);
}

TEST_F(a_tls_client, is_not_made_with_an_authority_that_cannot_be_read) {
    client_settings settings;
    settings.url = *url::parse("https://localhost/");
    settings.ca_file = folder_.file("missing.pem");
    const auto made = client::create(std::move(settings));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, errc::io);
    EXPECT_NE(made.error().reason.find("missing.pem"), std::string::npos);
}

}  // namespace
}  // namespace shopbell::http
