#include "support/daemon.hpp"
#include "support/http_peer.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace shopbell::test {
namespace {

const answer failing{.status = 500};

std::string url_of(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port) + "/";
}

std::string id_of(const seen_request& one) {
    return nlohmann::json::parse(one.body)["id"].get<std::string>();
}

std::vector<std::string> ids_of(const std::vector<seen_request>& all) {
    std::vector<std::string> ids;
    std::transform(all.begin(), all.end(), std::back_inserter(ids), id_of);
    return ids;
}

/// The ids that the peer has taken so far, each once: waits until there are that many.
std::set<std::string> wait_for_ids(const http_peer& target, std::size_t count) {
    std::set<std::string> ids;
    for (std::size_t requests = count; ids.size() < count && !testing::Test::HasFailure(); ++requests) {
        for (const auto& id : ids_of(target.wait_for(requests)))
            ids.insert(id);
    }
    return ids;
}

TEST(a_target_that_is_down, gets_everything_once_it_is_up) {
    const reserved_port port;
    shop place;
    place.write_config({.sinks = place.file_and_log() + forward_sink("target", url_of(port.number()))});
    const daemon running(place.config());
    std::set<std::string> sent;
    for (const auto* const id : {"e1", "e2", "e3"}) {
        const auto answer = running.send(usaepay_request(id));
        EXPECT_EQ(answer.status, 200U);
        sent.insert(answer.id);
        (void)running.wait_for_log({R"("delivery failed")", answer.id});
    }
    const http_peer target({}, port.number());
    EXPECT_EQ(wait_for_ids(target, 3), sent);
}

TEST(a_target_that_flaps, gets_every_event) {
    std::vector<answer> script;
    for (int i = 0; i < 10; ++i)
        script.insert(script.end(),
                      {failing, {}, {.act = answer::action::close}, {.act = answer::action::reset}});
    script.emplace_back();
    const http_peer target(script);
    const shop place({.sinks = forward_sink("target", target.url())});
    const daemon running(place.config());
    std::set<std::string> sent;
    for (int i = 0; i < 20; ++i)
        sent.insert(running.send(usaepay_request("e" + std::to_string(i))).id);
    // Ten of each kind of failure, then all is taken: every event comes through in the end.
    const auto requests = target.wait_for(20 + 30);
    const auto ids = ids_of(requests);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), sent);
    for (std::size_t i = 0; i < script.size(); ++i) {
        if (script[i].act == answer::action::respond && script[i].status == 200)
            sent.erase(ids[i]);
    }
    for (std::size_t i = script.size(); i < ids.size(); ++i)
        sent.erase(ids[i]);
    EXPECT_TRUE(sent.empty());
}

TEST(a_lost_answer, brings_the_event_again_under_the_same_id) {
    const http_peer target({{.act = answer::action::close}, {}});
    const shop place(
        {.sinks = forward_sink("target", target.url(), "sign_secret = \"whsec_aW50ZWdyYXRpb24=\"")});
    const daemon running(place.config());
    const auto answer = running.send(usaepay_request("e1"));
    const auto requests = target.wait_for(2);
    ASSERT_EQ(requests.size(), 2U);
    for (const auto& one : requests) {
        EXPECT_EQ(id_of(one), answer.id);
        EXPECT_EQ(value_of(one.fields, "webhook-id"), answer.id);
    }
}

TEST(a_refused_event, becomes_a_dead_letter_and_the_next_ones_flow) {
    const http_peer target({{.status = 400, .body = "no such field"}, {}});
    const shop place({.sinks = forward_sink("target", target.url(), "concurrency = 1")});
    const daemon running(place.config());
    // One subject: what died must not hold back what comes after it.
    const auto poison =
        running.send(jumpseller_request("order_pending_payment", jumpseller_order(1, "pending_payment")));
    const auto next = running.send(jumpseller_request("order_paid", jumpseller_order(1)));
    const auto line = running.wait_for_log({R"("dead letter")", poison.id});
    EXPECT_EQ(line["level"], "error");
    EXPECT_EQ(line["sink"], "target");
    EXPECT_EQ(line["attempts"], 1);
    EXPECT_NE(line["error"].get<std::string>().find("400"), std::string::npos);
    EXPECT_EQ(ids_of(target.wait_for(2)), (std::vector<std::string>{poison.id, next.id}));
}

TEST(events_of_one_subject, arrive_in_the_order_accepted_whatever_fails) {
    const std::vector<answer> script = {failing, failing, {}, failing, {.act = answer::action::close},
                                        {},      failing, {}};
    const http_peer target(script);
    const shop place({.sinks = forward_sink("target", target.url(), "concurrency = 8")});
    const daemon running(place.config());
    std::vector<std::string> sent;
    sent.push_back(
        running.send(jumpseller_request("order_pending_payment", jumpseller_order(1, "pending_payment"))).id);
    sent.push_back(running.send(jumpseller_request("order_paid", jumpseller_order(1))).id);
    sent.push_back(running.send(jumpseller_request("order_shipped", jumpseller_order(1))).id);

    // Every failure is another attempt at the same event: no other of the subject may come before it is
    // through.
    const std::vector<std::string> expected = {sent[0], sent[0], sent[0], sent[1],
                                               sent[1], sent[1], sent[2], sent[2]};
    EXPECT_EQ(ids_of(target.wait_for(script.size())), expected);
}

TEST(a_target_that_hangs, delays_neither_the_answers_nor_the_other_sinks) {
    const http_peer target({{.act = answer::action::hang}});
    shop place;
    place.write_config({.server = "drain_timeout = \"200ms\"",
                        .sinks = place.file_and_log() +
                                 forward_sink("target", target.url(), "timeout = \"1h\"\nconcurrency = 2")});
    daemon running(place.config());
    constexpr std::size_t count = 50;
    for (std::size_t i = 0; i < count; ++i)
        EXPECT_EQ(running.send(usaepay_request("e" + std::to_string(i))).status, 200U);
    EXPECT_EQ(wait_for_events(place.events(), count).size(), count);
    EXPECT_EQ(target.wait_for(2).size(), 2U) << "no more than its concurrency may wait for it";
    EXPECT_EQ(running.stop().code, 0);
}

TEST(a_forwarded_event, carries_a_standard_webhooks_signature_that_verifies) {
    const std::string key = "the key's bytes, of any length.";
    const http_peer target;
    const shop place({.sinks = forward_sink("target", target.url(),
                                            "sign_secret = \"whsec_" + base64(key) +
                                                "\"\nbearer_token = \"tok\"\n"
                                                "headers = { X-Shop = \"one\" }")});
    const daemon running(place.config());
    const auto id = running.send(usaepay_request("e1")).id;
    const auto requests = target.wait_for(1);
    ASSERT_EQ(requests.size(), 1U);
    const auto& got = requests[0];
    EXPECT_EQ(value_of(got.fields, "webhook-id"), id);
    const std::string signed_text =
        id + '.' + std::string(value_of(got.fields, "webhook-timestamp")) + '.' + got.body;
    EXPECT_EQ(value_of(got.fields, "webhook-signature"), "v1," + hmac_sha256_base64(key, signed_text));
    EXPECT_EQ(value_of(got.fields, "Authorization"), "Bearer tok");
    EXPECT_EQ(value_of(got.fields, "X-Shop"), "one");
    EXPECT_EQ(value_of(got.fields, "Content-Type"), "application/cloudevents+json");
}

TEST(a_forwarded_original, is_what_the_store_sent_and_still_verifies) {
    const http_peer target;
    const shop place({.sinks = forward_sink("target", target.url(), "body = \"original\"\nconcurrency = 1")});
    const daemon running(place.config());
    // Spaces, digits and a repeated key that no parser would give back as they were.
    const auto order = jumpseller_request(
        "order_paid", "{ \"order\":{\"id\":7,\"total\":10.10,\"a\":1,\"a\":2e0},\r\n\"x\":\"\\u00e9\" }");
    const auto payment = ejunkie_request("TXN1");
    (void)running.send(order);
    (void)running.send(payment);
    const auto requests = target.wait_for(2);
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].body, order.body);
    EXPECT_EQ(value_of(requests[0].fields, "Content-Type"), "application/json");
    EXPECT_EQ(value_of(requests[0].fields, "Jumpseller-Event"), "order_paid");
    EXPECT_EQ(value_of(requests[0].fields, "Jumpseller-Hmac-Sha256"),
              hmac_sha256_base64(hooks_token, requests[0].body));
    EXPECT_EQ(requests[1].body, payment.body);
    EXPECT_EQ(value_of(requests[1].fields, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(a_retry, survives_kill_9) {
    const reserved_port port;
    const shop place({.sinks = forward_sink("target", url_of(port.number()))});
    std::set<std::string> sent;
    {
        daemon before(place.config());
        for (const auto* const id : {"e1", "e2"}) {
            const auto answer = before.send(usaepay_request(id));
            sent.insert(answer.id);
            (void)before.wait_for_log({R"("delivery failed")", answer.id});
        }
        before.kill();
    }
    const http_peer target({}, port.number());
    const daemon after(place.config());
    EXPECT_EQ(wait_for_ids(target, 2), sent);
}

}  // namespace
}  // namespace shopbell::test
