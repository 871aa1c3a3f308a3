#include "support/http_peer.hpp"
#include "support/localhost.hpp"
#include "support/reserved_port.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"
#include "tls_peer.hpp"

#include <shopbell/http/client.hpp>

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using namespace std::chrono_literals;

class trying_a_connection : public testing::Test {
protected:
    trying_a_connection() {
        settings_.timeout = 20s;
        test::write_file(folder_.file("ca.pem"), authority_.pem());
    }

    void SetUp() override { SKIP_WITHOUT_LOCALHOST(); }

    result<connection_facts> attempt(const std::string& text) {
        settings_.url = *url::parse(text);
        if (settings_.url.tls)
            settings_.ca_file = folder_.file("ca.pem");
        const auto made = client::create(settings_);
        if (!made)
            return made.error();
        return test::run(context_, (*made)->try_connection());
    }

    void show_certificate() {
        const auto mine = authority_.certificate_for("DNS:client");
        test::write_file(settings_.client_certificate = folder_.file("client.pem"), mine.pem());
        test::write_file(settings_.client_key = folder_.file("client.key"), mine.key_pem());
    }

    static std::string address_of(const test::tls_peer& peer) {
        return "https://localhost:" + std::to_string(peer.port()) + "/";
    }

    test::temp_dir folder_;
    test::authority authority_;
    client_settings settings_;
    boost::asio::io_context context_{1};
};

TEST_F(trying_a_connection, sends_no_request) {
    const test::http_peer peer;
    const auto seen = attempt(peer.url("/hooks?token=s3cret"));
    ASSERT_TRUE(seen) << seen.error().reason;
    EXPECT_EQ(seen->peer, "127.0.0.1:" + std::to_string(peer.port()));
    EXPECT_FALSE(seen->certificate_ends);
    EXPECT_TRUE(peer.requests().empty());
}

TEST_F(trying_a_connection, says_where_nobody_listens) {
    const test::reserved_port nobody;
    const auto refused = attempt("http://127.0.0.1:" + std::to_string(nobody.number()) + "/");
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().reason.starts_with("connect to 127.0.0.1:")) << refused.error().reason;
}

TEST_F(trying_a_connection, sees_until_when_the_certificate_is_good) {
    const test::tls_peer peer(authority_.certificate_for("DNS:localhost"));
    const auto seen = attempt(address_of(peer));
    ASSERT_TRUE(seen) << seen.error().reason;
    EXPECT_EQ(seen->peer, "localhost:" + std::to_string(peer.port()));
    ASSERT_TRUE(seen->certificate_ends);
    EXPECT_GT(*seen->certificate_ends, now());
    EXPECT_EQ(peer.requests(), 0);
}

TEST_F(trying_a_connection, fails_with_a_certificate_that_is_over) {
    const test::tls_peer peer(authority_.expired_certificate_for("DNS:localhost"));
    const auto refused = attempt(address_of(peer));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().reason.find("certificate has expired"), std::string::npos)
        << refused.error().reason;
}

TEST_F(trying_a_connection, shows_the_client_s_certificate) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const test::tls_peer peer(authority_.certificate_for("DNS:localhost"), version, &authority_);
        settings_.client_certificate.clear();
        settings_.client_key.clear();
        const auto refused = attempt(address_of(peer));
        ASSERT_FALSE(refused) << version;
        EXPECT_TRUE(refused.error().reason.starts_with("TLS handshake with localhost:"))
            << refused.error().reason;
        show_certificate();
        const auto seen = attempt(address_of(peer));
        EXPECT_TRUE(seen) << version << ": " << seen.error().reason;
    }
}

TEST_F(trying_a_connection, ends_at_the_proxy_for_plain_http) {
    const test::http_peer peer;
    settings_.proxy = *url::parse(peer.url());
    const auto seen = attempt("http://shop.example/");
    ASSERT_TRUE(seen) << seen.error().reason;
    EXPECT_EQ(seen->peer, "the proxy 127.0.0.1:" + std::to_string(peer.port()));
    EXPECT_TRUE(peer.requests().empty());
}

TEST_F(trying_a_connection, goes_through_the_proxy_for_https) {
    const test::answer no_way{.status = 403};
    const test::http_peer peer({no_way});
    settings_.proxy = *url::parse(peer.url());
    const auto refused = attempt("https://shop.example/");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().reason.find("the proxy 127.0.0.1"), std::string::npos)
        << refused.error().reason;
    EXPECT_EQ(peer.requests().at(0).method, "CONNECT");
}

}  // namespace
}  // namespace shopbell::http
