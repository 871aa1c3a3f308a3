#include "raw_peer.hpp"
#include "support/http_peer.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"
#include "tls_peer.hpp"

#include <shopbell/http/client.hpp>

#include <gtest/gtest.h>
#include <poll.h>

namespace shopbell::http {
namespace {

using namespace std::chrono_literals;
using test::http_peer;
using test::raw_peer;
using test::read_request;
using test::say;

/// Moves what is there; false at the end of the stream.
bool pass_on(int from, int to) {
    std::array<char, 16384> bytes{};
    const auto size = ::recv(from, bytes.data(), bytes.size(), 0);
    return size > 0 && say(to, {bytes.data(), static_cast<std::size_t>(size)});
}

/// What a proxy does behind CONNECT, for as long as both sides stay.
void tunnel(int client, std::uint16_t port) {
    const file_descriptor server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port);
    const void* address = &name;
    if (::connect(server.get(), static_cast<const ::sockaddr*>(address), sizeof name) != 0)
        return;
    say(client, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
    for (;;) {
        std::array<::pollfd, 2> both{::pollfd{client, POLLIN, 0}, ::pollfd{server.get(), POLLIN, 0}};
        ::poll(both.data(), both.size(), -1);
        if ((both[0].revents != 0 && !pass_on(client, server.get())) ||
            (both[1].revents != 0 && !pass_on(server.get(), client)))
            return;
    }
}

class a_client_behind_a_proxy : public testing::Test {
protected:
    void use(std::uint16_t proxy_port, const std::string& target) {
        settings_.url = *url::parse(target);
        settings_.proxy = *url::parse("http://127.0.0.1:" + std::to_string(proxy_port));
        proxy_name_ = "the proxy 127.0.0.1:" + std::to_string(proxy_port);
    }
    result<incoming_response> send() {
        if (!client_)
            client_ = *client::create(settings_);
        return test::run(context_, client_->send(outgoing_request("POST", {{"X-Shop", "main"}}, "{}")));
    }

    test::temp_dir folder_;
    client_settings settings_;
    std::string proxy_name_;
    boost::asio::io_context context_;
    std::unique_ptr<client> client_;
};

TEST_F(a_client_behind_a_proxy, asks_it_for_the_whole_url) {
    const http_peer proxy;
    settings_.proxy_authorization = secret("Basic cHJveHk=");
    use(proxy.port(), "http://no-such-host.invalid:8080/hooks?a=b");
    const auto heard = send();
    ASSERT_TRUE(heard) << heard.error().reason;
    const auto seen = proxy.requests().at(0);
    EXPECT_EQ(seen.target, "http://no-such-host.invalid:8080/hooks?a=b");
    EXPECT_EQ(value_of(seen.fields, "Host"), "no-such-host.invalid:8080");
    EXPECT_EQ(value_of(seen.fields, "Proxy-Authorization"), "Basic cHJveHk=");
    EXPECT_EQ(seen.body, "{}");
}

TEST_F(a_client_behind_a_proxy, keeps_its_connection_to_it) {
    const http_peer proxy;
    use(proxy.port(), "http://no-such-host.invalid/");
    EXPECT_TRUE(send());
    EXPECT_TRUE(send());
    EXPECT_EQ(proxy.requests().at(1).connection, 0U);
}

TEST_F(a_client_behind_a_proxy, may_try_again_where_it_wants_other_credentials) {
    const http_peer proxy({{407, {}, "no"}});
    use(proxy.port(), "http://no-such-host.invalid/");
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::no_proxy);
    EXPECT_EQ(heard.error().reason, proxy_name_ + " answered 407");
}

TEST_F(a_client_behind_a_proxy, says_that_it_is_the_proxy_who_is_away) {
    std::uint16_t port = 0;
    {
        const http_peer gone;
        port = gone.port();
    }
    use(port, "https://no-such-host.invalid/");
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().reason, "connect to " + proxy_name_ + ": Connection refused");
}

TEST_F(a_client_behind_a_proxy, speaks_tls_with_the_server_through_it) {
    const test::authority authority;
    const test::tls_peer server(authority.certificate_for("DNS:shop.invalid"));
    std::string connect;
    settings_.ca_file = folder_.file("ca.pem");
    settings_.proxy_authorization = secret("Basic cHJveHk=");
    test::write_file(settings_.ca_file, authority.pem());
    {
        const raw_peer proxy([&](int socket) {
            connect = read_request(socket);
            tunnel(socket, server.port());
        });
        use(proxy.port(), "https://shop.invalid:8443/hooks");
        for (int i = 0; i < 2; ++i) {
            const auto heard = send();
            ASSERT_TRUE(heard) << heard.error().reason;
            EXPECT_EQ(heard->status, 200U);
        }
        EXPECT_EQ(proxy.connections(), 1);
        client_.reset();
    }
    EXPECT_EQ(connect,
              "CONNECT shop.invalid:8443 HTTP/1.1\r\nHost: shop.invalid:8443\r\n"
              "User-Agent: shopbell/" SHOPBELL_VERSION "\r\nProxy-Authorization: Basic cHJveHk=\r\n\r\n");
    EXPECT_EQ(server.name_asked_for(), "shop.invalid");
    const std::string request = server.last_request();
    EXPECT_TRUE(request.starts_with("POST /hooks HTTP/1.1\r\n")) << request;
    EXPECT_NE(request.find("X-Shop: main\r\n"), std::string::npos) << request;
    EXPECT_EQ(request.find("Proxy-Authorization"), std::string::npos) << request;
}

TEST_F(a_client_behind_a_proxy, trusts_the_server_and_not_the_proxy) {
    const test::tls_peer server(test::self_signed("DNS:shop.invalid"));
    const raw_peer proxy([&](int socket) {
        read_request(socket);
        tunnel(socket, server.port());
    });
    use(proxy.port(), "https://shop.invalid/");
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().reason,
              "TLS handshake with shop.invalid:443: certificate verify failed: self-signed certificate");
    EXPECT_EQ(server.requests(), 0);
    client_.reset();
}

struct refusal_row {
    const char* name;
    std::string_view answer;
    errc code;
    std::string_view reason;  ///< behind the proxy's name
};

class a_refused_tunnel : public a_client_behind_a_proxy, public testing::WithParamInterface<refusal_row> {};

TEST_P(a_refused_tunnel, is_told) {
    const raw_peer proxy([](int socket) {
        read_request(socket);
        say(socket, GetParam().answer);
    });
    use(proxy.port(), "https://shop.invalid/");
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, GetParam().code);
    EXPECT_NE(heard.error().reason.find(proxy_name_ + std::string(GetParam().reason)), std::string::npos)
        << heard.error().reason;
    client_.reset();
}

INSTANTIATE_TEST_SUITE_P(
    answers, a_refused_tunnel,
    testing::Values(
        refusal_row{"wants_credentials",
                    "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\nContent-Length: 3\r\n\r\nno!",
                    errc::no_proxy, " answered 407"},
        refusal_row{"forbids", "HTTP/1.1 403 No\r\n\r\n", errc::no_proxy, " answered 403"},
        refusal_row{"cannot_reach_it", "HTTP/1.1 502 No\r\n\r\n", errc::no_proxy, " answered 502"},
        refusal_row{"redirects", "HTTP/1.1 302 No\r\nLocation: /\r\n\r\n", errc::no_proxy, " answered 302"},
        refusal_row{"hangs_up", "", errc::no_proxy, ": connection closed"},
        refusal_row{"is_no_proxy", "SSH-2.0-OpenSSH_9.2\r\n\r\n", errc::no_proxy, " is not HTTP"},
        refusal_row{"speaks_for_the_server", "HTTP/1.1 200 Yes\r\n\r\n\x16\x03\x01", errc::no_proxy,
                    " speaks before the server it leads to was asked"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell::http
