#include "server_fixture.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/tls_client.hpp"

#include <memory>

// A client that is refused before its body was read sees why, however much of it is still on its way.

namespace shopbell::http {
namespace {

using test::tls_client;

constexpr std::size_t much = 8 << 20;  // far beyond what the kernels on both sides keep
const std::string post = "POST / HTTP/1.1\r\nHost: a.example\r\n";

std::string with_length(const std::string& head, std::size_t size) {
    return head + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

std::shared_ptr<const tls_identity> identity_of(const test::certificate& one) {
    auto made = tls_identity::of(one.pem());
    EXPECT_TRUE(made->take_key(secret(one.key_pem())));
    return std::make_shared<const tls_identity>(*std::move(made));
}

struct early_row {
    const char* name;
    std::string head;
    unsigned status;
};

class an_early_refusal : public a_server, public testing::WithParamInterface<early_row> {
protected:
    an_early_refusal() { settings_.max_body = 4 * much; }

    void expect_seen(raw_client& client) {
        client.send(GetParam().head);
        client.send(std::string(much, 'x'));
        EXPECT_EQ(client.receive().status, GetParam().status);
        EXPECT_TRUE(client.closed_by_server());
    }
};

TEST_P(an_early_refusal, is_seen_by_a_client_that_sends_all_of_its_body_first) {
    auto client = connect();
    expect_seen(client);
}

TEST_P(an_early_refusal, is_seen_over_tls) {
    const auto shown = test::self_signed("DNS:localhost");
    settings_.tls = identity_of(shown);
    start();
    tls_client client(server_->addresses().front().port);
    expect_seen(client);
}

INSTANTIATE_TEST_SUITE_P(
    kinds, an_early_refusal,
    testing::Values(
        early_row{"not_found", with_length("POST /screened HTTP/1.1\r\nHost: a\r\n", much), 404},
        early_row{"too_large", with_length(post, 5 * much), 413},
        early_row{"too_large_in_chunks", post + "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n", 413},
        early_row{"malformed", post + "no colon\r\n\r\n", 400},
        early_row{"with_a_control_byte", post + "X: \x01\r\n\r\n", 400},
        early_row{"without_a_length", post + "\r\n", 411},
        early_row{"too_long_a_line", "POST /" + std::string(5000, 'x'), 414},
        early_row{"too_large_a_header", post + "X: " + std::string(5000, 'x'), 431},
        early_row{"an_expectation", post + "Expect: x\r\nContent-Length: 9\r\n\r\n", 417},
        early_row{"a_transfer_coding", post + "Transfer-Encoding: gzip\r\n\r\n", 501},
        early_row{"a_version", "POST / HTTP/2.0\r\n\r\n", 505},
        early_row{"by_a_bug", with_length("POST /begin-throws HTTP/1.1\r\nHost: a\r\n", much), 500}),
    [](const auto& row) { return std::string(row.param.name); });

class a_refused_connection : public a_server {};

TEST_F(a_refused_connection, beyond_the_limit_sees_why) {
    settings_.max_connections = 1;
    auto served = connect();
    EXPECT_EQ(served.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
    auto other = connect();
    other.send(with_length(post, much));
    other.send(std::string(much, 'x'));
    EXPECT_EQ(other.receive().status, 503U);
}

TEST_F(a_refused_connection, beyond_what_long_bodies_may_take_sees_why) {
    settings_.max_body = settings_.body_budget = much;
    settings_.threads = 1;
    const test::temp_dir place;
    settings_.listen = {*listen_address::parse("unix:" + place.file("socket"))};
    start();
    raw_client first(place.file("socket"));
    first.send_to_be_read(with_length(post, much) + std::string(much - 1, 'x'));
    raw_client other(place.file("socket"));
    other.send(with_length(post, much));
    other.send(std::string(much, 'x'));
    EXPECT_EQ(other.receive().status, 503U);
}

class lingering_server : public a_server {
protected:
    raw_client refused() {
        auto client = connect();
        EXPECT_EQ(client.ask(with_length(post, 1001)).status, 413U);
        return client;
    }
};

TEST_F(lingering_server, ends_a_client_that_drips) {
    settings_.body_timeout = 300ms;
    auto client = refused();
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (server_->connections().open > 0) {
        ASSERT_LT(std::chrono::steady_clock::now(), end);
        client.send("x");
    }
}

TEST_F(lingering_server, ends_a_client_that_says_nothing_more) {
    settings_.body_timeout = 50ms;
    const auto client = refused();
    EXPECT_TRUE(test::eventually([this] { return server_->connections().open == 0; }));
}

TEST_F(lingering_server, is_not_kept_from_stopping) {
    settings_.body_timeout = 1h;
    auto client = refused();
    EXPECT_TRUE(client.closed_by_server());  // its half of it
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(server_->drain(20s), 0U);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

class a_missing_path : public a_server {
protected:
    static constexpr std::string_view next = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    void expect_kept(raw_client& client) {
        EXPECT_EQ(client.receive().status, 404U);
        EXPECT_EQ(client.ask(next).status, 200U);
    }
};

const std::string missing = "POST /screened HTTP/1.1\r\nHost: a\r\n";

TEST_F(a_missing_path, costs_no_connection) {
    auto client = connect();
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(client.ask("GET /screened HTTP/1.1\r\nHost: a\r\n\r\n").status, 404U);
    EXPECT_EQ(client.ask(next).status, 200U);
}

TEST_F(a_missing_path, costs_none_where_a_body_comes_with_it) {
    auto client = connect();
    client.send(with_length(missing, 5) + "hello");
    expect_kept(client);
    client.send(missing + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    expect_kept(client);
}

TEST_F(a_missing_path, costs_none_where_the_body_comes_later) {
    settings_.max_body = 1 << 20;
    auto client = connect();
    client.send(with_length(missing, 60'000));
    EXPECT_EQ(client.receive().status, 404U) << "the header section alone is enough";
    client.send(std::string(60'000, 'x'));
    EXPECT_EQ(client.ask(next).status, 200U);
    client.send(missing + "Transfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(client.receive().status, 404U);
    client.send("5\r\nhello\r\n0\r\n\r\n");
    EXPECT_EQ(client.ask(next).status, 200U);
}

TEST_F(a_missing_path, never_makes_a_request_of_its_body) {
    settings_.max_body = 1 << 20;
    auto client = connect();
    client.send(with_length(missing, next.size()) + std::string(next));
    expect_kept(client);
    EXPECT_EQ(handler_.begun, 1);
}

struct ended_row {
    const char* name;
    std::string fields;
    std::string body;
};

class a_missing_path_that_ends_it : public a_missing_path, public testing::WithParamInterface<ended_row> {};

TEST_P(a_missing_path_that_ends_it, because_of_its_request) {
    settings_.max_body = 1 << 20;
    auto client = connect();
    client.send(missing + GetParam().fields + "\r\n" + GetParam().body + std::string(next));
    EXPECT_EQ(client.receive().status, 404U);
    EXPECT_TRUE(client.closed_by_server());
    EXPECT_EQ(handler_.begun, 0);
}

INSTANTIATE_TEST_SUITE_P(
    rows, a_missing_path_that_ends_it,
    testing::Values(ended_row{"asked_for", "Connection: close\r\nContent-Length: 0\r\n", ""},
                    ended_row{"expectation", "Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"},
                    ended_row{"long_body", "Content-Length: 65537\r\n", std::string(65'537, 'x')},
                    ended_row{"long_chunk", "Transfer-Encoding: chunked\r\n", "10001\r\n"},
                    ended_row{"malformed_chunk", "Transfer-Encoding: chunked\r\n", "x\r\n"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace shopbell::http
