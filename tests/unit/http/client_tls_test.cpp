#include "support/eventually.hpp"
#include "support/localhost.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"
#include "tls_peer.hpp"

#include <shopbell/http/client.hpp>
#include <shopbell/http/tls_identity.hpp>

#include <gtest/gtest.h>
#include <openssl/rsa.h>

namespace shopbell::http {
namespace {

using namespace std::chrono_literals;

class a_tls_client : public testing::Test {
protected:
    void SetUp() override { SKIP_WITHOUT_LOCALHOST(); }

    /// What a client that trusts the test authority gets from `peer`, called by that host's name.
    result<incoming_response> ask(const test::tls_peer& peer, const std::string& host = "localhost") {
        test::write_file(ca_file_, authority_.pem());
        settings_.url = *url::parse("https://" + host + ":" + std::to_string(peer.port()) + "/");
        settings_.ca_file = ca_file_;
        settings_.timeout = 20s;
        client_ = *client::create(settings_);
        return again();
    }
    result<incoming_response> again() {
        return test::run(context_, client_->send(outgoing_request("POST", {}, "{}")));
    }

    test::temp_dir folder_;
    std::string ca_file_ = folder_.file("ca.pem");
    test::authority authority_;
    client_settings settings_;
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

TEST_F(a_tls_client, uses_no_connection_again_on_which_more_has_come_than_was_asked_for) {
    test::tls_peer peer(authority_.certificate_for("DNS:localhost"));
    peer.answer_twice();
    EXPECT_TRUE(ask(peer));
    EXPECT_TRUE(test::eventually([&] { return peer.answered() == 1; }));
    EXPECT_TRUE(again());
    EXPECT_EQ(peer.connections(), 2);
}

TEST_F(a_tls_client, talks_to_an_address_that_is_in_the_certificate) {
    const test::tls_peer peer(authority_.certificate_for("IP:127.0.0.1"));
    const auto heard = ask(peer, "127.0.0.1");
    EXPECT_TRUE(heard) << heard.error().reason;
}

TEST_F(a_tls_client, knows_a_server_by_its_certificate_alone) {
    auto shown = test::self_signed("DNS:elsewhere.example");
    settings_.fingerprint = tls_identity::of(shown.pem())->fingerprint();
    const test::tls_peer peer(std::move(shown));
    const auto heard = ask(peer, "127.0.0.1");
    EXPECT_TRUE(heard) << heard.error().reason;

    const test::tls_peer other(authority_.certificate_for("DNS:localhost"));
    const auto refused = ask(other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "TLS handshake with localhost:" + std::to_string(other.port()) +
                                          ": it shows another certificate");
    EXPECT_EQ(other.requests(), 0);
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
    EXPECT_EQ(heard.error().code, errc::untrusted);
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
    EXPECT_EQ(heard.error().code, errc::no_handshake);
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

/// A client that has a certificate of its own, and the files that it is in.
class a_certified_client : public a_tls_client {
protected:
    a_certified_client() {
        settings_.url = *url::parse("https://localhost/");
        settings_.client_certificate = folder_.file("own.pem");
        settings_.client_key = folder_.file("own.key");
        test::write_file(settings_.client_certificate, own_.pem());
        test::write_file(settings_.client_key, own_.key_pem());
    }
    std::string reason_for_refusal() {
        const auto made = client::create(settings_);
        if (made)
            return "none";
        EXPECT_EQ(made.error().code, errc::io);
        return made.error().reason;
    }

    test::authority its_authority_{"Authority of clients"};
    test::certificate own_ = its_authority_.certificate_for("DNS:shop.example");
};

TEST_F(a_certified_client, is_let_in_by_its_certificate) {
    const test::tls_peer peer(authority_.certificate_for("DNS:localhost"), TLS1_3_VERSION, &its_authority_);
    const auto heard = ask(peer);
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(peer.requests(), 1);
}

TEST_F(a_certified_client, is_not_let_in_without_it) {
    const test::tls_peer peer(authority_.certificate_for("DNS:localhost"), TLS1_3_VERSION, &its_authority_);
    settings_.client_certificate.clear();
    settings_.client_key.clear();
    const auto heard = ask(peer);
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unavailable);
    EXPECT_EQ(peer.requests(), 0);
}

TEST_F(a_certified_client, is_not_made_without_its_certificate) {
    settings_.client_certificate = folder_.file("missing.pem");
    EXPECT_EQ(reason_for_refusal(),
              "read the client certificate " + folder_.file("missing.pem") + ": No such file or directory");
}

TEST_F(a_certified_client, is_not_made_without_its_key) {
    settings_.client_key = folder_.file("missing.key");
    EXPECT_EQ(reason_for_refusal(), "read the key of the client certificate " + folder_.file("missing.key") +
                                        ": No such file or directory");
}

TEST_F(a_certified_client, is_not_made_with_the_key_of_another) {
    test::write_file(settings_.client_key, its_authority_.certificate_for("DNS:shop.example").key_pem());
    EXPECT_EQ(reason_for_refusal(), "the key " + settings_.client_key +
                                        " does not belong to the certificate " +
                                        settings_.client_certificate);
}

TEST_F(a_certified_client, is_not_made_with_a_key_of_another_kind) {
    own_.key = test::key_ptr(EVP_RSA_gen(2048));
    test::write_file(settings_.client_key, own_.key_pem());
    EXPECT_EQ(reason_for_refusal(), "the key " + settings_.client_key +
                                        " does not belong to the certificate " +
                                        settings_.client_certificate);
}

TEST_F(a_certified_client, does_not_ask_for_the_password_of_its_key) {
    test::write_file(settings_.client_key, own_.key_pem("hunter2"));
    const std::string reason = reason_for_refusal();
    EXPECT_TRUE(reason.starts_with("read the key of the client certificate " + settings_.client_key + ": "))
        << reason;
}

TEST_F(a_certified_client, is_not_made_with_something_else_for_a_certificate) {
    test::write_file(settings_.client_certificate, "hunter2");
    const std::string reason = reason_for_refusal();
    EXPECT_TRUE(reason.starts_with("read the client certificate " + settings_.client_certificate + ": "))
        << reason;
    EXPECT_EQ(reason.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace shopbell::http
