#include "../src/cli/doctor_client_address.hpp"
#include "../src/cli/doctor_probe.hpp"
#include "support/certificates.hpp"
#include "workshop.hpp"

#include <shopbell/cli/load.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

class the_way : public testing::Test {
protected:
    std::vector<std::string> targets(const doctor_options& options) {
        const auto chosen = choose_targets(all_, options);
        if (!chosen)
            return {chosen.error().reason};
        std::vector<std::string> texts;
        for (const auto& one : *chosen)
            texts.push_back(one.at->name + " " + one.text + " " + one.url.target);
        return texts;
    }
    probe_target target(const std::string& path) {
        return choose_targets(all_, {.url = "https://shop.example" + path}).value().at(0);
    }
    sent_probe sent_to(const std::string& path) {
        const auto& at = *target(path).at;
        auto one = at.kind->probe("m1", 0);
        return {&at, at.source->sign(one.event, std::move(one.body), signing::genuine), ""};
    }

    const test::workshop shop_{R"(["127.0.0.1:8080"])", R"([[sink]]
name = "all"
type = "log"
[[sink]]
name = "orders"
type = "log"
[[sink]]
name = "shop-events"
type = "log"
[[route]]
events = ["**"]
sinks = ["all"]
[[route]]
events = ["*.order.*", "*.product.**", "ejunkie.unparsed"]
sinks = ["orders"]
[[route]]
events = ["jumpseller.*"]
sinks = ["shop-events"]
endpoints = ["main-shop"]
)"};
    config::problems found_{shop_.config()};
    const configuration all_ = load(shop_.config(), found_);
};

TEST_F(the_way, leads_to_the_endpoint_with_the_url_s_path) {
    EXPECT_EQ(
        targets({.url = "https://shop.example/hooks/second?a=b"}),
        std::vector<std::string>{"second-shop https://shop.example/hooks/second?a=b /hooks/second?a=b"});
}

TEST_F(the_way, leads_to_the_endpoint_that_is_named_where_a_proxy_changes_the_path) {
    EXPECT_EQ(targets({.url = "https://shop.example/elsewhere", .endpoint = "cards"}),
              std::vector<std::string>{"cards https://shop.example/elsewhere /elsewhere"});
}

TEST_F(the_way, of_a_site_alone_leads_to_every_endpoint) {
    const std::vector<std::string> all = {
        "main-shop https://shop.example:8443/hooks/jumpseller /hooks/jumpseller",
        "second-shop https://shop.example:8443/hooks/second /hooks/second",
        "downloads https://shop.example:8443/hooks/ejunkie /hooks/ejunkie",
        "cards https://shop.example:8443/hooks/usaepay /hooks/usaepay"};
    EXPECT_EQ(targets({.url = "https://shop.example:8443"}), all);
    EXPECT_EQ(targets({.url = "https://shop.example:8443/"}), all);
    EXPECT_EQ(targets({.url = "https://shop.example:8443", .endpoint = "downloads"}),
              std::vector<std::string>{all[2]});
}

TEST_F(the_way, begins_with_a_scheme) {
    EXPECT_EQ(
        targets({.url = "shop.example"}),
        std::vector<std::string>{"the URL shop.example: http:// or https:// is missing in front; did you "
                                 "mean --url https://shop.example?"});
    EXPECT_EQ(
        targets({.url = "localhost:8080/hooks/second"}),
        std::vector<std::string>{"the URL localhost:8080/hooks/second: http:// or https:// is missing in "
                                 "front; did you mean --url http://localhost:8080/hooks/second?"});
}

TEST_F(the_way, leads_straight_to_the_daemon_where_its_own_port_is_meant) {
    const auto way = [this](const std::string& url) {
        return is_direct(all_.server, http::url::parse(url).value());
    };
    EXPECT_EQ(way("http://127.0.0.1:8080/hooks/second"), direct::yes);
    EXPECT_EQ(way("http://localhost:8080/hooks/second"), direct::yes);
    EXPECT_EQ(way("http://127.0.0.1:8081/hooks/second"), direct::no);
    EXPECT_EQ(way("http://shop.example:8080/hooks/second"), direct::no);
    EXPECT_EQ(way("https://shop.example/hooks/second"), direct::no);
    EXPECT_EQ(way("https://127.0.0.1:8080/hooks/second"), direct::no);
}

TEST_F(the_way, may_lead_straight_to_a_daemon_on_any_free_port) {
    auto server = all_.server;
    const auto way = [&server](const std::string& url) {
        return is_direct(server, http::url::parse(url).value());
    };
    server.listen = {*http::listen_address::parse("127.0.0.1:0")};
    EXPECT_EQ(way("http://127.0.0.1:8081/hooks/second"), direct::perhaps);
    EXPECT_EQ(way("http://shop.example/hooks/second"), direct::no);
    EXPECT_EQ(way("https://127.0.0.1:8081/hooks/second"), direct::no);
    server.listen.push_back(*http::listen_address::parse("127.0.0.1:8081"));
    EXPECT_EQ(way("http://127.0.0.1:8081/hooks/second"), direct::yes);
}

http::server_settings trusting_proxies() {
    http::server_settings server;
    server.trusted_proxies = {*http::network::parse("127.0.0.0/8"), *http::network::parse("10.0.0.0/8")};
    return server;
}

finding judged(const std::string& client, const std::string& fields,
               const http::server_settings& server = trusting_proxies(),
               const std::string& url = "https://shop.example/hooks") {
    const auto record = json::document::parse(R"({"client":")" + client + R"(","headers":[)" + fields + "]}");
    const probe_target target{nullptr, http::url::parse(url).value(), url};
    return judge_client_address(target, record.value().root(), server, false);
}

std::string forwarded(const std::string& value) {
    return R"({"name":"x-forwarded-for","value":")" + value + R"("})";
}

const std::string stranger(invented_client);

TEST(the_client_s_address, is_known_unless_a_stranger_chooses_it_or_nobody_says_it) {
    EXPECT_EQ(judged("198.51.100.7", forwarded("198.51.100.7")).how, grade::ok);
    EXPECT_EQ(judged("127.0.0.1", forwarded("127.0.0.1")).how, grade::ok) << "who looks sits here";
    EXPECT_EQ(judged("127.0.0.1", forwarded(stranger)).how, grade::ok) << "another client";
    EXPECT_EQ(judged("198.51.100.7", "").how, grade::ok) << "the PROXY protocol, or nobody in between";
    EXPECT_EQ(judged(stranger, "").how, grade::ok) << "said by somebody else";
    EXPECT_EQ(judged(stranger, forwarded(stranger + ", 127.0.0.1")).how, grade::ok) << "added to, from here";
    EXPECT_EQ(judged(stranger, forwarded(stranger) + "," + forwarded("127.0.0.1")).how, grade::ok)
        << "in two lines";
    EXPECT_EQ(judged("198.51.100.7", forwarded(stranger + ", 198.51.100.7")).how, grade::ok);

    EXPECT_EQ(judged(stranger, forwarded(stranger)).how, grade::fail) << "handed through";
    EXPECT_EQ(judged(stranger, forwarded(stranger + ", 10.0.0.5")).how, grade::fail) << "a proxy was added";
    EXPECT_EQ(judged("127.0.0.1", "").how, grade::warn) << "the proxy's own";
    EXPECT_EQ(judged("10.0.0.5", "").how, grade::warn);
    EXPECT_EQ(judged("", "").how, grade::warn) << "a unix socket";
}

TEST(the_client_s_address, is_named_by_the_proxy_protocol) {
    auto server = trusting_proxies();
    server.proxy_protocol = true;
    EXPECT_EQ(judged("127.0.0.1", "", server).how, grade::ok) << "who looks sits here";
    EXPECT_EQ(judged("", "", server).how, grade::ok);
}

TEST(the_client_s_address, that_a_daemon_on_any_free_port_believes_is_worth_a_warning) {
    auto server = trusting_proxies();
    server.listen = {*http::listen_address::parse("127.0.0.1:0")};
    const std::string here = "http://127.0.0.1:8081/hooks";
    const auto found = judged(stranger, forwarded(stranger), server, here);
    EXPECT_EQ(found.how, grade::warn) << "it may be the daemon itself";
    EXPECT_NE(found.advice.find("a fixed port"), std::string::npos) << found.advice;
    EXPECT_EQ(judged("127.0.0.1", forwarded("127.0.0.1"), server, here).how, grade::ok);
    EXPECT_EQ(judged(stranger, forwarded(stranger), server, "http://shop.example/hooks").how, grade::fail);
}

TEST_F(the_way, is_not_looked_at_without_a_url) {
    EXPECT_TRUE(targets({}).empty());
}

TEST_F(the_way, to_nowhere_is_refused) {
    EXPECT_EQ(targets({.endpoint = "cards"}).at(0),
              "--endpoint says where --url leads to; give that as well");
    EXPECT_TRUE(targets({.url = "shop.example"}).at(0).starts_with("the URL shop.example: "));
    const auto no_path = targets({.url = "https://shop.example/hook"}).at(0);
    EXPECT_NE(no_path.find("/hook; there are: /hooks/jumpseller /hooks/second "), no_path.npos) << no_path;
    EXPECT_NE(no_path.find("--endpoint NAME"), no_path.npos) << no_path;
    const auto no_name = targets({.url = "https://shop.example", .endpoint = "card"}).at(0);
    EXPECT_NE(no_name.find("did you mean \"cards\""), no_name.npos) << no_name;
}

TEST_F(the_way, of_a_probe_ends_in_sinks_that_take_anything_and_in_none_for_real_events) {
    EXPECT_EQ(sinks_of_probe(all_, target("/hooks/jumpseller")),
              (std::vector<std::string>{"all", "shop-events"}));
    for (const auto* const path : {"/hooks/second", "/hooks/ejunkie", "/hooks/usaepay"})
        EXPECT_EQ(sinks_of_probe(all_, target(path)), std::vector<std::string>{"all"}) << path;
}

/// What GET /api/events/{id} says of a delivery with these headers.
json::document stored_with(const headers& fields) {
    std::string text = R"({"headers":[)";
    for (const auto& one : fields)
        text += (text.ends_with('[') ? "" : ",") +
                (R"({"name":")" + one.name + R"(","value":")" + one.value) + R"("})";
    return json::document::parse(text + "]}").value();
}

TEST_F(the_way, leaves_a_probe_as_it_was) {
    for (const auto* const path : {"/hooks/jumpseller", "/hooks/usaepay"}) {
        const auto sent = sent_to(path);
        const auto stored = stored_with(sent.webhook.fields);
        EXPECT_EQ(differences(sent, stored.root(), sent.webhook.body), "") << path;
    }
    const auto form = sent_to("/hooks/ejunkie");
    const auto stored = stored_with(form.webhook.fields);
    const auto shown = form.at->kind->blank(form.webhook.body);
    EXPECT_NE(shown, form.webhook.body);
    EXPECT_EQ(differences(form, stored.root(), shown), "") << "the handshake is never shown";
}

TEST_F(the_way, that_changes_a_body_or_header_is_found_out) {
    const auto sent = sent_to("/hooks/jumpseller");
    const auto stored = stored_with(sent.webhook.fields);
    EXPECT_NE(differences(sent, stored.root(), sent.webhook.body.substr(0, sent.webhook.body.size() - 2))
                  .find("body"),
              std::string::npos);

    for (const std::string name : {"Jumpseller-Triggered-At", "Content-Type"}) {
        auto fewer = sent.webhook.fields;
        std::erase_if(fewer, [&](const header& one) { return one.name == name; });
        const auto without = stored_with(fewer);
        EXPECT_NE(differences(sent, without.root(), sent.webhook.body).find(name), std::string::npos);
        auto changed = sent.webhook.fields;
        for (auto& one : changed)
            one.value += one.name == name ? "x" : "";
        const auto with = stored_with(changed);
        EXPECT_NE(differences(sent, with.root(), sent.webhook.body).find(name), std::string::npos);
    }
}

TEST(a_certificate, is_worth_a_word_two_weeks_before_its_end) {
    const time_point present = std::chrono::sys_days(std::chrono::days(20'000));
    http::connection_facts seen;
    EXPECT_TRUE(judge_certificate("https://x", seen, present).empty());
    seen.certificate_ends = present + std::chrono::days(15);
    EXPECT_TRUE(judge_certificate("https://x", seen, present).empty());
    seen.certificate_ends = present + std::chrono::days(14);
    const auto found = judge_certificate("https://x", seen, present);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].how, grade::warn);
    EXPECT_NE(to_line(found[0]).find("renew"), std::string::npos);
}

TEST(a_certificate, of_the_daemon_s_own_is_looked_at_too) {
    const auto shown = http::tls_identity::of(test::self_signed("DNS:localhost").pem());
    const auto at = [&](std::chrono::days before_its_end) {
        return judge_own_certificate(*shown, shown->ends() - before_its_end);
    };
    EXPECT_EQ(at(std::chrono::days(15)).how, grade::ok);
    EXPECT_EQ(at(std::chrono::days(14)).how, grade::warn);
    EXPECT_EQ(at(std::chrono::days(0)).how, grade::fail);
    EXPECT_NE(to_line(at(std::chrono::days(1))).find("reload"), std::string::npos);
}

}  // namespace
}  // namespace shopbell
