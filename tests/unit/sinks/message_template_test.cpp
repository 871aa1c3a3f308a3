#include "../src/sinks/message_template.hpp"

#include "made_sink.hpp"
#include "support/http_peer.hpp"
#include "support/places.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace shopbell {
namespace {

std::shared_ptr<event> event_of(const std::string& document) {
    auto one = test::make_event("id-1");
    one->document = document;
    return one;
}

/// The rendering, or "problem: REASON".
std::string render(const std::string& text, const std::string& document,
                   std::string_view content_type = "text/plain") {
    auto made = message_template::parse(text, "x", content_type);
    if (!made)
        return "problem: " + made.error().reason;
    auto message = made->render(*event_of(document));
    return message ? *message : "problem: " + message.error().reason;
}

const std::string paid_order =
    R"({"id":"id-1","type":"jumpseller.order.paid","subject":"order/1026","data":{"order":{"number":"1026",)"
    R"("total":{"amount":"369.20","currency":"USD"},"customer":{"full_name":"Ana \"the\" Peña\n& <Co>"},)"
    R"("items":[{"name":"Tee","quantity":2},{"sku":"CUP-1","quantity":1.50}],"discount_codes":["A","B"],)"
    R"("newsletter_opt_in":true,"free":false,"note":"","none":null,"nothing":[],"options":{}},)"
    R"("payload":{"id":90071992547409930001,"price":369.2000,"exponent":1E400,"a":{"a":{"b":1}}}}})";

struct template_row {
    const char* name;
    std::string text;
    std::string expected;
    std::string_view content_type = "text/plain";
};

class a_template : public testing::TestWithParam<template_row> {};

TEST_P(a_template, says_what_its_author_meant) {
    EXPECT_EQ(render(GetParam().text, paid_order, GetParam().content_type), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    texts, a_template,
    testing::Values(
        template_row{"plain", "hello\n", "hello\n"}, template_row{"empty", "", ""},
        template_row{"the_first_of_a_list",
                     "{{#data.order.items.first.1}}{{name}}{{/data.order.items.first.1}}", "Tee"},
        template_row{"how_many_more",
                     "{{data.order.items.more.1}} {{#data.order.items.more.2}}x{{/data.order.items.more.2}}",
                     "1 "},
        template_row{"the_first_of_a_text", "{{type.first.8}} {{type.first.21}} {{type.first.20}}",
                     "jumpsel… jumpseller.order.paid jumpseller.order.pa…"},
        template_row{"the_first_of_a_number", "{{data.payload.id.first.4}}", "900…"},
        template_row{"the_first_of_nothing",
                     "{{data.nothing.first.4}}{{data.order.none.first.4}}{{data.order.options.more.1}}", ""},
        template_row{"a_member", "{{type}} {{ subject }}", "jumpseller.order.paid order/1026"},
        template_row{"dotted_names", "{{data.order.total.amount}} {{data.order.total.currency}}",
                     "369.20 USD"},
        template_row{"numbers_as_sent",
                     "{{data.payload.id}} {{data.payload.price}} {{data.payload.exponent}}",
                     "90071992547409930001 369.2000 1E400"},
        template_row{"what_is_missing", "[{{data.order.tracking.number}}{{nothing}}{{data.order.number.x}}]",
                     "[]"},
        template_row{"objects_and_arrays_have_no_text", "[{{data.order}}{{data.order.items}}]", "[]"},
        template_row{"truth", "[{{data.order.newsletter_opt_in}}{{data.order.free}}{{data.order.none}}]",
                     "[true]"},
        template_row{
            "an_array",
            "{{#data.order.items}}{{quantity}}x{{name}}{{^name}}{{sku}}{{/name}};{{/data.order.items}}",
            "2xTee;1.50xCUP-1;"},
        template_row{"an_array_of_texts",
                     "{{#data.order.discount_codes}}<{{.}}>{{/data.order.discount_codes}}", "<A><B>"},
        template_row{"an_object", "{{#data.order.total}}{{amount}}{{/data.order.total}}", "369.20"},
        template_row{"outer_names_inside", "{{#data.order}}{{#items}}{{number}}/{{/items}}{{/data.order}}",
                     "1026/1026/"},
        template_row{"dotted_names_inside", "{{#data}}{{order.total.amount}}{{/data}}", "369.20"},
        template_row{"sections_in_sections",
                     "{{#data.payload}}{{#a}}{{#a}}{{b}}{{/a}}{{/a}}{{/data.payload}}", "1"},
        template_row{
            "reasons_for_a_section",
            "{{#data.order}}{{#note}}1{{/note}}{{#none}}2{{/none}}{{#free}}3{{/free}}{{#nothing}}4{{/"
            "nothing}}"
            "{{#gone}}5{{/gone}}{{#number}}6{{/number}}{{#newsletter_opt_in}}7{{/newsletter_opt_in}}"
            "{{#options}}8{{/options}}{{/data.order}}",
            "678"},
        template_row{
            "reasons_against_a_section",
            "{{#data.order}}{{^note}}1{{/note}}{{^none}}2{{/none}}{{^free}}3{{/free}}{{^nothing}}4{{/"
            "nothing}}"
            "{{^gone}}5{{/gone}}{{^number}}6{{/number}}{{/data.order}}",
            "12345"},
        template_row{"comments_and_other_delimiters", "{{! {x} }}{{=<% %>=}}<%type%>{{type}}",
                     "jumpseller.order.paid{{type}}"},
        template_row{"json", R"({"a": "{{data.order.customer.full_name}}"})",
                     R"({"a": "Ana \"the\" Peña\n& <Co>"})", "application/json"},
        template_row{"json_by_suffix", R"(["{{data.order.customer.full_name}}"])",
                     R"(["Ana \"the\" Peña\n& <Co>"])", "Application/Cloudevents+JSON; charset=utf-8"},
        template_row{"a_form", "text={{data.order.customer.full_name}}",
                     "text=Ana%20%22the%22%20Pe%C3%B1a%0A%26%20%3CCo%3E",
                     "application/x-www-form-urlencoded"},
        template_row{"html", "{{data.order.customer.full_name}}",
                     "Ana &quot;the&quot; Peña\n&amp; &lt;Co&gt;", "text/html; charset=utf-8"},
        template_row{"plain_text", "{{data.order.customer.full_name}}", "Ana \"the\" Peña\n& <Co>",
                     "text/plain"},
        template_row{"never_escaped", "{{{data.order.customer.full_name}}}{{&data.order.number}}",
                     "Ana \"the\" Peña\n& <Co>1026", "text/html"},
        template_row{"json_that_is_none", R"({"total": {{data.order.discount}}})",
                     "problem: what the template makes of this event is not sent: it is not well-formed JSON",
                     "application/json"},
        template_row{"unescaped_json", R"(["{{{data.order.customer.full_name}}}"])",
                     "problem: what the template makes of this event is not sent: it is not JSON",
                     "application/json"},
        template_row{"no_json_at_all", "hello",
                     "problem: what the template makes of this event is not sent: it is not JSON",
                     "application/json"}),
    [](const auto& one) { return one.param.name; });

struct bad_row {
    const char* name;
    std::string text;
    std::string why;
};

class a_wrong_template : public testing::TestWithParam<bad_row> {};

TEST_P(a_wrong_template, is_shown_its_place) {
    EXPECT_EQ(render(GetParam().text, paid_order, "application/json"), "problem: x:" + GetParam().why);
}

INSTANTIATE_TEST_SUITE_P(
    texts, a_wrong_template,
    testing::Values(bad_row{"unclosed_tag", "a\nbc {{type", "2:4: unclosed tag"},
                    bad_row{"half_a_tag", "{{", "1:1: unclosed tag"},
                    bad_row{"unclosed_raw_tag", "{{{type}}", "1:1: unclosed tag"},
                    bad_row{"unclosed_section", "\n\n{{#type}}", "3:1: unclosed section \"type\""},
                    bad_row{"wrong_end", "{{#type}}{{/tpye}}", "1:1: unclosed section \"type\""},
                    bad_row{"unopened_section", "a{{/type}}", "1:2: unopened section \"type\""},
                    bad_row{"bad_delimiters", "{{=x}}", "1:1: invalid set delimiter tag"},
                    bad_row{"mark", "\xEF\xBB\xBF{}",
                            "1:1: a byte order mark, which JSON cannot begin with; save it without"},
                    bad_row{"latin_1", "{\n\"a\":\"caf\xE9\"}",
                            "2:9: not UTF-8, which JSON must be; save it as UTF-8"},
                    bad_row{"partial", "a {{ > type }}", "1:3: there are no partials ({{>name}}) here"}),
    [](const auto& one) { return one.param.name; });

TEST(message_template_test, does_not_read_what_a_customer_wrote_as_a_template) {
    const std::string document = R"({"name":"{{>name}}{{type}}","type":"t"})";
    EXPECT_EQ(render("{{name}} {{{name}}}", document), "{{>name}}{{type}} {{>name}}{{type}}");
    EXPECT_EQ(render("{{=<% %>=}}<%>name%>.", document), ".");
}

TEST(message_template_test, takes_a_document_as_deep_as_an_event_can_be) {
    std::string deep = "1";
    for (std::size_t i = 0; i < json::document::max_depth; ++i)
        deep = "[" + deep + "]";
    EXPECT_EQ(render("{{type}}{{#data.payload}}.{{/data.payload}}",
                     R"({"type":"t","data":{"payload":)" + deep + "}}"),
              "t.");
}

TEST(message_template_test, says_the_same_every_time) {
    const auto made = message_template::parse("{{=<% %>=}}<%#a%><%.%><%/a%>", "x", "text/plain");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(*made->render(*event_of(R"({"a":[1,2]})")), "12");
}

class a_shipped_template : public testing::TestWithParam<const char*> {
protected:
    static std::string path() {
        const auto source = std::filesystem::path(test::source_folder()) / "config/templates";
        return (source / (std::string(GetParam()) + ".json.mustache")).lexically_normal().string();
    }
    /// The text of the message for people; fails the test where the whole is not JSON.
    static std::string message(const std::string& document) {
        const auto made = message_template::read(path(), "application/json");
        EXPECT_TRUE(made) << made.error().reason;
        const auto rendered = made->render(*event_of(document));
        EXPECT_TRUE(rendered) << rendered.error().reason;
        const auto parsed = *json::document::parse(*rendered);
        for (const char* pointer : {"/blocks/0/text/text", "/content", "/text"}) {
            if (const auto* text = parsed.root().at(pointer))
                return std::string(text->text());
        }
        return "no message in " + *rendered;
    }
};

TEST_P(a_shipped_template, tells_of_a_paid_order) {
    EXPECT_EQ(
        message(paid_order),
        "Order 1026 is paid: 369.20 USD\nCustomer: Ana \"the\" Peña\n& <Co>\n• 2 × Tee\n• 1.50 × CUP-1");
}

TEST_P(a_shipped_template, does_without_what_a_store_does_not_give) {
    EXPECT_EQ(message(R"({"type":"t","data":{"order":{"number":"7"}}})"), "Order 7 is paid");
    EXPECT_EQ(
        message(R"({"type":"t","data":{"order":{"number":"7","customer":{"first_name":"A","last_name":"B"},)"
                R"("items":[{"name":"x"}]}}})"),
        "Order 7 is paid\nCustomer: A B\n• x");
}

TEST_P(a_shipped_template, survives_any_text) {
    EXPECT_EQ(
        message(
            R"({"type":"t","data":{"order":{"number":"\"}\\","items":[{"name":"\u0000\u001f\\\n\"{{x}}"}]}}})"),
        std::string("Order \"}\\ is paid\n• \0\x1f\\\n\"{{x}}", 32));
}

/// UTF-16 units, in which the services count.
std::size_t length(const std::string& text) {
    std::size_t units = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        units += byte >= 0xF0 ? 2 : (byte & 0xC0U) == 0x80 ? 0 : 1;
    }
    return units;
}

TEST_P(a_shipped_template, is_cut_to_what_its_service_takes) {
    const std::map<std::string_view, std::size_t> limits{
        {"slack", 3000}, {"discord", 2000}, {"telegram", 4096}};
    std::string wide;
    for (int i = 0; i < 500; ++i)
        wide += "🐚";
    const std::string named = "\"name\":\"" + wide + "\",\"quantity\":" + std::string(300, '9');
    std::string items;
    for (int i = 0; i < 500; ++i)
        items += (i == 0 ? "{" : ",{") + named + "}";
    const auto text =
        message(R"({"type":"t","data":{"order":{"number":")" + wide + R"(","total":{"amount":")" +
                std::string(300, '9') + R"(","currency":")" + wide + R"("},"customer":{"first_name":")" +
                wide + R"(","last_name":")" + wide + R"("},"items":[)" + items + "]}}}");
    EXPECT_LE(length(text), limits.at(GetParam()));
    EXPECT_TRUE(text.ends_with(" more")) << text;
    EXPECT_LE(length(message(R"({"type":")" + wide + R"(","subject":")" + wide + R"(","data":{}})")), 2000U);
}

TEST(a_shipped_message, says_how_many_items_it_leaves_out) {
    std::string items;
    for (int i = 0; i < 54; ++i)
        items += (i == 0 ? R"({"name":"x"})" : R"(,{"name":"x"})");
    const auto made = message_template::read(
        test::source_folder() + "/config/templates/discord.json.mustache", "application/json");
    ASSERT_TRUE(made) << made.error().reason;
    const auto text =
        made->render(*event_of(R"({"type":"t","data":{"order":{"number":"7","items":[)" + items + "]}}}"));
    ASSERT_TRUE(text);
    EXPECT_NE(text->find("and 34 more"), std::string::npos) << *text;
}

TEST_P(a_shipped_template, names_an_event_that_is_not_about_an_order) {
    EXPECT_EQ(message(R"({"type":"usaepay.transaction.sale.success","subject":"transaction/9","data":{}})"),
              "usaepay.transaction.sale.success transaction/9");
}

INSTANTIATE_TEST_SUITE_P(files, a_shipped_template, testing::Values("slack", "discord", "telegram"),
                         [](const auto& one) { return std::string(one.param); });

struct trial_row {
    const char* name;
    std::string text;
    message_template::prospect::grade how;
    std::string_view content_type = "application/json";
};

class a_trial : public testing::TestWithParam<trial_row> {};

TEST_P(a_trial, shows_what_can_never_make_json) {
    const auto made = message_template::parse(GetParam().text, "x", GetParam().content_type);
    ASSERT_TRUE(made) << made.error().reason;
    EXPECT_EQ(made->try_out().how, GetParam().how) << made->try_out().reason;
}

using grade = message_template::prospect::grade;

INSTANTIATE_TEST_SUITE_P(
    templates, a_trial,
    testing::Values(
        trial_row{"plain", R"({"text":"{{type}}"})", grade::good},
        trial_row{"a_number_of_the_payload", R"({"n":{{data.payload.loyalty.points}}})", grade::good},
        trial_row{"only_some_events", R"({{#data.payload.gift}}{"gift":"{{note}}"}{{/data.payload.gift}})",
                  grade::good},
        trial_row{"a_list", R"([{{#data.order.discount_codes}}"{{.}}",{{/data.order.discount_codes}}"end"])",
                  grade::good},
        trial_row{"text", "order {{data.order.number}}", grade::good, "text/plain"},
        trial_row{"empty_text", "", grade::good, "text/plain"}, trial_row{"empty", "", grade::hopeless},
        trial_row{"white_space", " \n", grade::hopeless},
        trial_row{"a_word", "hello {{type}}", grade::hopeless},
        trial_row{"a_comma_too_many", R"({"text":"{{type}}",})", grade::hopeless},
        trial_row{"a_brace_missing", R"({"text":"{{type}}")", grade::hopeless},
        trial_row{"a_comma_too_many_in_a_list", R"([{{#data.order.items}}"{{name}}",{{/data.order.items}}])",
                  grade::doubtful},
        trial_row{"quotes_not_escaped", R"({"name":"{{{data.order.customer.full_name}}}"})",
                  grade::doubtful}),
    [](const auto& row) { return std::string(row.param.name); });

class forward_template : public testing::Test {
protected:
    std::unique_ptr<sink> make(const test::http_peer& to, const std::string& text,
                               const std::string& more = "") {
        test::write_file(folder_.file("x.mustache"), text);
        auto made =
            bench_.make("forward", "url = \"" + to.url() + "\"\nbody = \"template\"\ntemplate_file = \"" +
                                       folder_.file("x.mustache") + "\"\n" + more);
        EXPECT_TRUE(bench_.problems.empty()) << bench_.problems.front();
        return made;
    }
    test::temp_dir folder_;
    test::sink_workbench bench_;
};

TEST_F(forward_template, sends_the_message) {
    const test::http_peer peer;
    const auto made = make(peer, R"({"text":"{{type}}"})"
                                 "\n");
    EXPECT_EQ(bench_.deliver_one(*made, event_of(paid_order)), "delivered");
    const auto seen = peer.requests().at(0);
    EXPECT_EQ(seen.body, "{\"text\":\"jumpseller.order.paid\"}\n");
    EXPECT_EQ(value_of(seen.fields, "Content-Type"), "application/json");
}

TEST_F(forward_template, sends_other_content_types) {
    const test::http_peer peer;
    const auto made = make(peer, "text={{subject}}", "content_type = \"application/x-www-form-urlencoded\"");
    EXPECT_EQ(bench_.deliver_one(*made, event_of(paid_order)), "delivered");
    const auto seen = peer.requests().at(0);
    EXPECT_EQ(seen.body, "text=order%2F1026");
    EXPECT_EQ(value_of(seen.fields, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST_F(forward_template, sends_nothing_that_is_not_what_it_says) {
    const test::http_peer peer;
    const auto made = make(peer, R"({"total": {{data.order.discount.amount}}})");
    EXPECT_EQ(bench_.deliver_one(*made, event_of(paid_order)),
              "reject: what the template makes of this event is not sent: it is not well-formed JSON");
    EXPECT_TRUE(peer.requests().empty());
}

}  // namespace
}  // namespace shopbell
