#include "store_support.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>

namespace shopbell::test {
namespace {

constexpr std::string_view body = R"({"id":"e1","type":"order.paid"})";
const time_point noon = std::chrono::sys_days(std::chrono::year(2026) / 3 / 4) + std::chrono::hours(12);

std::string mac(std::string_view key, std::string_view message) {
    return hex_encode(as_text(hmac_sha256(key, message)));
}

unsigned status_of(const provider& to, const headers& fields, std::string_view sent = body,
                   time_point at = noon, std::string_view query = {}) {
    const auto got = to.accept({fields, sent, "POST", query, at});
    const auto* const refused = std::get_if<refusal>(&got);
    return refused == nullptr ? 200 : refused->status;
}

std::string seconds_text(std::chrono::seconds from_noon) {
    return std::to_string((noon.time_since_epoch() / std::chrono::seconds(1)) + from_noon.count());
}

TEST(a_signature, is_looked_for_where_its_source_says) {
    const auto in_header = store_of("generic", "secret = \"k\"\nsignature = \"header:X-S\"\n");
    EXPECT_EQ(status_of(*in_header, {{"x-s", mac("k", body)}}), 200U);
    EXPECT_EQ(status_of(*in_header, {{"X-S", " " + mac("k", body) + " "}}), 200U);
    EXPECT_EQ(status_of(*in_header, {{"X-S", to_upper(mac("k", body))}}), 200U);
    EXPECT_EQ(status_of(*in_header, {{"X-S", mac("other", body)}}), 401U);
    EXPECT_EQ(status_of(*in_header, {}), 401U);
    EXPECT_EQ(status_of(*in_header, {{"X-S", ""}}), 401U);
    EXPECT_EQ(status_of(*in_header, {{"X-S", mac("k", body)}, {"X-S", mac("k", body)}}), 401U);

    const auto in_query = store_of("generic", "secret = \"k\"\nsignature = \"query:sig\"\n");
    EXPECT_EQ(status_of(*in_query, {}, body, noon, "a=1&sig=" + mac("k", body)), 200U);
    EXPECT_EQ(status_of(*in_query, {}, body, noon, "sig=x&sig=" + mac("k", body)), 401U);

    const auto in_json =
        store_of("generic", "secret = \"k\"\nsignature = \"json:/sig\"\nsigned = \"{json:/a}\"\n");
    EXPECT_EQ(status_of(*in_json, {}, R"({"a":1.50,"sig":")" + mac("k", "1.50") + "\"}"), 200U);
    EXPECT_EQ(status_of(*in_json, {}, R"({"a":1.5,"sig":")" + mac("k", "1.50") + "\"}"), 401U);
    EXPECT_EQ(status_of(*in_json, {}, "no JSON"), 400U);

    const auto in_form =
        store_of("generic", "secret = \"k\"\nsignature = \"form:sig\"\nsigned = \"{form:a}\"\n");
    EXPECT_EQ(status_of(*in_form, {}, "a=x+y%21&sig=" + mac("k", "x y!")), 200U);
    EXPECT_EQ(status_of(*in_form, {}, "a=x&a=x&sig=" + mac("k", "x")), 401U);
}

TEST(a_multipart_form, is_read_like_the_other) {
    const auto source = store_of("generic",
                                 "secret = \"t0ken\"\nalgorithm = \"token\"\nsignature = \"form:pass\"\n"
                                 "event = \"form:event\"\n");
    const headers fields = {{"Content-Type", "multipart/form-data; boundary=\"B x\""}};
    const std::string parts =
        "--B x\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\norder.success\r\n"
        "--B x\r\nContent-Disposition: form-data; name=\"pass\"\r\n\r\nt0ken\r\n--B x--\r\n";
    const auto got = accepted_of(source->accept({fields, parts}));
    EXPECT_EQ(got.type, "generic.order.success");
    const auto data = source->reader()->describe({got.type, fields, parts});
    EXPECT_EQ(data.payload, R"({"event":"order.success"})");  // without its secret
    EXPECT_EQ(source->reader()->blank({got.type, fields, parts}).find("t0ken"), std::string::npos);
    EXPECT_EQ(status_of(*source, fields, parts.substr(0, 60)), 400U);
}

TEST(a_secret, may_be_one_of_several) {
    const auto source = store_of("generic", "secret = [\"new\", \"old\"]\nsignature = \"header:X-S\"\n");
    EXPECT_EQ(status_of(*source, {{"X-S", mac("new", body)}}), 200U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("old", body)}}), 200U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("older", body)}}), 401U);
}

TEST(entries, are_tried_up_to_eight_and_others_are_skipped) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\nseparator = \",\"\n"
                                 "format = \"v1={signature}\"\n");
    const auto right = "v1=" + mac("k", body);
    EXPECT_EQ(status_of(*source, {{"X-S", "v0=1,v1=dummy,v11=" + mac("k", body) + "," + right}}), 200U);
    EXPECT_EQ(status_of(*source, {{"X-S", "v11=" + mac("k", body)}}), 401U);
    EXPECT_EQ(status_of(*source, {{"X-S", "V1=" + mac("k", body)}}), 401U);
    std::string seven, eight;
    for (int i = 0; i < 8; ++i)
        (i < 7 ? seven : eight) += "v1=" + mac("wrong" + std::to_string(i), body) + ",";
    EXPECT_EQ(status_of(*source, {{"X-S", seven + right}}), 200U);
    EXPECT_EQ(status_of(*source, {{"X-S", seven + eight + right}}), 401U);
}

TEST(entries, may_name_the_delivery_as_well) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\nseparator = \",\"\n"
                                 "format = \"v1={signature}\"\nid = \"{entry:n}\"\nevent = \"entry:#1\"\n");
    const auto got = [&](const std::string& value) {
        return accepted_of(source->accept({{{"X-S", value + ",v1=" + mac("k", body)}}, body}));
    };
    EXPECT_EQ(got("Sale/Paid,n=1").type, "generic.sale.paid");
    EXPECT_EQ(got("a,n=1").identity, got("b,n=1").identity);
    EXPECT_NE(got("a,n=1").identity, got("a,n=2").identity);
    EXPECT_EQ(got("a,n=1,n=2").identity, got("a").identity) << "the body's, since no one entry is there";
}

TEST(a_time, is_taken_up_to_its_tolerance_and_not_a_second_beyond) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\ntimestamp = \"header:X-T\"\n"
                                 "signed = \"{timestamp}.{body}\"\n");
    const auto at = [&](const std::string& text) {
        return status_of(*source, {{"X-T", text}, {"X-S", mac("k", text + "." + std::string(body))}});
    };
    using std::chrono::seconds;
    EXPECT_EQ(at(seconds_text(seconds(-300))), 200U);
    EXPECT_EQ(at(seconds_text(seconds(-301))), 401U);
    EXPECT_EQ(at(seconds_text(seconds(300))), 200U);
    EXPECT_EQ(at(seconds_text(seconds(301))), 401U);
    EXPECT_EQ(at("+" + seconds_text(seconds(0))), 401U);
    EXPECT_EQ(at(seconds_text(seconds(0)) + ".0"), 401U);
    EXPECT_EQ(at(seconds_text(seconds(0)) + "000"), 401U);
    EXPECT_EQ(at("99999999999999999999999"), 401U);
}

TEST(a_time, has_a_tolerance_for_each_side) {
    const auto source =
        store_of("generic",
                 "secret = \"k\"\nsignature = \"header:X-S\"\ntimestamp = \"header:X-T\"\n"
                 "tolerance = { past = \"1m\", future = \"0s\" }\ntimestamp_unit = \"auto\"\n");
    const auto at = [&](const std::string& text) {
        return status_of(*source, {{"X-T", text}, {"X-S", mac("k", body)}});
    };
    EXPECT_EQ(at(seconds_text(std::chrono::seconds(-60))), 200U);
    EXPECT_EQ(at(seconds_text(std::chrono::seconds(-61))), 401U);
    EXPECT_EQ(at(seconds_text(std::chrono::hours(24 * 365))), 200U);
    EXPECT_EQ(at(seconds_text(std::chrono::seconds(-30)) + "500"), 200U);
}

TEST(a_time, that_is_too_old_is_told_to_the_operator) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\ntimestamp = \"header:X-T\"\n"
                                 "timestamp_unit = \"iso\"\n");
    const headers fields = {{"X-T", "2026-03-04T11:46:00.123456789Z"}, {"X-S", mac("k", body)}};
    const webhook sent{fields, body, "POST", {}, noon};
    EXPECT_EQ(outcome_of(source->accept(sent)),
              "401 the signature is right, but 13 minutes old: look at the clock");
    const auto cause = source->diagnose(sent);
    EXPECT_TRUE(cause.proven);
    EXPECT_NE(cause.text.find("look at the clock"), std::string::npos) << cause.text;
    for (const auto* other : {"2026-03-04 12:00:00Z", "2026-03-04T12:00:00", "1772625600"})
        EXPECT_EQ(status_of(*source, {{"X-T", other}, {"X-S", mac("k", body)}}), 401U) << other;
    EXPECT_EQ(status_of(*source, {{"X-T", "2026-03-04T13:00:00+01:00"}, {"X-S", mac("k", body)}}), 200U);
}

TEST(a_template, drops_lowers_and_leaves_out) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\n"
                                 "signed = \"[id:{query:id|lower};][x:{header:X-A};]e:{header:X-E?}.\"\n");
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", "id:ab;e:.")}}, body, noon, "id=AB"), 200U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", "x:1;e:2.")}, {"X-A", "1"}, {"X-E", "2"}}), 200U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", "id:;e:.")}}), 401U);
}

TEST(a_template, of_which_something_is_absent_is_not_signed) {
    const auto source = store_of(
        "generic", "secret = \"k\"\nsignature = \"header:X-S\"\nsigned = \"{header:X-Id}.{body}\"\n");
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", "." + std::string(body))}}), 401U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", body)}}), 401U);
}

TEST(http_basic, may_stand_beside_a_signature_and_then_both_must_hold) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\nbasic_user = \"u\"\n"
                                 "basic_password = \"p:w\"\n");
    const header right = {"Authorization", "bAsIc " + base64_encode("u:p:w")};
    const header wrong = {"Authorization", "Basic " + base64_encode("u:pw")};
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", body)}, right}), 200U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", body)}, wrong}), 401U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", body)}}), 401U);
    EXPECT_EQ(status_of(*source, {right}), 401U);
    EXPECT_EQ(source->basic_realm(), "shopbell");
}

TEST(an_event, is_named_in_the_words_that_types_have) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\n"
                                 "event = [\"header:X-Event\", \"{json:/a}.{json:/b}\"]\n");
    const auto type = [&](std::string_view event, std::string_view sent = body) {
        headers fields = {{"X-S", mac("k", sent)}};
        if (!event.empty())
            fields.push_back({"X-Event", std::string(event)});
        return accepted_of(source->accept({fields, sent})).type;
    };
    EXPECT_EQ(type("orders/paid"), "generic.orders.paid");
    EXPECT_EQ(type("charge:confirmed"), "generic.charge.confirmed");
    EXPECT_EQ(type("Push Hook"), "generic.push_hook");
    EXPECT_EQ(type("", R"({"a":"X","b":2})"), "generic.x.2");
    EXPECT_EQ(type(""), "generic.unknown");
    EXPECT_EQ(type("unparsed"), "generic.unknown");
    EXPECT_EQ(type("whatever", "no JSON"), "generic.unparsed");
}

TEST(an_empty_body, leaves_it_to_the_url_what_the_event_is) {
    const auto source = store_of("generic",
                                 "secret = \"t0ken\"\nalgorithm = \"token\"\nsignature = \"query:token\"\n"
                                 "event = \"query:topic\"\nid = \"{query:id}\"\n");
    const auto got = accepted_of(source->accept({{}, {}, "POST", "token=t0ken&topic=payment&id=7"}));
    EXPECT_EQ(got.type, "generic.payment");
    const auto data = source->reader()->describe({got.type, {}, {}});
    EXPECT_EQ(data.payload, R"("")");
    EXPECT_EQ(data.problem, "");
    EXPECT_EQ(status_of(*source, {}, "", noon, "token=t0kem&topic=payment"), 401U);
}

TEST(an_identity, is_the_bodys_where_something_of_it_is_absent) {
    const auto source =
        store_of("generic", "secret = \"k\"\nsignature = \"header:X-S\"\nid = \"{header:X-Id}\"\n");
    const auto identity = [&](const headers& more, std::string_view sent = body) {
        headers fields = {{"X-S", mac("k", sent)}};
        fields.insert(fields.end(), more.begin(), more.end());
        return accepted_of(source->accept({fields, sent})).identity;
    };
    EXPECT_EQ(identity({{"X-Id", "1"}}), identity({{"X-Id", "1"}}, "{}"));
    EXPECT_NE(identity({{"X-Id", "1"}}), identity({{"X-Id", "2"}}));
    EXPECT_EQ(identity({}), identity({}));
    EXPECT_NE(identity({}), identity({}, "{}"));
    const auto never = store_of("generic", "secret = \"k\"\nsignature = \"header:X-S\"\nid = \"\"\n");
    const headers fields = {{"X-S", mac("k", body)}};
    EXPECT_NE(accepted_of(never->accept({fields, body})).identity,
              accepted_of(never->accept({fields, body})).identity);
}

TEST(a_store, is_the_one_that_is_taken) {
    const auto source =
        store_of("generic",
                 "secret = \"k\"\nsignature = \"header:X-S\"\nstore_from = \"header:X-Shop\"\n"
                 "store = \"mine.example.com\"\nmatch = { \"json:/id\" = \"e1\" }\n");
    const auto with = [&](const char* shop, std::string_view sent = body) {
        return status_of(*source, {{"X-S", mac("k", sent)}, {"X-Shop", shop}}, sent);
    };
    EXPECT_EQ(with("Mine.example.com"), 200U);
    EXPECT_EQ(with("other.example.com"), 403U);
    EXPECT_EQ(with("mine.example.com", R"({"id":"e2"})"), 403U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("k", body)}}), 403U);
    EXPECT_EQ(status_of(*source, {{"X-S", mac("x", body)}, {"X-Shop", "other"}}), 401U);
}

TEST(a_batch, has_an_identity_for_each_of_its_elements) {
    const auto source = store_of("generic",
                                 "secret = \"k\"\nsignature = \"header:X-S\"\nitems = \"/entry/*/changes\"\n"
                                 "event = \"json:/f\"\n");
    const std::string sent = R"({"entry":[{"changes":[{"f":"a"},{"f":"a"}]},{"changes":[{"f":"b"}]}]})";
    const headers fields = {{"X-S", mac("k", sent)}};
    const auto got = source->accept({fields, sent});
    ASSERT_EQ(outcome_of(got), "batch 3");
    const auto& parts = std::get<batch>(got).parts;
    EXPECT_EQ(parts[0].body, R"({"f":"a"})");
    EXPECT_NE(parts[0].what.identity, parts[1].what.identity);
    EXPECT_EQ(parts[2].what.type, "generic.b");
    const auto again = source->accept({fields, sent});
    EXPECT_EQ(std::get<batch>(again).parts[1].what.identity, parts[1].what.identity);
}

TEST(a_batch, that_is_too_long_is_one_event_of_the_whole) {
    const auto source = store_of("generic", "secret = \"k\"\nsignature = \"header:X-S\"\nitems = \"\"\n");
    const auto sent_with = [](int elements) {
        std::string sent = "[{\"type\":\"a\"}";
        for (int i = 1; i < elements; ++i)
            sent += ",{\"type\":\"a\"}";
        return sent + "]";
    };
    const auto most = sent_with(1000), more = sent_with(1001);
    EXPECT_EQ(outcome_of(source->accept({{{"X-S", mac("k", most)}}, most})), "batch 1000");
    const auto whole = accepted_of(source->accept({{{"X-S", mac("k", more)}}, more}));
    EXPECT_EQ(whole.type, "generic.unknown");
}

TEST(signed_content, is_known_again_under_an_id_that_is_not_signed) {
    const auto content = [](std::string_view keys, std::string_view id, std::string_view sent = body) {
        const auto source =
            store_of("generic", "secret = \"k\"\nsignature = \"header:X-S\"\n" + std::string(keys));
        return accepted_of(source->accept({{{"X-S", mac("k", sent)}, {"X-Id", std::string(id)}}, sent}))
            .signed_content;
    };
    constexpr std::string_view by_header = "id = \"{header:X-Id}\"\n";
    EXPECT_NE(content(by_header, "1"), 0U);
    EXPECT_EQ(content(by_header, "1"), content(by_header, "2"));
    EXPECT_NE(content(by_header, "1"), content(by_header, "1", "{}"));
    EXPECT_EQ(content("id = \"{json:/id}\"\n", "1"), 0U) << "the id is signed with the body";
    EXPECT_EQ(content("id = \"\"\n", "1"), 0U) << "the same content is news";
    EXPECT_EQ(content("", "1"), 0U) << "the content is the id";
}

TEST(signed_content, is_of_no_interest_where_the_id_is_signed_as_well) {
    const auto source =
        store_of("standard_webhooks", "secret = \"whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\"");
    const auto request = source->sign("order.paid", std::string(body), signing::genuine);
    EXPECT_EQ(accepted_of(source->accept({request.fields, request.body})).signed_content, 0U);
}

TEST(a_batch, of_none_is_one_event_of_the_whole) {
    const auto source =
        store_of("generic", "secret = \"k\"\nsignature = \"header:X-S\"\nitems = \"/events\"\n");
    for (const std::string sent : {R"({"events":[]})", R"({"events":3})", "{}"})
        EXPECT_EQ(outcome_of(source->accept({{{"X-S", mac("k", sent)}}, sent})), "accepted generic.unknown")
            << sent;
}

TEST(a_probe, is_answered_with_short_plain_values_only) {
    const auto source =
        store_of("generic",
                 "secret = \"k\"\nsignature = \"header:X-S\"\n"
                 "unsigned = [{ when = \"method == GET && query:c exists\", answer = "
                 "{ body = \"{hmac-sha256:query:c|base64}\", headers = { X-Echo = \"{query:c}\" } } }]\n");
    const auto ask = [&](std::string_view query) { return source->accept({{}, {}, "GET", query}); };
    const auto got = ask("c=abc");
    ASSERT_EQ(outcome_of(got), "answer 200");
    EXPECT_EQ(std::get<reply>(got).body, base64_encode(as_text(hmac_sha256("k", "abc"))));
    // No signature of a body is to be had for the asking.
    EXPECT_EQ(outcome_of(ask("c=%7B%22id%22%3A1%7D")).substr(0, 3), "401");
    EXPECT_EQ(outcome_of(ask("c=" + std::string(100, 'a'))).substr(0, 3), "401");
    EXPECT_EQ(outcome_of(ask("d=1")).substr(0, 3), "401");
    const auto split = ask("c=a%0D%0AX-B:1");
    EXPECT_EQ(outcome_of(split).substr(0, 3), "401");
    EXPECT_EQ(
        std::vector<std::string_view>(source->challenge_methods().begin(), source->challenge_methods().end()),
        std::vector<std::string_view>{"GET"});
}

TEST(a_diagnosis, says_which_setting_would_be_right) {
    const auto cause = [](const std::string& keys, const headers& fields, std::string_view sent = body) {
        const auto source = store_of("generic", "signature = \"header:X-S\"\n" + keys);
        const webhook refused{fields, sent, "POST", {}, noon};
        EXPECT_EQ(outcome_of(source->accept(refused)).substr(0, 3), "401");
        return source->diagnose(refused).text;
    };
    const auto right = mac("k", body);
    EXPECT_NE(cause("secret = \"k\"\nencoding = \"base64\"", {{"X-S", right}}).find("encoding = \"hex\""),
              std::string::npos);
    EXPECT_NE(cause("secret = \"k\"", {{"X-S", "sha256=" + right}}).find("format = \"sha256={signature}\""),
              std::string::npos);
    const auto key = base64_encode("0123456789abcdef");
    EXPECT_NE(cause("secret = \"" + key + "\"", {{"X-S", mac("0123456789abcdef", body)}})
                  .find("key_encoding = \"base64\""),
              std::string::npos);
    EXPECT_NE(
        cause("secret = \"k\"", {{"X-S", right}}, std::string(body) + "\n").find("the body did not end"),
        std::string::npos);
    const auto url =
        cause("secret = \"k\"\nsigned = \"{url}{body}\"\npublic_url = \"https://a.example.com/h\"",
              {{"X-S", mac("k", "http://a.example.com/h/" + std::string(body))}});
    EXPECT_NE(url.find("http://a.example.com/h/"), std::string::npos) << url;
}

}  // namespace
}  // namespace shopbell::test
