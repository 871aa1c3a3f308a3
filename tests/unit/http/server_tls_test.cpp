#include "server_fixture.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/tls_client.hpp"

#include <fcntl.h>
#include <openssl/bio.h>
#include <sys/socket.h>

#include <thread>

// TLS as a server speaks it. Sections of RFC 8446 (TLS 1.3) where none other is named.

namespace shopbell::http {
namespace {

using test::tls_client;
using test::tls_wishes;

constexpr std::string_view last_get = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";

std::string post_of(std::size_t length) {
    return "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

std::shared_ptr<const tls_identity> identity_of(const test::certificate& one) {
    auto made = tls_identity::of(one.pem());
    EXPECT_TRUE(made->take_key(secret(one.key_pem())));
    return std::make_shared<const tls_identity>(*std::move(made));
}

class a_tls_server : public a_server {
protected:
    a_tls_server() { settings_.tls = identity_of(shown_); }

    [[nodiscard]] std::uint16_t port() {
        if (!server_)
            start();
        return server_->addresses().front().port;
    }

    [[nodiscard]] tls_client connect(const tls_wishes& wishes = {}) {
        tls_client one(port(), wishes);
        EXPECT_EQ(one.problem(), "");
        return one;
    }

    /// Why a client with these wishes gets no connection.
    [[nodiscard]] std::string refusal(const tls_wishes& wishes) {
        return tls_client(port(), wishes).problem();
    }

    /// The plain connection under a TLS that never comes about.
    [[nodiscard]] raw_client connect_plainly() { return raw_client(port()); }

    test::certificate shown_ = test::self_signed("DNS:localhost");
};

TEST_F(a_tls_server, speaks_tls_1_2_and_1_3) {
    auto older = connect({.highest = TLS1_2_VERSION});
    EXPECT_EQ(older.ask(get).status, 200U);
    EXPECT_EQ(older.version(), "TLSv1.2");
    auto newer = connect();
    EXPECT_EQ(newer.ask(get).status, 200U);
    EXPECT_EQ(newer.version(), "TLSv1.3");
}

TEST_F(a_tls_server, refuses_older_versions) {
    EXPECT_EQ(refusal({.highest = TLS1_1_VERSION}), "tlsv1 alert protocol version");
    EXPECT_EQ(refusal({.highest = TLS1_VERSION}), "tlsv1 alert protocol version");
}

TEST_F(a_tls_server, refuses_ciphers_without_forward_secrecy_or_authenticated_encryption) {
    for (const auto* const one :
         {"AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"})
        EXPECT_EQ(refusal({.highest = TLS1_2_VERSION, .ciphers = one}), "sslv3 alert handshake failure")
            << one;
}

TEST_F(a_tls_server, lets_the_client_choose_among_good_ciphers) {
    for (const std::string one :
         {"ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"})
        EXPECT_EQ(connect({.highest = TLS1_2_VERSION, .ciphers = one}).cipher(), one);
}

TEST_F(a_tls_server, chooses_http_1_where_it_is_among_the_clients_protocols) {
    EXPECT_EQ(connect({.protocols = {"h2", "http/1.1"}}).protocol(), "http/1.1");
    EXPECT_EQ(connect({.protocols = {"http/1.0"}}).protocol(), "http/1.0");
    EXPECT_EQ(connect().protocol(), "");
}

// RFC 7301, section 3.2
TEST_F(a_tls_server, refuses_a_client_that_names_other_protocols_only) {
    EXPECT_EQ(refusal({.protocols = {"h2"}}), "tlsv1 alert no application protocol");
    EXPECT_EQ(refusal({.protocols = {"h2", "acme-tls/1"}}), "tlsv1 alert no application protocol");
}

TEST_F(a_tls_server, does_not_care_which_name_it_is_asked_for) {
    EXPECT_EQ(connect({.name = "elsewhere.example"}).ask(get).status, 200U);
}

TEST_F(a_tls_server, resumes_sessions) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto first = connect({.highest = version});
        EXPECT_EQ(first.ask(get).status, 200U);
        EXPECT_FALSE(first.is_resumed());
        auto second = connect({.highest = version, .resume = first.session()});
        EXPECT_TRUE(second.is_resumed());
        EXPECT_EQ(second.ask(get).status, 200U);
    }
}

TEST_F(a_tls_server, refuses_renegotiation) {
    auto client = connect({.highest = TLS1_2_VERSION});
    EXPECT_EQ(client.ask(get).status, 200U);
    ::SSL_renegotiate(client.native_handle());
    EXPECT_NE(::SSL_do_handshake(client.native_handle()), 1);
}

TEST_F(a_tls_server, takes_requests_one_behind_the_other_and_all_at_once) {
    auto client = connect();
    EXPECT_EQ(client.ask(get).status, 200U);
    EXPECT_EQ(client.ask(get).status, 200U);
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += get;
    client.send(many);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(client.receive().status, 200U);
}

TEST_F(a_tls_server, takes_and_gives_bodies_larger_than_a_record) {
    settings_.max_body = 1 << 20;
    auto client = connect();
    const std::string body(300'000, 'x');
    EXPECT_EQ(client.ask(post_of(body.size()) + body).body, body);
    EXPECT_EQ(client.ask("GET /big HTTP/1.1\r\nHost: a\r\n\r\n").body.size(), 8U << 20);
}

TEST_F(a_tls_server, serves_clients_of_all_kinds_at_once_on_all_threads) {
    std::vector<std::thread> clients;
    const auto at = port();
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([at, i] {
            for (int n = 0; n < 25; ++n) {
                tls_client client(at, {.highest = (n + i) % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION});
                EXPECT_EQ(client.ask(get).status, 200U);
            }
        });
    }
    for (auto& one : clients)
        one.join();
}

TEST_F(a_tls_server, says_that_it_closes) {
    auto asked = connect();
    EXPECT_EQ(asked.ask(last_get).status, 200U);
    EXPECT_TRUE(asked.closed_by_server());
    EXPECT_TRUE(asked.was_told_of_the_end()) << "close_notify, section 6.1";

    auto refused = connect();
    EXPECT_EQ(refused.ask(post_of(5000)).status, 413U);
    EXPECT_TRUE(refused.closed_by_server());
    EXPECT_TRUE(refused.was_told_of_the_end());
}

TEST_F(a_tls_server, says_that_it_closes_a_connection_without_use) {
    settings_.idle_timeout = 50ms;
    auto client = connect();
    EXPECT_EQ(client.ask(get).status, 200U);
    EXPECT_TRUE(client.closed_by_server());
    EXPECT_TRUE(client.was_told_of_the_end());
}

/// From now on its kernel takes next to nothing of what the server sends.
void stop_taking(const tls_client& client) {
    const int least = 1;
    ASSERT_EQ(::setsockopt(::SSL_get_fd(client.native_handle()), SOL_SOCKET, SO_RCVBUF, &least, sizeof least),
              0);
}

TEST_F(a_tls_server, ends_a_client_that_does_not_read_its_answer) {
    settings_.body_timeout = 300ms;
    auto client = connect();
    stop_taking(client);
    client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.cut_off());
}

TEST_F(a_tls_server, ends_an_idle_client_that_left_the_rest_of_its_answer_with_the_kernel) {
    settings_.max_body = 1 << 20;
    settings_.body_timeout = 300ms;
    auto client = connect();
    stop_taking(client);
    const std::string body(50'000, 'x');
    client.send(post_of(body.size()) + body);
    EXPECT_TRUE(client.cut_off());
    EXPECT_EQ(handler_.begun, 1);
}

TEST_F(a_tls_server, answers_a_client_that_will_send_no_more) {
    auto client = connect();
    client.send(get);
    client.say_end();
    EXPECT_EQ(client.receive().status, 200U);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_tls_server, does_not_take_half_a_body_for_a_whole_one) {
    auto client = connect();
    client.send(post_of(10) + "half");
    client.say_end();
    EXPECT_TRUE(client.closed_by_server());
    auto cut = connect();
    cut.send(post_of(10) + "half");
    cut.finish();  // without close_notify
    EXPECT_TRUE(cut.closed_by_server());
    EXPECT_EQ(handler_.begun, 0);
}

TEST_F(a_tls_server, turns_away_who_is_too_many) {
    settings_.max_connections = 1;
    auto first = connect();
    EXPECT_EQ(first.ask(get).status, 200U);
    auto second = connect();
    const auto answer = second.receive();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.field("Retry-After"), "1");
}

TEST_F(a_tls_server, leaves_unix_sockets_plain) {
    const test::temp_dir folder;
    settings_.listen.push_back(*listen_address::parse("unix:" + folder.file("x.sock")));
    start();
    EXPECT_EQ(raw_client(folder.file("x.sock")).ask(get).status, 200U);
    EXPECT_EQ(connect().ask(get).status, 200U);
}

TEST_F(a_tls_server, speaks_tls_on_inherited_tcp_sockets) {
    file_descriptor passed(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::listen(passed.get(), SOMAXCONN), 0);  // at a port of the kernel's choice
    std::vector<file_descriptor> all;
    all.push_back(std::move(passed));
    server_ = *server::bind(settings_, handler_, lines_, std::move(all));
    server_->start();
    EXPECT_EQ(connect().ask(get).status, 200U);
}

TEST_F(a_tls_server, shows_another_certificate_to_who_comes_after_a_change) {
    auto before = connect();
    EXPECT_EQ(before.ask(get).status, 200U);
    const auto next = test::self_signed("DNS:localhost");
    server_->replace_tls(identity_of(next));
    auto after = connect({.resume = before.session()});
    EXPECT_FALSE(after.is_resumed());
    EXPECT_EQ(after.certificate(), next.pem());
    EXPECT_EQ(after.ask(get).status, 200U);
    EXPECT_EQ(before.certificate(), shown_.pem());
    EXPECT_EQ(before.ask(get).status, 200U) << "connections that are there stay";
    server_->replace_tls(nullptr);
    EXPECT_EQ(connect_plainly().ask(get).status, 200U);
    EXPECT_EQ(after.ask(get).status, 200U);
}

/// The first bytes of a client, taken from OpenSSL.
std::string client_hello() {
    const std::unique_ptr<SSL_CTX, test::freed_by<SSL_CTX_free>> context(SSL_CTX_new(TLS_client_method()));
    const std::unique_ptr<SSL, test::freed_by<SSL_free>> tls(SSL_new(context.get()));
    BIO* const sent = BIO_new(BIO_s_mem());
    SSL_set_bio(tls.get(), BIO_new(BIO_s_mem()), sent);
    SSL_connect(tls.get());
    std::string bytes(4096, '\0');
    bytes.resize(static_cast<std::size_t>(BIO_read(sent, bytes.data(), static_cast<int>(bytes.size()))));
    return bytes;
}

class a_handshake : public a_tls_server {
protected:
    void log_to_file() { lines_ = *log::open({log_level::debug, log_format::json, path_}); }

    /// All that was logged; the server has stopped.
    [[nodiscard]] std::string logged() {
        server_.reset();
        lines_.reset();
        return test::read_file(path_);
    }

    test::temp_dir folder_;
    std::string path_ = folder_.file("log");
};

TEST_F(a_handshake, has_to_begin_within_header_timeout) {
    settings_.header_timeout = 50ms;
    EXPECT_TRUE(connect_plainly().closed_by_server());
}

TEST_F(a_handshake, has_to_end_within_header_timeout) {
    settings_.header_timeout = 50ms;
    auto half = connect_plainly();
    half.send(client_hello().substr(0, 100));
    EXPECT_TRUE(half.closed_by_server());
    auto silent = connect_plainly();
    silent.send(client_hello());
    EXPECT_NE(silent.receive_all(), "");  // the server's part, and then the end
}

TEST_F(a_handshake, shares_its_time_with_the_first_header) {
    settings_.header_timeout = 300ms;
    auto client = connect();
    EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost:").status, 408U);
}

TEST_F(a_handshake, may_come_byte_by_byte) {
    auto slow = connect_plainly();
    for (const char byte : client_hello())
        slow.send(std::string_view(&byte, 1));
    EXPECT_TRUE(slow.hears_within(10s));
    slow.reset();
    EXPECT_EQ(connect().ask(get).status, 200U);
}

TEST_F(a_handshake, is_not_what_a_client_without_tls_does) {
    log_to_file();
    for (const std::string_view bytes :
         {get, std::string_view("\0\0\0\0\0\0\0\0\0\0", 10), std::string_view("SSH-2.0-OpenSSH_9.2\r\n"),
          std::string_view("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", 11)}) {
        auto client = connect_plainly();
        client.send(bytes);
        EXPECT_EQ(client.receive_all(), "");
    }
    EXPECT_EQ(connect().ask(get).status, 200U);
    const auto text = logged();
    EXPECT_NE(text.find(R"("message":"no TLS handshake","client":"127.0.0.1")"), text.npos) << text;
    EXPECT_NE(text.find(R"("reason":"what came is not TLS")"), text.npos) << text;
    EXPECT_NE(text.find(R"("reason":"plain HTTP came to a port that speaks TLS")"), text.npos) << text;
}

TEST_F(a_handshake, that_fails_is_logged_with_its_reason_and_no_more_often_than_a_refused_request) {
    log_to_file();
    settings_.refusals = {3, 1h, 1h};
    for (int i = 0; i < 10; ++i)
        EXPECT_NE(refusal({.highest = TLS1_1_VERSION}), "");
    const auto text = logged();
    std::size_t lines = 0;
    for (auto at = text.find("unsupported protocol"); at != text.npos;
         at = text.find("unsupported protocol", at + 1))
        ++lines;
    EXPECT_EQ(lines, 3U) << text;
    EXPECT_NE(text.find(R"("suppressed":7)"), text.npos) << text;
}

TEST_F(a_handshake, that_never_began_is_not_worth_a_line) {
    log_to_file();
    for (int i = 0; i < 10; ++i)
        connect_plainly().reset();
    connect_plainly().finish();
    EXPECT_EQ(connect().ask(get).status, 200U);
    const auto text = logged();
    EXPECT_EQ(text.find("no TLS handshake"), text.npos) << text;
}

/// OpenSSL would set aside 128 KiB for it.
TEST_F(a_handshake, with_a_hello_of_implausible_size_is_refused_at_its_first_bytes) {
    auto client = connect_plainly();
    client.send(std::string_view("\x16\x03\x01\x40\x00\x01\x02\x00\x00", 9));
    EXPECT_EQ(client.receive_all(), "");
    auto in_pieces = connect_plainly();
    in_pieces.send(std::string_view("\x16\x03\x01\x00\x01\x01\x16\x03\x01\x00\x03\x01\xff\xff", 14));
    EXPECT_EQ(in_pieces.receive_all(), "");
}

TEST_F(a_handshake, under_way_does_not_hold_up_a_stop) {
    auto silent = connect_plainly();
    auto half = connect_plainly();
    half.send(client_hello().substr(0, 100));
    auto idle = connect();
    EXPECT_EQ(idle.ask(get).status, 200U);
    EXPECT_EQ(server_->drain(10s), 0U);
    EXPECT_TRUE(silent.closed_by_server());
    EXPECT_TRUE(half.closed_by_server());
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(idle.was_told_of_the_end());
}

TEST_F(a_handshake, that_ends_while_the_server_stops_is_served) {
    start();
    const auto at = port();
    auto busy = connect();
    busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(test::eventually([&] { return handler_.begun == 1; }));
    std::vector<std::thread> clients;
    for (int i = 0; i < 8; ++i)
        clients.emplace_back([at] {
            try {
                tls_client late(at);
                late.send(get);
                const auto answer = late.problem().empty() ? late.receive() : test::raw_answer();
                EXPECT_TRUE(answer.status == 200 || answer.status == 0);
            } catch (const std::system_error&) {
            }  // too late
        });
    EXPECT_EQ(server_->drain(10s), 0U);
    EXPECT_EQ(busy.receive().status, 200U);
    for (auto& one : clients)
        one.join();
}

}  // namespace
}  // namespace shopbell::http
