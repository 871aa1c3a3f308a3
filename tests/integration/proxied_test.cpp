#include "support/daemon.hpp"
#include "support/nginx.hpp"
#include "support/openssl_tool.hpp"
#include "support/places.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"
#include "support/tls_client.hpp"

#include <gtest/gtest.h>

// What stands between a store and the daemon, and what is seen through it: early refusals, the PROXY
// protocol, and those who speak something else than is expected.

namespace shopbell::test {
namespace {

using namespace std::string_literals;

constexpr std::size_t much = 8 << 20;

std::string post(const std::string& path, std::size_t size, const std::string& fields = "") {
    return "POST " + path + " HTTP/1.1\r\nHost: shop.example.com\r\n" + fields +
           "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

std::string endpoints_with_a_list_and_a_password() {
    return three_endpoints() +
           "[[endpoint]]\nname = \"office\"\npath = \"/hooks/office\"\nprovider = \"ejunkie\"\n"
           "handshake = \"6b6833aca1f51dc7ca84723dba452a79\"\nallow = [\"203.0.113.0/24\"]\n"
           "[[endpoint]]\nname = \"desk\"\npath = \"/hooks/desk\"\nprovider = \"usaepay\"\n"
           "basic_user = \"store\"\nbasic_password = \"test-password\"\n";
}

struct early_row {
    const char* name;
    std::string path;
    unsigned status;
    std::size_t size = much;
    std::string fields = {};
};

class an_early_refusal : public testing::TestWithParam<early_row> {
protected:
    static void expect_seen(raw_client& client) {
        const auto& row = GetParam();
        client.send(post(row.path, row.size, row.fields));
        client.send(std::string(much, 'x'));
        EXPECT_EQ(client.receive().status, row.status);
    }
};

TEST_P(an_early_refusal, is_seen_by_a_store_that_sends_its_whole_body_first) {
    shop place;
    const std::string server = "max_body = \"8MiB\"";
    place.write_config({.server = server, .endpoints = endpoints_with_a_list_and_a_password()});
    {
        const daemon plain(place.config());
        raw_client client(plain.port());
        expect_seen(client);
    }
    const auto certificate = place.file("certificate.pem"), key = place.file("key.pem");
    make_certificate(certificate, key);
    place.write_config({.server = server + "\n[server.tls]\ncertificate = \"" + certificate +
                                  "\"\nprivate_key = \"" + key + "\"\n",
                        .endpoints = endpoints_with_a_list_and_a_password()});
    const daemon secure(place.config());
    tls_client client(secure.port());
    expect_seen(client);
}

INSTANTIATE_TEST_SUITE_P(
    kinds, an_early_refusal,
    testing::Values(early_row{"missing_path", "/hooks/nowhere", 404},
                    early_row{"address", "/hooks/office", 403}, early_row{"no_password", "/hooks/desk", 401},
                    early_row{"too_large", "/hooks/usaepay", 413, much + 1},
                    early_row{"compressed", "/hooks/usaepay", 415, much, "Content-Encoding: gzip\r\n"}),
    [](const auto& row) { return std::string(row.param.name); });

/// nginx that hands a body on as it comes sends while it is answered.
TEST(an_early_refusal_behind_nginx, is_no_502) {
    shop place;
    place.write_config({.listen = "127.0.0.1:0\", \"unix:" + place.file("http.sock")});
    const daemon running(place.config());
    auto site = read_file(source_folder() + "/config/nginx-shopbell.conf");
    const auto change = [&site](std::string_view from, std::string_view to) {
        ASSERT_NE(site.find(from), site.npos);
        site.replace(site.find(from), from.size(), to);
    };
    change("proxy_request_buffering on;", "proxy_request_buffering off;");
    change("client_max_body_size 8m;", "client_max_body_size 64m;");
    write_file(place.file("site.conf"), site);
    const nginx front(place.file("site.conf"), "unix:" + place.file("http.sock"));
    auto order = jumpseller_request("order_paid", std::string(much, 'x'));
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(front.curl(order).status, 413U);
        EXPECT_EQ(front.curl(order, front.url("/hooks/nowhere")).status, 413U)
            << "before the path is looked at";
    }
}

/// A daemon that trusts this machine, and an endpoint for one address.
class behind_a_terminator : public testing::Test {
protected:
    void start(const std::string& server) {
        place_.write_config(
            {.server = server, .operated = true, .endpoints = endpoints_with_a_list_and_a_password()});
        daemon_.emplace(place_.config());
    }

    [[nodiscard]] unsigned status_of(const std::string& before, const store_request& one) const {
        raw_client client(daemon_->port());
        return client.ask(before + one.bytes()).status;
    }

    static store_request to_office(std::string id) {
        auto one = ejunkie_request(std::move(id));
        one.path = "/hooks/office";
        return one;
    }

    [[nodiscard]] nlohmann::json latest() const {
        const auto all = place_.ask({"rejections", "--limit", "1"});
        return all.empty() ? nlohmann::json() : all[0];
    }

    shop place_;
    std::optional<daemon> daemon_;
};

const std::string store = "PROXY TCP4 203.0.113.7 10.0.0.1 4711 443\r\n";
const std::string stranger = "PROXY TCP4 198.51.100.9 10.0.0.1 4711 443\r\n";

TEST_F(behind_a_terminator, allow_holds_against_a_forged_header) {
    start("proxy_protocol = true");
    const auto forged = to_office("T1").with("X-Forwarded-For", "203.0.113.7");
    EXPECT_EQ(status_of(stranger, forged), 403U);
    EXPECT_EQ(latest().value("client", ""), "198.51.100.9");
    EXPECT_EQ(status_of("PROXY UNKNOWN\r\n", forged), 403U);
    EXPECT_EQ(status_of(store, to_office("T2")), 200U);
    const auto line = daemon_->wait_for_log({R"("message":"request")", "\"status\":200"});
    EXPECT_EQ(line["client"], "203.0.113.7");
}

TEST_F(behind_a_terminator, a_connection_without_the_header_is_refused_and_named) {
    start("proxy_protocol = true");
    EXPECT_EQ(status_of("", usaepay_request("e1")), 400U);
    const auto line = daemon_->wait_for_log({R"("message":"request")", "no PROXY protocol header"});
    EXPECT_EQ(line["client"], "127.0.0.1");
    EXPECT_NE(latest().value("diagnosis", "").find("proxy_protocol"), std::string::npos) << latest();
    EXPECT_EQ(latest().value("client", ""), "127.0.0.1");
}

TEST_F(behind_a_terminator, send_and_doctor_find_the_daemon) {
    const reserved_port port;
    place_.write_config({.server = "proxy_protocol = true",
                         .listen = "127.0.0.1:" + std::to_string(port.number()),
                         .operated = true});
    daemon_.emplace(place_.config());
    const auto sent = run_shopbell(place_.config(), {"send", "usaepay", "transaction.sale.success"});
    EXPECT_TRUE(sent.output.starts_with("200 accepted ")) << sent.output << sent.errors;
    const auto seen = run_shopbell(place_.config(), {"doctor"});
    EXPECT_NE(seen.output.find("ok   listen 127.0.0.1:"), std::string::npos) << seen.output;
}

TEST_F(behind_a_terminator, what_is_no_request_is_logged_with_its_client_and_named) {
    start("");
    const auto expect = [this](const std::string& bytes, const std::string& reason, const std::string& says) {
        raw_client client(daemon_->port());
        client.send(bytes);
        client.finish();
        EXPECT_EQ(client.receive().status, 400U);
        const auto line = daemon_->wait_for_log({R"("message":"request")", reason});
        EXPECT_EQ(line["client"], "127.0.0.1") << line;
        const auto told = latest();
        EXPECT_EQ(told.value("client", ""), "127.0.0.1") << told;
        EXPECT_NE(told.value("diagnosis", "").find(says), std::string::npos) << told;
    };
    expect("nonsense\r\n\r\n", "malformed request line", "not HTTP");
    expect("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", "malformed header field", "not HTTP");
    expect("\x16\x03\x01\x02\0\1\0\1\xfc\3\3"s, "TLS came to a port without TLS", "[server.tls]");
    expect(store + usaepay_request("e1").bytes(), "server.proxy_protocol", "proxy_protocol = true");
    expect("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s, "server.proxy_protocol", "proxy_protocol = true");
}

TEST_F(behind_a_terminator, check_warns_where_nobody_is_asked_for_the_header) {
    place_.write_config({.server = "proxy_protocol = true\ntrusted_proxies = []"});
    const auto checked = run_shopbell(place_.config(), {"check"});
    EXPECT_EQ(checked.status.code, 0);
    EXPECT_NE(checked.errors.find("trusted_proxies names nobody"), std::string::npos) << checked.errors;
}

}  // namespace
}  // namespace shopbell::test
