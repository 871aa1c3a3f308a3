#include "server_fixture.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/tls_client.hpp"

#include <shopbell/http/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <mutex>

// Connections that begin with a header of the PROXY protocol (server_settings::proxy_protocol).

namespace shopbell::http {
namespace {

using namespace std::string_literals;
using test::from_address;
using test::tls_client;

const std::string line = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n";
const std::string unknown = "PROXY UNKNOWN\r\n";
const std::string local = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s;
const std::string named = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x0a\0\0\x01\x12\x34\x01\xbb"s;
const std::string get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const std::string forged_get = "GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 198.51.100.9\r\n\r\n";

/// Trusts 127.0.0.1, and 10.0.0.0/8, which stands before it. Remembers what it refused.
class a_proxied_server : public a_server {
protected:
    class remembering final : public handler {
    public:
        [[nodiscard]] beginning begin(request_head head) const override {
            return inner_.begin(std::move(head));
        }
        [[nodiscard]] response refuse(const server_refusal& one) const override {
            const std::lock_guard lock(mutex_);
            all_.push_back({one.what, one.client ? one.client->to_string() : "none"});
            return response::refusal(one.status);
        }
        [[nodiscard]] std::vector<std::pair<mismatch, std::string>> all() const {
            const std::lock_guard lock(mutex_);
            return all_;
        }

    private:
        mirror inner_;
        mutable std::mutex mutex_;
        mutable std::vector<std::pair<mismatch, std::string>> all_;
    };

    a_proxied_server() {
        settings_.proxy_protocol = true;
        settings_.trusted_proxies = {*network::parse("127.0.0.1"), *network::parse("10.0.0.0/8")};
        settings_.listen.push_back(*listen_address::parse("unix:" + folder_.file("socket")));
    }

    std::uint16_t port() {
        if (!server_) {
            auto bound = server::bind(settings_, remembers_, lines_);
            EXPECT_TRUE(bound);
            server_ = std::move(*bound);
            server_->start();
        }
        return server_->addresses().front().port;
    }

    raw_client connect() { return raw_client(port()); }
    raw_client connect_by_unix() {
        (void)port();
        return raw_client(folder_.file("socket"));
    }
    raw_client connect_as_stranger() { return raw_client(port(), from_address{"127.0.0.2"}); }

    static void expect_client(raw_client client, const std::string& bytes, const std::string& address) {
        const auto answer = client.ask(bytes);
        EXPECT_EQ(answer.status, 200U);
        EXPECT_EQ(answer.field("Seen-Client"), address);
    }

    void expect_refused(const std::string& bytes, mismatch what, unsigned status = 400) {
        auto client = connect();
        EXPECT_EQ(client.ask(bytes).status, status);
        EXPECT_TRUE(client.closed_by_server());
        ASSERT_FALSE(remembers_.all().empty());
        EXPECT_EQ(remembers_.all().back(), std::pair(what, "127.0.0.1"s));
    }

    void speak_tls() {
        auto made = tls_identity::of(shown_.pem());
        EXPECT_TRUE(made->take_key(secret(shown_.key_pem())));
        settings_.tls = std::make_shared<const tls_identity>(*std::move(made));
    }

    test::temp_dir folder_;
    test::certificate shown_ = test::self_signed("DNS:localhost");
    remembering remembers_;
};

TEST_F(a_proxied_server, knows_the_client_by_the_header) {
    expect_client(connect(), line + get, "203.0.113.7");
    expect_client(connect(), named + get, "203.0.113.7");
    expect_client(connect(), "PROXY TCP6 2001:db8::7 ::1 1 2\r\n" + get, "2001:db8::7");
    expect_client(connect_by_unix(), line + get, "203.0.113.7");
}

TEST_F(a_proxied_server, knows_the_client_in_every_request_of_a_connection) {
    auto client = connect();
    EXPECT_EQ(client.ask(line + get).field("Seen-Client"), "203.0.113.7");
    EXPECT_EQ(client.ask(forged_get).field("Seen-Client"), "203.0.113.7");
}

TEST_F(a_proxied_server, takes_a_header_however_it_comes) {
    for (const auto& header : {line, named}) {
        auto client = connect_by_unix();
        for (const char& byte : header + get.substr(0, 3))
            client.send_to_be_read({&byte, 1});
        expect_client(std::move(client), get.substr(3), "203.0.113.7");
    }
}

TEST_F(a_proxied_server, takes_the_connections_address_where_the_proxy_names_none) {
    expect_client(connect(), unknown + get, "127.0.0.1");
    expect_client(connect(), local + get, "127.0.0.1");
    expect_client(connect_by_unix(), local + get, "none");
}

TEST_F(a_proxied_server, never_believes_a_header_that_a_client_has_written) {
    expect_client(connect(), line + forged_get, "203.0.113.7");
    expect_client(connect(), named + forged_get, "203.0.113.7");
    expect_client(connect(), unknown + forged_get, "127.0.0.1");
    expect_client(connect(), local + forged_get, "127.0.0.1");
    expect_client(connect_by_unix(), unknown + forged_get, "none");
    auto client = connect();
    const auto answer = client.ask(unknown + "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n");
    EXPECT_NE(answer.field("X-Request-Id"), "mine");
}

TEST_F(a_proxied_server, believes_a_trusted_proxy_that_stands_before_the_one_here) {
    expect_client(connect(), "PROXY TCP4 10.1.2.3 10.0.0.1 1 2\r\n" + forged_get, "198.51.100.9");
}

TEST_F(a_proxied_server, asks_nobody_else_for_a_header) {
    expect_client(connect_as_stranger(), forged_get, "127.0.0.2");
    auto stranger = connect_as_stranger();
    EXPECT_EQ(stranger.ask(line + get).status, 400U);
    EXPECT_EQ(remembers_.all().back(), std::pair(mismatch::unexpected_proxy_header, "127.0.0.2"s));
}

TEST_F(a_proxied_server, refuses_a_trusted_proxy_without_a_header) {
    expect_refused(forged_get, mismatch::no_proxy_header);
    expect_refused("\r\n" + get, mismatch::no_proxy_header);
    expect_refused("\x16\x03\x01\x02", mismatch::no_proxy_header);
}

TEST_F(a_proxied_server, refuses_a_header_that_cannot_be_read) {
    expect_refused("PROXY TCP4 a b 1 2\r\n" + get, mismatch::malformed_proxy_header);
    expect_refused("PROXY " + std::string(200, 'x'), mismatch::malformed_proxy_header);
    expect_refused("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"s, mismatch::malformed_proxy_header);
}

TEST_F(a_proxied_server, refuses_a_second_header) {
    auto client = connect();
    EXPECT_EQ(client.ask(line + "PROXY TCP4 198.51.100.9 10.0.0.1 1 2\r\n" + get).status, 400U);
    EXPECT_EQ(remembers_.all().back(), std::pair(mismatch::unexpected_proxy_header, "203.0.113.7"s));
}

TEST_F(a_proxied_server, tells_of_a_header_that_breaks_off) {
    auto client = connect();
    client.send(line.substr(0, 20));
    client.finish();
    EXPECT_EQ(client.receive().status, 400U);
    EXPECT_EQ(remembers_.all().back(), std::pair(mismatch::malformed_proxy_header, "127.0.0.1"s));
}

TEST_F(a_proxied_server, gives_a_header_the_time_of_a_header_section) {
    settings_.header_timeout = 150ms;
    for (const auto& begun : {line.substr(0, 20), named.substr(0, 14), named.substr(0, 20)})
        expect_refused(begun, mismatch::malformed_proxy_header, 408);
    auto dripped = connect();
    dripped.send("PROXY UNKNOWN ");
    while (!dripped.hears_within(5ms))
        dripped.send("x");
    EXPECT_EQ(dripped.receive().status, 408U);
    auto silent = connect();
    EXPECT_TRUE(silent.closed_by_server());
    auto behind = connect();
    behind.send(line);
    EXPECT_TRUE(behind.closed_by_server()) << "the same bound, not another one";
}

TEST_F(a_proxied_server, lets_a_health_check_connect_and_leave) {
    { const auto looks = connect(); }
    auto client = connect();
    client.finish();
    EXPECT_TRUE(client.closed_by_server());
    EXPECT_TRUE(remembers_.all().empty());
}

TEST_F(a_proxied_server, stops_beside_a_connection_that_says_nothing) {
    const auto silent = connect();
    auto half = connect_by_unix();
    half.send_to_be_read(line.substr(0, 5));
    const auto start = std::chrono::steady_clock::now();
    (void)server_->drain(2s);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(a_proxied_server, counts_connections_by_client) {
    settings_.max_connections_per_client = 1;
    auto first = connect();
    EXPECT_EQ(first.ask(line + get).status, 200U);
    EXPECT_EQ(connect().ask(line + get).status, 503U);
    EXPECT_EQ(connect().ask("PROXY TCP4 203.0.113.8 10.0.0.1 1 2\r\n" + get).status, 200U);
    EXPECT_EQ(connect().ask(unknown + get).status, 200U) << "a proxy has no bound";
    EXPECT_EQ(server_->connections().refused_client, 1U);
    first.reset();
    EXPECT_TRUE(test::eventually([&] { return connect().ask(line + get).status == 200; }));
}

TEST_F(a_proxied_server, takes_the_header_in_front_of_tls) {
    speak_tls();
    tls_client client(port(), {.before = line});
    EXPECT_EQ(client.problem(), "");
    EXPECT_EQ(client.ask(forged_get).field("Seen-Client"), "203.0.113.7");
    tls_client without(port());
    EXPECT_NE(without.problem(), "");
    EXPECT_TRUE(test::eventually([this] { return !remembers_.all().empty(); }));
    EXPECT_EQ(remembers_.all().back(), std::pair(mismatch::no_proxy_header, "127.0.0.1"s));
}

TEST_F(a_proxied_server, tells_who_is_too_many_behind_tls) {
    speak_tls();
    settings_.max_connections = 1;
    tls_client first(port(), {.before = line});
    EXPECT_EQ(first.ask(get).status, 200U);
    tls_client second(port(), {.before = line});
    EXPECT_EQ(second.receive().status, 503U);
}

TEST_F(a_proxied_server, is_reached_by_our_own_client) {
    for (const bool by_unix : {false, true}) {
        asio::io_context context(1);
        client_settings settings;
        settings.url = *url::parse("http://127.0.0.1:" + std::to_string(port()) + "/");
        if (by_unix)
            settings.unix_path = folder_.file("socket");
        settings.proxy_protocol = true;
        const auto ours = *client::create(std::move(settings));
        result<incoming_response> answer = failure{errc::io, "none"};
        asio::co_spawn(
            context, ours->send(outgoing_request("GET", {}, std::string())),
            [&](const std::exception_ptr&, result<incoming_response> got) { answer = std::move(got); });
        context.run();
        ASSERT_TRUE(answer) << answer.error().reason;
        EXPECT_EQ(answer->status, 200U);
    }
}

class a_server_without_the_protocol : public a_proxied_server {
protected:
    a_server_without_the_protocol() { settings_.proxy_protocol = false; }
};

TEST_F(a_server_without_the_protocol, names_what_came_in_the_place_of_a_request) {
    expect_refused(line + get, mismatch::unexpected_proxy_header);
    expect_refused(named + get, mismatch::unexpected_proxy_header);
    expect_refused(local + get, mismatch::unexpected_proxy_header);
    expect_refused("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, mismatch::tls_on_plain_port);
    expect_refused("nonsense\r\n\r\n", mismatch::none);
    expect_refused("GET / HTTP/1.1\r\nno colon\r\n\r\n", mismatch::none);
}

TEST_F(a_server_without_the_protocol, names_what_came_in_the_place_of_tls) {
    speak_tls();
    for (const auto& [bytes, what] : {std::pair(get, mismatch::plain_on_tls_port),
                                      std::pair(line + get, mismatch::unexpected_proxy_header),
                                      std::pair(named + get, mismatch::unexpected_proxy_header)}) {
        const auto before = remembers_.all().size();
        auto client = connect();
        client.send(bytes);
        EXPECT_TRUE(client.closed_by_server());
        EXPECT_TRUE(test::eventually([&] { return remembers_.all().size() > before; }));
        EXPECT_EQ(remembers_.all().back(), std::pair(what, "127.0.0.1"s));
    }
}

}  // namespace
}  // namespace shopbell::http
