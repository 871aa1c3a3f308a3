#include "support/daemon.hpp"
#include "support/http_peer.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <functional>
#include <ostream>

namespace shopbell::test {
namespace {

/// One store: what it sends, forged and genuine, and what becomes of it.
struct store_row {
    std::string name;
    std::function<store_request()> genuine;
    std::function<store_request()> with_wrong_key;
    std::function<store_request(store_request)> without_proof;
    std::string type, subject;
};

std::ostream& operator<<(std::ostream& out, const store_row& row) {
    return out << row.name;
}

store_request without_handshake(const store_request& one) {
    return one.with_body(one.body.substr(0, one.body.find("&handshake=")));
}

const std::vector<store_row>& stores() {
    static const std::vector<store_row> all = {
        {"jumpseller", [] { return jumpseller_request("order_paid", jumpseller_order(1026)); },
         [] { return jumpseller_request("order_paid", jumpseller_order(1026), "another-token"); },
         [](const auto& one) { return one.without("Jumpseller-Hmac-Sha256"); }, "jumpseller.order.paid",
         "order/1026"},
        {"ejunkie", [] { return ejunkie_request("TXN1"); },
         [] { return ejunkie_request("TXN1", "00000000000000000000000000000000"); }, without_handshake,
         "ejunkie.order.paid", "order/TXN1"},
        {"usaepay", [] { return usaepay_request("e1"); }, [] { return usaepay_request("e1", "another-key"); },
         [](const auto& one) { return one.without("X-Signature"); }, "usaepay.transaction.sale.success",
         "transaction/k-e1"},
    };
    return all;
}

class every_store : public testing::TestWithParam<store_row> {};

INSTANTIATE_TEST_SUITE_P(stores, every_store, testing::ValuesIn(stores()),
                         [](const auto& row) { return row.param.name; });

TEST_P(every_store, is_acknowledged_and_brought_to_file_log_and_target) {
    http_peer target;
    shop place;
    place.write_config({.sinks = place.file_and_log() + forward_sink("target", target.url("/events"))});
    daemon running(place.config());

    const auto answer = running.send(GetParam().genuine());
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.outcome, "accepted");
    EXPECT_EQ(answer.raw.field("Content-Type"), "application/json");
    const re2::RE2 uuid7("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
    EXPECT_TRUE(re2::RE2::FullMatch(answer.id, uuid7)) << answer.id;

    const auto events = wait_for_events(place.events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["specversion"], "1.0");
    EXPECT_EQ(events[0]["id"], answer.id);
    EXPECT_EQ(events[0]["source"], "/" + GetParam().name);
    EXPECT_EQ(events[0]["provider"], GetParam().name);
    EXPECT_EQ(events[0]["type"], GetParam().type);
    EXPECT_EQ(events[0]["subject"], GetParam().subject);
    EXPECT_EQ(events[0]["data"]["order"]["status"], "paid");

    const auto arrived = target.wait_for(1);
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(arrived[0].target, "/events");
    EXPECT_EQ(nlohmann::json::parse(arrived[0].body), events[0]);

    const auto line = running.wait_for_log({R"("message":"event")", answer.id});
    EXPECT_EQ(line["type"], GetParam().type);
    const auto request = running.wait_for_log({R"("message":"request")", answer.id});
    EXPECT_EQ(request["status"], 200);
    EXPECT_EQ(running.stop().code, 0);
}

TEST_P(every_store, is_refused_where_forged_and_nothing_is_kept_of_it) {
    const shop place;
    daemon running(place.config());
    const auto genuine = GetParam().genuine();

    auto changed = genuine.body;
    const auto id = changed.find("1026") != changed.npos ? changed.find("1026") : changed.find('1');
    changed[id] = '2';
    std::vector<store_request> forged = {GetParam().with_wrong_key(), GetParam().without_proof(genuine)};
    // E-junkie's proof is a password in the body: it covers no other field.
    if (GetParam().name != "ejunkie")
        forged.push_back(genuine.with_body(changed));

    for (const auto& one : forged) {
        const auto answer = running.send(one);
        EXPECT_EQ(answer.status, 401U);
        EXPECT_EQ(answer.raw.body, R"({"error":"unauthorized"})");
    }
    // Events come out in the order they went in: had a forged one been kept, it would stand before this one.
    const auto kept = running.send(genuine);
    const auto events = wait_for_events(place.events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["id"], kept.id);
}

/// A genuine request that is not written as most are, and what is to be read in it.
struct odd_row {
    const char* name;
    store_request request;
    const char* type;
    const char* total;
};

std::vector<odd_row> odd_requests() {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    const auto form = ejunkie_request("TXN");
    const auto order = jumpseller_order(7);
    const auto sale = usaepay_request("e7").body;
    const auto in_order = [&](std::string_view text, std::string_view by) {
        auto changed = order;
        return changed.replace(changed.find(text), text.size(), by);
    };
    const auto about = [](store_request one, const std::string& id) {
        one.body.replace(one.body.find("TXN"), 3, id);
        return one;
    };
    return {
        {"JSON behind a mark", jumpseller_request("order_paid", std::string(mark) + order),
         "jumpseller.order.paid", "27990.10"},
        {"a lone surrogate", jumpseller_request("order_paid", in_order("buyer@", "\\ud83d@")),
         "jumpseller.order.paid", "27990.10"},
        {"an envelope", jumpseller_request("order_paid", R"({"id":"e1",)" + order.substr(1)),
         "jumpseller.order.paid", "27990.10"},
        {"USAePay's JSON behind a mark", usaepay_signed(std::string(mark) + sale),
         "usaepay.transaction.sale.success", "12.50"},
        {"a form behind a mark", about(form, "T1").with_body(std::string(mark) + about(form, "T1").body),
         "ejunkie.order.paid", "398.5"},
        {"a form whose first field is the handshake, behind a mark",
         about(form, "T2")
             .with_body(std::string(mark) + "handshake=" + std::string(handshake) + "&" +
                        about(form, "T2").body),
         "ejunkie.order.paid", "398.5"},
        {"a form that ends in a line break", about(form, "T3").with_body(about(form, "T3").body + "\r\n"),
         "ejunkie.order.paid", "398.5"},
        {"an amount repeated with other digits",
         about(form, "T4").with_body("mc_gross=398.50&" + about(form, "T4").body), "ejunkie.order.paid",
         "398.50"},
        {"a charset as Content-Encoding", about(form, "T5").with("Content-Encoding", "UTF-8"),
         "ejunkie.order.paid", "398.5"},
        {"an empty Content-Encoding", about(form, "T6").with("Content-Encoding", ""), "ejunkie.order.paid",
         "398.5"},
    };
}

TEST(an_odd_request, is_read_as_it_is_meant) {
    const shop place;
    const daemon running(place.config());
    const auto all = odd_requests();
    for (const auto& row : all) {
        const auto answer = running.send(row.request);
        EXPECT_EQ(answer.status, 200U) << row.name;
        EXPECT_EQ(answer.outcome, "accepted") << row.name;
    }
    const auto events = wait_for_events(place.events(), all.size());
    ASSERT_EQ(events.size(), all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        SCOPED_TRACE(all[i].name);
        EXPECT_EQ(events[i]["type"], all[i].type);
        EXPECT_EQ(events[i]["data"]["order"]["total"]["amount"], all[i].total);
        EXPECT_FALSE(events[i]["data"].contains("problem")) << events[i]["data"]["problem"];
    }
}

/// A request that is answered with an error, whatever it carries.
struct refused_row {
    std::string name;
    std::string method;
    store_request request;
    unsigned status;
    std::string field, value;  // a header that the answer has
};

store_request at(std::string path, store_request one) {
    one.path = std::move(path);
    return one;
}

TEST(refusals, answer_as_the_contract_says) {
    const auto order = jumpseller_request("order_paid", jumpseller_order(1));
    const refused_row rows[] = {
        {"no such path", "POST", at("/hooks/nowhere", order), 404, "", ""},
        {"another method", "PUT", order, 405, "Allow", "POST"},
        {"a body above max_body", "POST", jumpseller_request("order_paid", std::string(5000, ' ')), 413, "",
         ""},
        {"a compressed body", "POST", order.with("Content-Encoding", "gzip"), 415, "", ""},
        {"a client that is not allowed", "POST", at("/hooks/fenced", order), 403, "", ""},
        {"another store", "POST",
         order.without("Jumpseller-Store-Code").with("Jumpseller-Store-Code", "other"), 403, "", ""},
        {"Basic missing", "POST", at("/hooks/basic", usaepay_request("e1")), 401, "WWW-Authenticate",
         "Basic realm="},
        {"Basic wrong", "POST",
         at("/hooks/basic", usaepay_request("e1")).with("Authorization", "Basic " + base64("store:wrong")),
         401, "WWW-Authenticate", "Basic realm="},
    };
    const shop place({.server = "max_body = \"4KiB\"", .endpoints = three_endpoints() + R"(
[[endpoint]]
name = "fenced"
path = "/hooks/fenced"
provider = "jumpseller"
hooks_token = "integration-hooks-token"
allow = ["203.0.113.0/24"]
[[endpoint]]
name = "basic"
path = "/hooks/basic"
provider = "usaepay"
signature_key = "integration-signature-key"
basic_user = "store"
basic_password = "right"
)"});
    const daemon running(place.config());
    for (const auto& row : rows) {
        const auto answer = running.send(row.request, row.method);
        EXPECT_EQ(answer.status, row.status) << row.name;
        EXPECT_TRUE(nlohmann::json::parse(answer.raw.body).contains("error")) << row.name;
        EXPECT_TRUE(answer.raw.field(row.field).starts_with(row.value)) << row.name;
    }
    const auto allowed = at("/hooks/basic", usaepay_request("e1"));
    EXPECT_EQ(running.send(allowed.with("Authorization", "Basic " + base64("store:right"))).status, 200U);
    EXPECT_EQ(wait_for_events(place.events(), 1).size(), 1U);
}

TEST(what_is_not_understood, is_accepted_and_kept_as_unparsed) {
    const shop place;
    const daemon running(place.config());
    const std::pair<store_request, std::string> rows[] = {
        {jumpseller_request("order_paid", "no JSON at all"), "jumpseller.unparsed"},
        {ejunkie_request("").with_body("color=blue&handshake=" + std::string(handshake)), "ejunkie.unparsed"},
        {usaepay_signed("[1,2"), "usaepay.unparsed"},
        {jumpseller_request("foo_bar", R"({"foo":1})"), "jumpseller.foo_bar"},
    };
    std::size_t count = 0;
    for (const auto& [request, type] : rows) {
        const auto answer = running.send(request);
        EXPECT_EQ(answer.status, 200U) << type;
        const auto events = wait_for_events(place.events(), ++count);
        ASSERT_EQ(events.size(), count);
        EXPECT_EQ(events.back()["id"], answer.id);
        EXPECT_EQ(events.back()["type"], type);
        EXPECT_TRUE(events.back()["data"].contains("problem")) << type;
    }
}

TEST(a_contradicted_event, fires_no_route_of_the_real_one) {
    shop place;
    place.write_config(
        {.sinks = place.file_and_log() + "[[sink]]\nname = \"paid\"\ntype = \"file\"\npath = \"" +
                  place.file("paid.jsonl") +
                  "\"\n[[route]]\nevents = [\"jumpseller.order.paid\"]\nsinks = [\"paid\"]\n"});
    const daemon running(place.config());

    const auto body = jumpseller_order(7, "pending_payment");
    EXPECT_EQ(running.send(jumpseller_request("order_paid", body)).status, 200U);
    const auto paid = running.send(jumpseller_request("order_paid", jumpseller_order(7)));

    const auto all = wait_for_events(place.events(), 2);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["type"], "jumpseller.contradicted");
    const auto routed = wait_for_events(place.file("paid.jsonl"), 1);
    ASSERT_EQ(routed.size(), 1U);
    EXPECT_EQ(routed[0]["id"], paid.id);
}

}  // namespace
}  // namespace shopbell::test
