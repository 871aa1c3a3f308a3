#include "support/certificates.hpp"
#include "support/curl.hpp"
#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/openssl_tool.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"
#include "support/tls_client.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <thread>

// [server.tls]: the daemon without a proxy in front of it, as other people's TLS sees it.

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

std::string last(const store_request& one) {
    return one.with("Connection", "close").bytes();
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

class over_tls : public testing::Test {
protected:
    over_tls() {
        make_certificate(certificate_, key_);
        configure();
    }

    void configure(const std::string& server = "", const std::string& listen = "127.0.0.1:0") {
        place_.write_config({.server = server + "\n[server.tls]\ncertificate = \"" + certificate_ +
                                       "\"\nprivate_key = \"" + key_ + "\"\n",
                             .listen = listen});
    }

    /// SIGHUP, and the wait for its end.
    static void reload(const daemon& running, std::string_view outcome = "\"reloaded\"") {
        const auto before = running.count_log({std::string(outcome)});
        running.signal(SIGHUP);
        EXPECT_TRUE(eventually([&] { return running.count_log({std::string(outcome)}) > before; }))
            << running.written();
    }

    /// A new certificate in the place of the old.
    void renew() {
        make_certificate(certificate_ + ".new", key_ + ".new");
        fs::rename(certificate_ + ".new", certificate_);
        fs::rename(key_ + ".new", key_);
    }

    shop place_;
    std::string certificate_ = place_.file("certificate.pem");
    std::string key_ = place_.file("key.pem");
};

TEST_F(over_tls, the_openssl_tool_delivers_with_1_2_and_1_3_and_is_refused_with_1_1) {
    const daemon running(place_.config());
    const std::vector<std::string> trusting = {"-CAfile", certificate_, "-verify_return_error", "-servername",
                                               "localhost"};
    const auto deliver = [&](const std::string& version, const std::string& event) {
        auto arguments = trusting;
        arguments.insert(arguments.end(), {"-" + version, "-cipher", "DEFAULT@SECLEVEL=0"});
        return s_client(running.port(), arguments, last(usaepay_request(event)));
    };
    const auto older = deliver("tls1_2", "e1");
    EXPECT_TRUE(has(older.output, "New, TLSv1.2, Cipher is ECDHE-ECDSA-")) << older.output;
    EXPECT_TRUE(has(older.output, R"({"status":"accepted")")) << older.output << older.errors;
    EXPECT_TRUE(has(older.output, "Compression: NONE"));
    EXPECT_EQ(older.status.code, 0) << older.errors;
    const auto newer = deliver("tls1_3", "e2");
    EXPECT_TRUE(has(newer.output, "New, TLSv1.3, Cipher is TLS_")) << newer.output;
    EXPECT_TRUE(has(newer.output, R"({"status":"accepted")")) << newer.output << newer.errors;
    for (const auto* const version : {"tls1_1", "tls1"}) {
        const auto refused = deliver(version, "e3");
        EXPECT_NE(refused.status.code, 0);
        EXPECT_TRUE(has(refused.errors, "alert protocol version")) << refused.errors;
    }
    (void)running.wait_for_log({"\"no TLS handshake\"", "\"unsupported protocol\""});
    EXPECT_EQ(wait_for_events(place_.events(), 2).size(), 2U);
}

TEST_F(over_tls, http_1_1_is_chosen_and_h2_alone_is_refused) {
    const daemon running(place_.config());
    const auto both = s_client(running.port(), {"-alpn", "h2,http/1.1"}, last(usaepay_request("e1")));
    EXPECT_TRUE(has(both.output, "ALPN protocol: http/1.1")) << both.output;
    EXPECT_TRUE(has(both.output, R"({"status":"accepted")")) << both.output;
    const auto h2 = s_client(running.port(), {"-alpn", "h2"});
    EXPECT_NE(h2.status.code, 0);
    EXPECT_TRUE(has(h2.errors, "no application protocol")) << h2.errors;
}

TEST_F(over_tls, sessions_are_resumed) {
    const daemon running(place_.config());
    const auto session = place_.file("session.pem");
    for (const std::string version : {"tls1_2", "tls1_3"}) {
        const auto first = s_client(running.port(), {"-" + version, "-sess_out", session},
                                    last(usaepay_request(version + "-first")));
        EXPECT_TRUE(has(first.output, "\nNew, ")) << first.output;
        const auto second = s_client(running.port(), {"-" + version, "-sess_in", session},
                                     last(usaepay_request(version + "-second")));
        EXPECT_TRUE(has(second.output, "\nReused, ")) << second.output;
        EXPECT_TRUE(has(second.output, R"({"status":"accepted")")) << second.output;
    }
    const auto five = s_client(running.port(), {"-tls1_2", "-reconnect"}, last(usaepay_request("last")));
    EXPECT_EQ(count(five.output, "\nReused, "), 5U) << five.output;
}

TEST_F(over_tls, curl_delivers_a_genuine_webhook_and_a_forged_one_is_refused) {
    const daemon running(place_.config());
    const auto url = "https://localhost:" + std::to_string(running.port());
    const auto genuine = jumpseller_request("order_paid", jumpseller_order(1));
    const auto answer = curl(genuine, url + genuine.path, certificate_, {"--http2"});
    EXPECT_EQ(answer.status, 200U) << answer.head;
    EXPECT_TRUE(answer.head.starts_with("HTTP/1.1 ")) << answer.head;
    const auto forged = genuine.with_body(jumpseller_order(2));
    EXPECT_EQ(curl(forged, url + forged.path, certificate_).status, 401U);
    const std::string large(900'000, 'x');
    EXPECT_EQ(curl(genuine.with_body(large), url + genuine.path, certificate_).status, 401U);
    EXPECT_EQ(wait_for_events(place_.events(), 1).size(), 1U);
}

TEST_F(over_tls, who_speaks_plain_http_is_hung_up_on_and_told_of_in_the_log) {
    const daemon running(place_.config());
    const auto done = run_curl({"http://127.0.0.1:" + std::to_string(running.port()) + "/"});
    EXPECT_NE(done.status.code, 0);
    EXPECT_EQ(done.output, "");
    const auto line = running.wait_for_log({"\"no TLS handshake\""});
    EXPECT_EQ(line["reason"], "plain HTTP came to a port that speaks TLS");
    EXPECT_EQ(line["client"], "127.0.0.1");
    tls_client client(running.port());
    EXPECT_EQ(client.ask(usaepay_request("e1").bytes()).status, 200U);
}

TEST_F(over_tls, a_thousand_scanners_cannot_fill_the_log) {
    const daemon running(place_.config());
    for (int i = 0; i < 1'000; ++i) {
        raw_client scanner(running.port());
        scanner.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_EQ(scanner.receive_all(), "");
    }
    EXPECT_LT(running.count_log({"\"no TLS handshake\""}), 200U);
    tls_client client(running.port());
    EXPECT_EQ(client.ask(usaepay_request("e1").bytes()).status, 200U);
}

TEST_F(over_tls, a_handshake_that_does_not_end_is_ended) {
    configure("header_timeout = \"300ms\"");
    const daemon running(place_.config());
    raw_client silent(running.port()), half(running.port()), garbage(running.port());
    half.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    garbage.send(
        std::string_view("\x16\x03\x01\x00\x10\x01\x00\x00\x0c\xde\xad\xbe\xef\xde\xad\xbe\xef\xde\xad"
                         "\xbe\xef",
                         21));
    (void)garbage.receive_all();
    EXPECT_TRUE(half.closed_by_server());
    EXPECT_TRUE(silent.closed_by_server());
    tls_client client(running.port());
    EXPECT_EQ(client.ask(usaepay_request("e1").bytes()).status, 200U);
}

TEST_F(over_tls, a_reload_shows_the_new_certificate_and_fails_no_request) {
    const daemon running(place_.config());
    std::atomic<bool> done = false;
    std::atomic<std::size_t> accepted = 0, failed = 0;
    std::vector<std::thread> stores;
    for (int i = 0; i < 4; ++i) {
        stores.emplace_back([&, i] {
            tls_client kept(running.port());
            for (int n = 0; !done; ++n) {
                const auto number = std::to_string(i) + "-" + std::to_string(n);
                ++(kept.ask(usaepay_request("kept-" + number).bytes()).status == 200 ? accepted : failed);
                tls_client fresh(running.port());
                ++(fresh.ask(usaepay_request("fresh-" + number).bytes()).status == 200 ? accepted : failed);
            }
        });
    }
    for (int i = 0; i < 20; ++i) {
        const auto before = accepted.load();
        renew();
        reload(running);
        EXPECT_EQ(tls_client(running.port()).certificate(), read_file(certificate_));
        EXPECT_TRUE(eventually([&] { return accepted >= before + 8; }));
    }
    done = true;
    for (auto& one : stores)
        one.join();
    std::cout << "renewals=20 accepted=" << accepted << " failed=" << failed << '\n';
    EXPECT_EQ(failed, 0U);
    EXPECT_EQ(wait_for_events(place_.events(), accepted).size(), accepted);
}

TEST_F(over_tls, a_reload_with_half_a_certificate_is_refused_whole) {
    const daemon running(place_.config());
    const auto old = read_file(certificate_);
    make_certificate(certificate_, place_.file("other-key.pem"));  // its key has not come yet
    reload(running, "reload refused");
    const auto line = running.wait_for_log({"\"configuration\"", "private_key"});
    EXPECT_EQ(line["level"], "error");
    EXPECT_TRUE(has(line["problem"], "the file holds the key of another certificate"));
    EXPECT_TRUE(has(line["problem"], place_.config() + ":")) << "with its place";
    tls_client client(running.port());
    EXPECT_EQ(client.certificate(), old);
    EXPECT_EQ(client.ask(usaepay_request("e1").bytes()).status, 200U);
    fs::rename(place_.file("other-key.pem"), key_);
    reload(running);
    EXPECT_EQ(tls_client(running.port()).certificate(), read_file(certificate_));
}

TEST_F(over_tls, a_reload_turns_it_off_and_on) {
    const daemon running(place_.config());
    tls_client before(running.port());
    EXPECT_EQ(before.ask(usaepay_request("e1").bytes()).status, 200U);
    place_.write_config({});
    reload(running);
    EXPECT_EQ(running.send(usaepay_request("e2")).status, 200U);
    EXPECT_EQ(before.ask(usaepay_request("e3").bytes()).status, 200U);
    configure();
    reload(running);
    tls_client after(running.port());
    EXPECT_EQ(after.ask(usaepay_request("e4").bytes()).status, 200U);
    EXPECT_EQ(running.count_log({"needs a restart"}), 0U);
}

TEST_F(over_tls, check_says_what_is_wrong_with_its_files) {
    const auto good = run_shopbell(place_.config(), {"check"});
    EXPECT_EQ(good.status.code, 0) << good.errors;
    EXPECT_TRUE(has(good.output, "listen 127.0.0.1:0 (TLS, certificate until ")) << good.output;
    const auto old = authority().expired_certificate_for("DNS:localhost");  // the tool makes none
    write_file(certificate_, old.pem());
    write_file(key_, old.key_pem());
    fs::permissions(key_, fs::perms(0644));
    const auto doubtful = run_shopbell(place_.config(), {"check"});
    EXPECT_EQ(doubtful.status.code, 0);
    EXPECT_TRUE(has(doubtful.errors, "warning: the certificate has expired on ")) << doubtful.errors;
    EXPECT_TRUE(has(doubtful.errors, "can be read by other users (mode 0644); run: chmod 600 " + key_));
    make_certificate(certificate_, place_.file("other-key.pem"));
    const auto wrong = run_shopbell(place_.config(), {"check"});
    EXPECT_EQ(wrong.status.code, 78);
    EXPECT_TRUE(has(wrong.errors, "\"private_key\": the file holds the key of another certificate"));
    EXPECT_EQ(run_shopbell(place_.config(), {"serve"}).status.code, 78);
}

TEST_F(over_tls, an_end_within_two_weeks_is_told_of_by_check_log_and_readyz) {
    const auto checked = run_shopbell(place_.config(), {"check"});  // the tool's are valid for two days
    EXPECT_TRUE(has(checked.errors, "warning: the certificate ends on ")) << checked.errors;
    place_.write_config(
        {.server = "[server.tls]\ncertificate = \"" + certificate_ + "\"\nprivate_key = \"" + key_ + "\"\n",
         .operated = true});
    const daemon running(place_.config());
    const auto line = running.wait_for_log({"the TLS certificate ends on "});
    EXPECT_EQ(line["level"], "warn");
    raw_client admin(place_.file("admin.sock"));
    const auto ready = admin.ask("GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_TRUE(has(ready.body, "the TLS certificate ends on ")) << ready.body;
    const auto metrics =
        raw_client(place_.file("admin.sock")).ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_TRUE(has(metrics.body, "\nshopbell_tls_certificate_end_timestamp_seconds ")) << metrics.status;
}

TEST_F(over_tls, send_and_doctor_know_the_daemon_by_its_certificate) {
    const reserved_port port;
    configure("", "127.0.0.1:" + std::to_string(port.number()));
    const daemon running(place_.config());
    const auto sent = run_shopbell(place_.config(), {"send", "usaepay", "transaction.sale.success"});
    EXPECT_EQ(sent.status.code, 0) << sent.errors;
    EXPECT_TRUE(sent.output.starts_with("200 accepted ")) << sent.output;
    const auto seen = run_shopbell(place_.config(), {"doctor"});
    EXPECT_TRUE(has(seen.output, "the certificate ends on ")) << "in less than two weeks: " << seen.output;
    EXPECT_TRUE(has(seen.output, "the daemon answers")) << seen.output;

    renew();  // and no reload
    const auto refused = run_shopbell(place_.config(), {"send", "usaepay", "transaction.sale.success"});
    EXPECT_EQ(refused.status.code, 1);
    EXPECT_TRUE(has(refused.errors, "it shows another certificate")) << refused.errors;
    const auto told = run_shopbell(place_.config(), {"doctor"});
    EXPECT_TRUE(has(told.output, "it shows another certificate")) << told.output;
    EXPECT_TRUE(has(told.output, "systemctl reload shopbell")) << told.output;
}

TEST_F(over_tls, a_stop_ends_what_idles_or_shakes_hands_and_answers_what_is_in_flight) {
    daemon running(place_.config());
    tls_client idle(running.port());
    EXPECT_EQ(idle.ask(usaepay_request("e1").bytes()).status, 200U);
    raw_client silent(running.port()), half(running.port());
    half.send(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
    tls_client busy(running.port());
    const auto request = usaepay_request("e2").with("Expect", "100-continue");
    const auto bytes = request.bytes();
    busy.send(std::string_view(bytes).substr(0, bytes.size() - request.body.size()));
    EXPECT_EQ(busy.receive(true).status, 100U);

    running.signal(SIGTERM);
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(idle.was_told_of_the_end());
    EXPECT_TRUE(silent.closed_by_server());
    EXPECT_TRUE(half.closed_by_server());
    const auto answer = busy.ask(request.body);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(busy.closed_by_server());
    EXPECT_TRUE(busy.was_told_of_the_end());
    EXPECT_EQ(running.wait().code, 0) << running.written();
    EXPECT_EQ(running.wait_for_log({"stopped receiving"})["cut_connections"], 0);
}

}  // namespace
}  // namespace shopbell::test
