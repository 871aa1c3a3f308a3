#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/places.hpp"
#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace shopbell::test {
namespace {

const std::string alerts = source_folder() + "/config/prometheus-alerts.yml";
constexpr std::string_view token = "metrics-test-token";

/// A shop whose admin interface Prometheus can reach, behind a token.
class measured_shop {
public:
    explicit measured_shop(const std::string& of_endpoint = "") {
        auto endpoints = three_endpoints();
        const std::string_view before = "path = \"/hooks/jumpseller\"";
        endpoints.replace(endpoints.find(before), before.size(), of_endpoint + "\n" + std::string(before));
        place_.write_config({.admin = "listen = \"127.0.0.1:0\"\ntoken = \"" + std::string(token) + '"',
                             .endpoints = endpoints});
        daemon_.emplace(place_.config());
        const auto address = daemon_->wait_for_log({"admin listening"})["address"].get<std::string>();
        admin_port_ = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }

    [[nodiscard]] daemon& running() { return *daemon_; }
    [[nodiscard]] const shop& place() const { return place_; }
    [[nodiscard]] std::uint16_t admin_port() const { return admin_port_; }

    [[nodiscard]] raw_answer get(const std::string& path) const {
        return raw_client(admin_port_)
            .ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
                 std::string(token) + "\r\n\r\n");
    }

    void accept_orders(int count) {
        for (int number = 1; number <= count; ++number) {
            const auto given = daemon_->send(jumpseller_request("order_paid", jumpseller_order(number)));
            EXPECT_EQ(given.outcome, "accepted");
        }
    }

    void send_forgeries(int count) {
        for (int i = 0; i < count; ++i) {
            const auto forged = jumpseller_request("order_paid", jumpseller_order(1), "another token");
            EXPECT_EQ(daemon_->send(forged).status, 401U);
        }
    }

private:
    shop place_;
    std::optional<daemon> daemon_;
    std::uint16_t admin_port_ = 0;
};

/// The real Prometheus (Debian's package) with our alerts, which scrapes that daemon every second. Once
/// constructed it answers; it ends with the test.
class prometheus {
public:
    explicit prometheus(std::uint16_t daemon_port) {
        write_file(folder_.file("token"), token);
        write_file(folder_.file("prometheus.yml"), configuration(daemon_port));
        command what;
        what.arguments = {"/usr/bin/prometheus", "--config.file=" + folder_.file("prometheus.yml"),
                          "--storage.tsdb.path=" + folder_.file("data"),
                          "--web.listen-address=127.0.0.1:" + std::to_string(port_.number())};
        process_.emplace(what);
        const auto ready = [](std::string_view line) {
            return line.find("Server is ready to receive web requests") != line.npos;
        };
        if (!process_->errors().wait_for(ready))
            throw std::runtime_error("prometheus does not start:\n" + process_->errors().text());
    }

    /// The value of the one series that this instant query finds now; nothing where it finds none.
    [[nodiscard]] std::optional<std::string> query(const std::string& expression) const {
        raw_client client(port_.number());
        client.send("GET /api/v1/query?query=" + escaped(expression) + " HTTP/1.0\r\n\r\n");
        const auto whole = client.receive_all();
        const auto found = nlohmann::json::parse(whole.substr(whole.find("\r\n\r\n")))["data"]["result"];
        if (found.size() != 1)
            return std::nullopt;
        return found[0]["value"][1].get<std::string>();
    }

    [[nodiscard]] bool comes_to(const std::string& expression, const std::string& value) const {
        return eventually([&] { return query(expression) == value; }, std::chrono::seconds(60));
    }

private:
    [[nodiscard]] std::string configuration(std::uint16_t daemon_port) const {
        return "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n"
               "rule_files: [" +
               alerts +
               "]\n"
               "scrape_configs:\n"
               "  - job_name: shopbell\n"
               "    authorization: {credentials_file: " +
               folder_.file("token") +
               "}\n"
               "    static_configs: [{targets: [\"127.0.0.1:" +
               std::to_string(daemon_port) + "\"]}]\n";
    }

    static std::string escaped(const std::string& text) {
        constexpr std::string_view digits = "0123456789ABCDEF";
        std::string made;
        for (const char c : text) {
            const auto byte = static_cast<unsigned char>(c);
            made += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
        return made;
    }

    temp_dir folder_;
    reserved_port port_;
    std::optional<process> process_;
};

TEST(metrics, are_what_prometheus_asks_of_a_well_made_exporter) {
    measured_shop shop;
    shop.accept_orders(1);
    shop.send_forgeries(1);
    const auto page = shop.get("/metrics");
    EXPECT_EQ(page.status, 200U);
    EXPECT_EQ(page.field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    command lint;
    lint.arguments = {"/usr/bin/promtool", "check", "metrics"};
    lint.input = page.body;
    const auto checked = run_command(lint);
    EXPECT_EQ(checked.status.code, 0);
    EXPECT_EQ(checked.output + checked.errors, "");
    for (const auto secret : {hooks_token, handshake, signature_key, token})
        EXPECT_EQ(page.body.find(secret), page.body.npos);
}

TEST(metrics, reach_a_real_prometheus_and_its_alerts) {
    measured_shop shop;
    const prometheus watching(shop.admin_port());
    shop.accept_orders(3);
    EXPECT_TRUE(watching.comes_to(R"(up{job="shopbell"})", "1"));
    EXPECT_TRUE(watching.comes_to(R"(shopbell_events_accepted_total{provider="jumpseller"})", "3"));
    EXPECT_TRUE(watching.comes_to(R"(sum(shopbell_deliveries_total{outcome="delivered"}))", "6"));
    EXPECT_TRUE(watching.comes_to(R"(sum(shopbell_sink_lag_events))", "0"));
    EXPECT_TRUE(watching.comes_to(R"(shopbell_inbox_events)", "3"));

    shop.send_forgeries(4);
    EXPECT_TRUE(watching.comes_to(
        R"(ALERTS{alertname="ShopbellWebhookAboutToBePaused", alertstate="firing", provider="jumpseller"})",
        "1"));
}

TEST(metrics, tell_of_an_endpoint_that_falls_silent_as_do_the_log_and_readiness) {
    measured_shop shop("expect_every = \"1s\"");
    (void)shop.running().wait_for_log({"longer than expect_every", "\"warn\"", "jumpseller"});
    const auto ready = shop.get("/readyz");
    EXPECT_EQ(ready.status, 200U);
    const auto said = nlohmann::json::parse(ready.body);
    ASSERT_EQ(said["warnings"].size(), 1U) << ready.body;
    EXPECT_NE(said["warnings"][0].get<std::string>().find("is silent"), std::string::npos);
    const auto page = shop.get("/metrics").body;
    const auto line = page.find("\nshopbell_endpoint_silent{endpoint=\"jumpseller");
    ASSERT_NE(line, page.npos);
    EXPECT_EQ(page.substr(page.find("} ", line), 3), "} 1");

    shop.accept_orders(1);
    (void)shop.running().wait_for_log({"heard again", "\"info\"", "jumpseller"});
}

TEST(metrics, know_after_a_restart_when_something_was_accepted_last) {
    shop place;
    {
        daemon before(place.config());
        EXPECT_EQ(before.send(ejunkie_request("T1")).outcome, "accepted");
        (void)before.stop();
    }
    place.write_config({.admin = "listen = \"unix:" + place.file("admin.sock") + '"'});
    const daemon after(place.config());
    const auto page =
        raw_client(place.file("admin.sock")).ask("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").body;
    EXPECT_NE(page.find("\nshopbell_endpoint_last_accepted_timestamp_seconds{endpoint=\"ejunkie"), page.npos);
    EXPECT_EQ(page.find("\nshopbell_endpoint_last_accepted_timestamp_seconds{endpoint=\"usaepay"), page.npos);
}

}  // namespace
}  // namespace shopbell::test
