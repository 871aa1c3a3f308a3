#include "support/daemon.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <map>
#include <string>

namespace shopbell::test {
namespace {

constexpr std::string_view woo_secret = "woo p&ss<w>";
constexpr std::string_view order_body =
    R"({"id":727,"number":"727","status":"processing","currency":"USD","total":"29.35",)"
    R"("billing":{"email":"ann@example.com"}})";

constexpr std::string_view some_endpoints = R"(
[[endpoint]]
name = "woo"
path = "/hooks/woo"
provider = "woocommerce"
secret = "woo p&ss<w>"

[[endpoint]]
name = "own"
path = "/hooks/own"
provider = "generic"
secret = "own-secret"
signature = "header:X-Own"
separator = ","
format = "v1={signature}"
timestamp = "entry:t"
signed = "{timestamp}.{body}"
id = "{json:/id}"
event = "json:/kind"
[endpoint.order]
events = ["sale.*"]
root = "/sale"
id = "/no"
total = "/cents"
currency = "/cur"
money = "minor"
provider_status = "/state"
status.done = "paid"

[[endpoint]]
name = "link"
path = "/hooks/link"
provider = "generic"
algorithm = "token"
signature = "query:token"
secret = "very-secret-url-token"
event = ["form:what", "sale"]

[[endpoint]]
name = "keyed"
path = "/hooks/keyed"
provider = "generic"
algorithm = "ed25519"
public_key = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
key_encoding = "base64"
signature = "header:X-Keyed"

[[endpoint]]
name = "many"
path = "/hooks/many"
provider = "generic"
secret = "many-secret"
signature = "header:X-Many"
items = "/events"
id = "{json:/id}"
event = "json:/type"

[[endpoint]]
name = "chat"
path = "/hooks/chat"
provider = "generic"
secret = "chat-secret"
signature = "header:X-Chat"
event = "json:/type"
verify_token = "let-me-in"
unsigned = [{ when = "method == GET && query:mode == subscribe && query:token == {verify_token}", answer = { body = "{query:challenge}" } }]
challenge = [{ when = "json:/type == ping", answer = { content_type = "application/json", body = '{"plain":"{json:/text}","hash":"{hmac-sha256:json:/text|hex}"}' } }]
answer = { status = 202, content_type = "text/plain", body = "[accepted]" }
)";

store_request request(std::string path, headers fields, std::string body) {
    fields.push_back({"Content-Type", "application/json"});
    return {std::move(path), std::move(fields), std::move(body)};
}

store_request woo_order(std::string body = std::string(order_body), std::string id = "d1") {
    const auto signature = hmac_sha256_base64(woo_secret, body);
    return request("/hooks/woo",
                   {{"X-WC-Webhook-Signature", signature},
                    {"X-WC-Webhook-Topic", "order.updated"},
                    {"X-WC-Webhook-Delivery-ID", std::move(id)}},
                   std::move(body));
}

store_request own_sale(long long at, std::string id = "e1") {
    auto body = R"({"id":")" + id +
                R"(","kind":"sale/done","sale":{"no":17,"cents":12340,"cur":"kwd","state":"Done"}})";
    const auto signature = hmac_sha256_hex("own-secret", std::to_string(at) + "." + body);
    return request("/hooks/own", {{"X-Own", "t=" + std::to_string(at) + ",v1=" + signature}},
                   std::move(body));
}

store_request many_events(std::string body) {
    const auto signature = hmac_sha256_hex("many-secret", body);
    return request("/hooks/many", {{"X-Many", signature}}, std::move(body));
}

store_request chat(std::string body) {
    const auto signature = hmac_sha256_hex("chat-secret", body);
    return request("/hooks/chat", {{"X-Chat", signature}}, std::move(body));
}

class configured_stores : public testing::Test {
protected:
    configured_stores() { place_.write_config({.operated = true, .endpoints = std::string(some_endpoints)}); }
    shop place_;
};

TEST_F(configured_stores, a_preset_turns_a_delivery_into_one_typed_order) {
    daemon running(place_.config());
    const auto answer = running.send(woo_order());
    EXPECT_EQ(answer.status, 200U) << answer.raw.body;
    EXPECT_EQ(answer.outcome, "accepted");
    EXPECT_EQ(running.send(woo_order()).outcome, "duplicate");
    const auto events = wait_for_events(place_.events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["type"], "woocommerce.order.updated");
    EXPECT_EQ(events[0]["provider"], "woocommerce");
    EXPECT_EQ(events[0]["subject"], "order/727");
    const auto& order = events[0]["data"]["order"];
    EXPECT_EQ(order["id"], "727");
    EXPECT_EQ(order["status"], "paid");
    EXPECT_EQ(order["total"]["amount"], "29.35");
    EXPECT_EQ(order["customer"]["email"], "ann@example.com");
    EXPECT_EQ(events[0]["data"]["payload"]["billing"]["email"], "ann@example.com");
}

TEST_F(configured_stores, a_ping_is_answered_without_an_event) {
    daemon running(place_.config());
    const store_request ping{
        "/hooks/woo", {{"Content-Type", "application/x-www-form-urlencoded"}}, "webhook_id=12"};
    const auto answer = running.send(ping);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_TRUE(answer.id.empty());
    const auto kept = running.send(woo_order());
    EXPECT_EQ(wait_for_events(place_.events(), 1).front()["id"], kept.id);
}

TEST_F(configured_stores, what_is_forged_or_old_is_refused_alike) {
    daemon running(place_.config());
    const auto present = static_cast<long long>(std::time(nullptr));
    auto changed = woo_order();
    changed.body.replace(changed.body.find("29.35"), 5, "00.35");
    auto twice = woo_order();
    twice.fields.push_back(twice.fields.front());
    for (const auto& one : {changed, twice, woo_order().without("X-WC-Webhook-Signature"),
                            own_sale(present - 840), own_sale(present + 840)}) {
        const auto answer = running.send(one);
        EXPECT_EQ(answer.status, 401U);
        EXPECT_EQ(answer.raw.body, R"({"error":"unauthorized"})");
    }
    EXPECT_EQ(running.send(own_sale(present)).status, 200U);
    const auto log = running.wait_for_log({"the signature is right, but 14 minutes old: look at the clock"});
    EXPECT_EQ(log["endpoint"], "own");
}

TEST_F(configured_stores, keys_of_ones_own_give_a_typed_order_also_when_the_daemon_is_stopped) {
    daemon running(place_.config());
    const auto answer = running.send(own_sale(static_cast<long long>(std::time(nullptr))));
    EXPECT_EQ(answer.status, 200U) << answer.raw.body;
    const auto events = wait_for_events(place_.events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["type"], "generic.sale.done");
    EXPECT_EQ(events[0]["subject"], "order/17");
    EXPECT_EQ(events[0]["data"]["order"]["total"]["amount"], "12.340");
    EXPECT_EQ(events[0]["data"]["order"]["total"]["currency"], "KWD");
    EXPECT_EQ(events[0]["data"]["order"]["status"], "paid");
    EXPECT_EQ(running.stop().code, 0);
    const auto shown = place_.ask({"show", answer.id});
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0]["event"]["data"]["order"]["total"]["amount"], "12.340");
}

TEST_F(configured_stores, a_token_in_the_url_is_nowhere_to_be_seen) {
    daemon running(place_.config());
    store_request sale{"/hooks/link?token=very-secret-url-token",
                       {{"Content-Type", "application/x-www-form-urlencoded"}},
                       "sale_id=1"};
    EXPECT_EQ(running.send(sale).status, 200U);
    sale.path = "/hooks/link?token=very-secret-url-tokem";
    EXPECT_EQ(running.send(sale).status, 401U);
    const auto events = wait_for_events(place_.events(), 1);
    EXPECT_EQ(events[0]["type"], "generic.sale");
    EXPECT_EQ(events[0].dump().find("very-secret"), std::string::npos);
    for (const auto& line : place_.ask({"rejections"}))
        EXPECT_EQ(line.dump().find("very-secret"), std::string::npos) << line;
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(running.whole_log().find("very-secret"), std::string::npos);
}

TEST_F(configured_stores, a_batch_is_one_event_for_each_element_and_repeats_as_a_whole) {
    daemon running(place_.config());
    const std::string body = R"({"events":[{"id":"a","type":"x.one"},{"id":"b","type":"x.two"}]})";
    const auto answer = running.send(many_events(body));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.outcome, "accepted");
    const auto document = nlohmann::json::parse(answer.raw.body);
    ASSERT_EQ(document["ids"].size(), 2U);
    EXPECT_EQ(document["ids"][0], answer.id);
    const auto events = wait_for_events(place_.events(), 2);
    EXPECT_EQ(events[0]["type"], "generic.x.one");
    EXPECT_EQ(events[1]["type"], "generic.x.two");
    EXPECT_EQ(events[1]["data"]["payload"]["id"], "b");
    EXPECT_EQ(running.send(many_events(body)).outcome, "duplicate");
    // What is news among what was there before is taken.
    const auto more =
        running.send(many_events(R"({"events":[{"id":"b","type":"x.two"},{"id":"c","type":"x.three"}]})"));
    EXPECT_EQ(more.outcome, "accepted");
    EXPECT_EQ(wait_for_events(place_.events(), 3)[2]["type"], "generic.x.three");
}

TEST_F(configured_stores, a_challenge_is_answered_by_the_methods_that_it_names_only) {
    daemon running(place_.config());
    const store_request subscribe{"/hooks/chat?mode=subscribe&token=let-me-in&challenge=abc123", {}, ""};
    const auto answer = running.send(subscribe, "GET");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.raw.body, "abc123");
    EXPECT_EQ(answer.raw.field("X-Content-Type-Options"), "nosniff");
    auto wrong = subscribe;
    wrong.path = "/hooks/chat?mode=subscribe&token=let-me-out&challenge=abc123";
    const auto refused = running.send(wrong, "GET");
    EXPECT_EQ(refused.status, 401U);
    EXPECT_EQ(refused.raw.body, "");
    const auto elsewhere = running.send({"/hooks/own", {}, ""}, "GET");
    EXPECT_EQ(elsewhere.status, 405U);
    EXPECT_EQ(elsewhere.raw.field("Allow"), "POST");
    const auto deleted = running.send({"/hooks/chat", {}, ""}, "DELETE");
    EXPECT_EQ(deleted.status, 405U);
    EXPECT_EQ(deleted.raw.field("Allow"), "POST, GET");
}

TEST_F(configured_stores, a_challenge_behind_the_signature_needs_it_and_an_event_gets_the_stores_own_words) {
    daemon running(place_.config());
    const std::string ping = R"({"type":"ping","text":"a\"b"})";
    EXPECT_EQ(running.send(chat(ping).without("X-Chat")).status, 401U);
    const auto answer = running.send(chat(ping));
    EXPECT_EQ(answer.status, 200U);
    const auto document = nlohmann::json::parse(answer.raw.body);
    EXPECT_EQ(document["plain"], "a\"b");
    EXPECT_EQ(document["hash"], hmac_sha256_hex("chat-secret", "a\"b"));
    const auto event = running.send(chat(R"({"type":"said"})"));
    EXPECT_EQ(event.status, 202U);
    EXPECT_EQ(event.raw.body, "[accepted]");
    EXPECT_EQ(event.raw.field("Content-Type"), "text/plain");
    EXPECT_EQ(wait_for_events(place_.events(), 1).front()["type"], "generic.said");
}

TEST_F(configured_stores, whose_store_alone_can_sign_are_sent_nothing) {
    const std::vector<std::string> send = {
        "send", "generic", "x", "--endpoint", "keyed", "--url", "http://127.0.0.1:9/hooks/keyed"};
    const auto sent = run_shopbell(place_.config(), send);
    EXPECT_EQ(sent.status.code, 1);
    EXPECT_NE(sent.errors.find("only the store can"), std::string::npos) << sent.errors;
    const auto made = run_shopbell(place_.config(), {"sign", "generic", "--endpoint", "keyed"}, "{}");
    EXPECT_EQ(made.status.code, 1);
    EXPECT_NE(made.errors.find("only the store can"), std::string::npos) << made.errors;
}

TEST_F(configured_stores, whose_store_alone_can_sign_are_no_fault_of_the_doctor) {
    daemon running(place_.config());
    const auto url = "http://127.0.0.1:" + std::to_string(running.port()) + "/hooks/keyed";
    const auto report = run_shopbell(place_.config(), {"doctor", "--url", url, "--json"});
    const auto document = nlohmann::json::parse(report.output, nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << report.output;
    std::map<std::string, std::string> results;
    for (const auto& one : document["checks"])
        results[one["check"]] = one["result"];
    EXPECT_EQ(results["url"], "ok") << report.output;
    EXPECT_EQ(results["url-size"], "ok") << report.output;
    EXPECT_NE(report.output.find("only the store has the private key"), std::string::npos) << report.output;
    EXPECT_NE(report.errors.find("only the store can sign"), std::string::npos) << report.errors;
}

TEST_F(configured_stores, are_sent_signed_samples_and_diagnosed) {
    daemon running(place_.config());
    const auto url = "http://127.0.0.1:" + std::to_string(running.port()) + "/hooks/woo";
    const auto sent = run_shopbell(place_.config(), {"send", "woocommerce", "order.updated", "--url", url});
    EXPECT_EQ(sent.status.code, 0) << sent.output << sent.errors;
    const auto again = run_shopbell(place_.config(), {"send", "woocommerce", "order.updated", "--url", url});
    EXPECT_EQ(again.output.substr(0, 12), "200 accepted") << again.output << again.errors;
    const auto broken =
        run_shopbell(place_.config(), {"send", "woocommerce", "order.updated", "--url", url, "--tamper"});
    EXPECT_NE(broken.status.code, 0);
    EXPECT_NE((broken.output + broken.errors).find("401"), std::string::npos)
        << broken.output << broken.errors;
}

}  // namespace
}  // namespace shopbell::test
