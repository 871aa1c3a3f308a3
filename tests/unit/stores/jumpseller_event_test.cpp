#include "delivery_support.hpp"

#include <shopbell/stores/jumpseller.hpp>

#include <map>
#include <set>

namespace shopbell {
namespace {

/// The dialect without its signature: what follows it is the same.
accepted name(const headers& fields, std::string_view body) {
    static const jumpseller::dialect open({{}, {}, true});
    return test::accept(open, fields, body);
}

accepted name(std::string_view event, std::string_view body) {
    return name({{"Jumpseller-Event", std::string(event)}, {"Jumpseller-Store-Code", "mystore"}}, body);
}

std::string body_about(std::string_view resource) {
    return R"({")" + std::string(resource) + R"(":{"id":77}})";
}

TEST(jumpseller_event, every_name_has_its_type_and_subject) {
    const struct {
        const char *event, *type, *resource;
    } rows[] = {
        {"order_pending_payment", "jumpseller.order.pending_payment", "order"},
        {"order_paid", "jumpseller.order.paid", "order"},
        {"order_shipped", "jumpseller.order.shipped", "order"},
        {"order_canceled", "jumpseller.order.canceled", "order"},
        {"order_abandoned", "jumpseller.order.abandoned", "order"},
        {"order_updated", "jumpseller.order.updated", "order"},
        {"order_pickup_available", "jumpseller.order.pickup_available", "order"},
        {"order_in_preparation", "jumpseller.order.in_preparation", "order"},
        {"order_created", "jumpseller.order.created", "order"},
        {"product_created", "jumpseller.product.created", "product"},
        {"product_updated", "jumpseller.product.updated", "product"},
        {"product_deleted", "jumpseller.product.deleted", "product"},
        {"product_stock_updated", "jumpseller.product.stock_updated", "product"},
        {"product_stock_update", "jumpseller.product.stock_updated", "product"},
        {"customer_created", "jumpseller.customer.created", "customer"},
        {"customer_updated", "jumpseller.customer.updated", "customer"},
        {"customer_deleted", "jumpseller.customer.deleted", "customer"},
        {"subscription_created", "jumpseller.subscription.created", "subscription"},
        {"subscription_updated", "jumpseller.subscription.updated", "subscription"},
        {"subscription_canceled", "jumpseller.subscription.canceled", "subscription"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.event);
        const auto wrapped = name(row.event, body_about(row.resource));
        EXPECT_EQ(wrapped.type, row.type);
        EXPECT_EQ(wrapped.subject, std::string(row.resource) + "/77");
        EXPECT_EQ(wrapped.store, "mystore");
        EXPECT_EQ(wrapped.locality, 77u);
        const auto bare = name(row.event, R"({"id":"77","customer":{"id":5},"products":[]})");
        EXPECT_EQ(bare.type, row.type);
        EXPECT_EQ(bare.subject, wrapped.subject);
    }
}

TEST(jumpseller_event, is_looked_for_inside_an_envelope) {
    for (const auto* resource : {"order", "product", "customer"}) {
        const auto event = std::string(resource) + "_updated";
        const auto body = R"({"id":"e1","event":")" + event + R"(",")" + resource +
                          R"(":{"id":77,"total":12.50,"email":"buyer@example.com"}})";
        EXPECT_EQ(name(event, body).subject, std::string(resource) + "/77");
    }
    const auto event = name("order_paid", R"({"id":"e1","order":{"id":9,"status_enum":"pending_payment"}})");
    EXPECT_EQ(event.type, "jumpseller.contradicted");
    const auto other = name("order_paid", R"({"id":"e1","product":{"id":9}})");
    EXPECT_EQ(other.type, "jumpseller.contradicted");
    EXPECT_EQ(other.subject, "product/9");

    const headers kept = {{"Jumpseller-Event", "order_paid"}};
    const auto data = jumpseller_entry().describe(
        {"jumpseller.order.paid", kept, R"({"id":"e1","order":{"id":9,"total":12.50}})"});
    EXPECT_EQ(data.problem, "");
    EXPECT_EQ(test::at(data.order, "/id"), R"("9")");
    EXPECT_EQ(test::at(data.order, "/total/amount"), R"("12.50")");
}

TEST(jumpseller_event, is_read_behind_a_byte_order_mark_and_around_lone_surrogates) {
    const struct {
        const char *body, *payload;
    } rows[] = {
        {"\xEF\xBB\xBF{\"order\":{\"id\":9,\"total\":12.50,\"currency\":\"é\"}}",
         "{\"order\":{\"id\":9,\"total\":12.50,\"currency\":\"é\"}}"},
        {R"({"order":{"id":9,"total":12.50,"currency":"\ud83d\ude00 \uD83D\\ud83d"}})",
         R"({"order":{"id":9,"total":12.50,"currency":"\ud83d\ude00 \ufffd\\ud83d"}})"},
        {R"({"order":{"id":9,"total":12.50,"currency":"\udE00\ud83d\u0041\uDBFF"}})",
         R"({"order":{"id":9,"total":12.50,"currency":"\ufffd\ufffd\u0041\ufffd"}})"},
        {R"({"order":{"id":9,"total":12.50,"deep":{"er":[{"est":"\ud800"}]}}})",
         R"({"order":{"id":9,"total":12.50,"deep":{"er":[{"est":"\ufffd"}]}}})"},
        {R"({"order":{"id":9,"total":12.50,"\ud800":1}})", R"({"order":{"id":9,"total":12.50,"\ufffd":1}})"},
        {"{\"order\":{\"id\":9,\"total\":12.50,\"currency\":\"a\xED\xA0\xBDz\"}}",
         "{\"order\":{\"id\":9,\"total\":12.50,\"currency\":\"a\xEF\xBF\xBDz\"}}"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.body);
        const auto one = name("order_paid", row.body);
        EXPECT_EQ(one.type, "jumpseller.order.paid");
        EXPECT_EQ(one.subject, "order/9");
        const headers kept = {{"Jumpseller-Event", "order_paid"}};
        const auto data = jumpseller_entry().describe({one.type, kept, row.body});
        EXPECT_EQ(data.payload, row.payload);
        EXPECT_EQ(data.problem, "");
        EXPECT_EQ(test::at(data.order, "/total/amount"), R"("12.50")");
        EXPECT_TRUE(json::document::parse(data.order));
    }
}

TEST(jumpseller_event, a_contact_message_has_no_subject) {
    const auto one = name("contact", body_about("contact"));
    EXPECT_EQ(one.type, "jumpseller.contact");
    EXPECT_EQ(one.subject, "");
    EXPECT_EQ(name("contact", R"({"message":{"id":1,"text":"hi"}})").type, "jumpseller.contact");
}

TEST(jumpseller_event, an_unknown_name_is_kept_and_its_subject_read_from_the_body) {
    const struct {
        const char *event, *body, *type, *subject;
    } rows[] = {
        {"foo_bar", R"({"order":{"id":3}})", "jumpseller.foo_bar", "order/3"},
        {" Foo_Bar ", R"({"coupon":{"id":"c9"}})", "jumpseller.foo_bar", "coupon/c9"},
        {"foo_bar", R"({"id":3})", "jumpseller.foo_bar", ""},
        {"foo_bar", R"({"Cou pon":{"id":3}})", "jumpseller.foo_bar", ""},
        {"order_refunded", R"({"product":{"id":3}})", "jumpseller.order_refunded", "product/3"},
    };
    for (const auto& row : rows) {
        const auto one = name(row.event, row.body);
        EXPECT_EQ(one.type, row.type) << row.body;
        EXPECT_EQ(one.subject, row.subject) << row.body;
    }
}

TEST(jumpseller_event, a_header_that_names_no_event_makes_it_unknown) {
    const std::string body = R"({"order":{"id":3}})";
    for (const auto& event :
         {std::string(), std::string("order.paid"), std::string("order paid"), std::string("unknown"),
          std::string("unparsed"), std::string("contradicted"), std::string(65, 'a'), std::string("órder")}) {
        const auto one = name(event, body);
        EXPECT_EQ(one.type, "jumpseller.unknown") << event;
        EXPECT_EQ(one.subject, "order/3");
    }
    EXPECT_EQ(name(headers{}, body).type, "jumpseller.unknown");
    EXPECT_EQ(name({{"Jumpseller-Event", "order_paid"}, {"Jumpseller-Event", "order_paid"}}, body).type,
              "jumpseller.unknown");
    EXPECT_EQ(name(std::string(64, 'a'), body).type, "jumpseller." + std::string(64, 'a'));
}

TEST(jumpseller_event, a_header_that_contradicts_the_body_never_gives_a_real_type) {
    const struct {
        const char *event, *body, *subject, *problem;
    } rows[] = {
        {"order_paid", R"({"product":{"id":9}})", "product/9", "the signed body is product"},
        {"product_deleted", R"({"order":{"id":9}})", "order/9", "the signed body is order"},
        {"customer_created", R"({"order":{"id":9,"customer":{"id":1}}})", "order/9",
         "the signed body is order"},
        {"order_shipped", R"({"order_draft":{"id":9}})", "order_draft/9", "order_draft"},
        {"subscription_created", R"({"order":{"id":9}})", "order/9", "the signed body is order"},
        {"contact", R"({"customer":{"id":9}})", "customer/9", "the signed body is customer"},
        {"order_paid", R"({"order":{"id":9,"status_enum":"pending_payment","status":"Paid"}})", "order/9",
         "not paid"},
        {"order_paid", R"({"order":{"id":9,"status_enum":"abandoned"}})", "order/9", "not paid"},
        {"order_paid", R"({"order":{"id":9,"status":"Pending Payment"}})", "order/9", "not paid"},
        {"order_paid", R"({"order":{"id":9,"status_enum":null,"status":"ABANDONED"}})", "order/9",
         "not paid"},
        {"order_paid", R"({"id":9,"status":"Abandoned"})", "", "not paid"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.body);
        const auto one = name(row.event, row.body);
        EXPECT_EQ(one.type, "jumpseller.contradicted");
        EXPECT_EQ(one.subject, row.subject);
        EXPECT_FALSE(one.repeats_latest_only);

        const headers kept = {{"Jumpseller-Event", row.event}};
        const auto data = jumpseller_entry().describe({one.type, kept, row.body});
        EXPECT_EQ(data.order, "");
        EXPECT_EQ(data.payload, row.body);
        EXPECT_NE(data.problem.find(row.event), std::string::npos) << data.problem;
        EXPECT_NE(data.problem.find(row.problem), std::string::npos) << data.problem;
    }
}

TEST(jumpseller_event, what_does_not_contradict_keeps_its_type) {
    const struct {
        const char *event, *body, *type;
    } rows[] = {
        {"order_paid", R"({"order":{"id":9,"status_enum":"paid","status":"Pending Payment"}})",
         "jumpseller.order.paid"},
        {"order_paid", R"({"order":{"id":9,"status":"Pendiente"}})", "jumpseller.order.paid"},
        {"order_paid", R"({"order":{"id":9,"status_enum":"canceled"}})", "jumpseller.order.paid"},
        {"order_paid", R"({"order":{"id":9,"status":5}})", "jumpseller.order.paid"},
        {"order_updated", R"({"order":{"id":9,"status_enum":"abandoned"}})", "jumpseller.order.updated"},
        {"order_paid", R"({"order":null})", "jumpseller.order.paid"},
        {"order_paid", R"({})", "jumpseller.order.paid"},
        {"subscription_created", R"({"recurring_order":{"id":9}})", "jumpseller.subscription.created"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(name(row.event, row.body).type, row.type) << row.body;
}

TEST(jumpseller_event, an_authentic_body_that_cannot_be_read_is_accepted_as_unparsed) {
    const std::string_view with_nul("{\"order\":{}}\0x", 14);
    const std::string deep = R"({"order":)" + std::string(400'000, '[') + std::string(400'000, ']') + "}";
    const struct {
        const char* name;
        std::string_view body;
    } rows[] = {
        {"empty", ""},
        {"no JSON", "order=5"},
        {"cut off", R"({"order":{"id":1)"},
        {"behind the end", R"({"order":{"id":1}} x)"},
        {"array", R"([{"order":{"id":1}}])"},
        {"text", R"("order")"},
        {"raw NUL", with_nul},
        {"ill-formed UTF-8", "{\"order\":{\"id\":1,\"status\":\"\xc3\x28\"}}"},
        {"400,000 nested brackets", deep},
        {"400,000 brackets that never close", std::string_view(deep).substr(0, 400'000)},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto one = name("order_updated", row.body);
        EXPECT_EQ(one.type, "jumpseller.unparsed");
        EXPECT_EQ(one.subject, "");
        EXPECT_EQ(one.locality, 0u);
        EXPECT_FALSE(one.repeats_latest_only);
        const auto data = jumpseller_entry().describe({one.type, {}, row.body});
        EXPECT_EQ(data.order, "");
        EXPECT_FALSE(data.problem.empty());
        EXPECT_TRUE(json::document::parse("[" + data.payload + "]").has_value());
    }
}

TEST(jumpseller_event, ids_of_any_size_are_exact) {
    const struct {
        const char *id, *subject;
        std::uint64_t locality;
    } rows[] = {
        {"9007199254740993", "order/9007199254740993", 9007199254740993u},
        {"9223372036854775807", "order/9223372036854775807", 9223372036854775807u},
        {"9223372036854775808", "order/9223372036854775808", 0},
        {"1234567890123456789012345678901234567890", "order/1234567890123456789012345678901234567890", 0},
        {R"("A-7")", "order/A-7", 0},
        {"-3", "order/-3", 0},
        {"1.5", "", 0},
        {"1e3", "", 0},
        {"null", "", 0},
        {R"("")", "", 0},
        {R"("a\u0000b")", "", 0},
        {R"({"x":1})", "", 0},
    };
    for (const auto& row : rows) {
        const auto one = name("order_updated", R"({"order":{"id":)" + std::string(row.id) + "}}");
        EXPECT_EQ(one.subject, row.subject) << row.id;
        EXPECT_EQ(one.locality, row.locality) << row.id;
    }
    EXPECT_EQ(name("order_updated", R"({"order":{"id":")" + std::string(5000, 'x') + "\"}}").subject, "");
}

TEST(jumpseller_event, the_same_delivery_is_store_event_and_body) {
    const std::string body = R"({"product":{"id":1,"stock":5}})";
    const auto first = name("product_updated", body);
    EXPECT_EQ(name("product_updated", body).identity, first.identity);
    EXPECT_EQ(name({{"Jumpseller-Event", "PRODUCT_UPDATED"},
                    {"Jumpseller-Store-Code", "mystore"},
                    {"Jumpseller-Triggered-At", "2025-01-01 10:18:51.829 UTC"}},
                   body)
                  .identity,
              first.identity);
    const std::set<std::string> different = {
        first.identity,
        name("product_created", body).identity,
        name("product_stock_updated", body).identity,
        name({{"Jumpseller-Event", "product_updated"}}, body).identity,
        name("product_updated", body + " ").identity,
        name("product_updated", body + "x").identity,
        name("order_paid", body).identity,
    };
    EXPECT_EQ(different.size(), 7u);
}

std::string moment_of(std::initializer_list<const char*> times) {
    headers fields = {{"Jumpseller-Event", "order_paid"}};
    for (const auto* one : times)
        fields.push_back({"Jumpseller-Triggered-At", one});
    return name(fields, body_about("order")).moment;
}

TEST(jumpseller_event, has_one_moment_however_the_time_is_spelled) {
    const auto moment = moment_of({"2025-01-01 10:18:51.829 UTC"});
    EXPECT_FALSE(moment.empty());
    for (const auto* same : {" 2025-01-01 10:18:51.829 UTC ", "2025-01-01T10:18:51.829Z",
                             "2025-01-01T07:18:51.829-03:00", "2025-01-01 10:18:51.829000 UTC"})
        EXPECT_EQ(moment_of({same}), moment) << same;
    EXPECT_EQ(moment_of({"2025-01-01T10:18:51.829Z", "2025-01-01 10:18:51.829 UTC"}), moment);
    EXPECT_NE(moment_of({"yesterday", "2025-01-01T10:18:51.829Z"}), moment);
    EXPECT_EQ(moment_of({}), "");
    EXPECT_EQ(moment_of({""}), "");
    EXPECT_EQ(moment_of({" "}), "");
    EXPECT_EQ(moment_of({"yesterday"}), "yesterday");
}

TEST(jumpseller_event, has_moments_that_sort_as_time_goes) {
    const char* const times[] = {"2024-12-31 23:59:59 UTC",        "2025-01-01 10:18:51.829 UTC",
                                 "2025-01-01 10:18:51.829001 UTC", "2025-01-01 10:18:51.8291 UTC",
                                 "2025-01-01 10:18:51.83 UTC",     "2025-01-01 10:18:52 UTC"};
    for (std::size_t i = 1; i < std::size(times); ++i)
        EXPECT_LT(moment_of({times[i - 1]}), moment_of({times[i]})) << times[i];
}

TEST(jumpseller_event, may_say_the_same_once_more_whatever_it_is) {
    for (const auto* event : {"order_paid", "order_updated", "contact", "foo_bar", ""})
        EXPECT_TRUE(name(event, R"({"order":{"id":1}})").recurs) << event;
    EXPECT_TRUE(name("order_paid", "no JSON").recurs);
}

TEST(jumpseller_event, only_updates_repeat_just_the_latest) {
    const std::string body = R"({"product":{"id":1}})";
    for (const auto* event :
         {"product_updated", "product_stock_updated", "product_stock_update", "brand_updated"})
        EXPECT_TRUE(name(event, body).repeats_latest_only) << event;
    for (const auto* event : {"product_created", "product_deleted", "updated", "", "order_updated"})
        EXPECT_FALSE(name(event, body).repeats_latest_only) << event;
    EXPECT_TRUE(name("order_updated", R"({"order":{"id":1}})").repeats_latest_only);
}

TEST(jumpseller_event, samples_are_different_complete_and_understood) {
    std::set<std::string> events, bodies;
    const auto all = jumpseller_entry().samples();
    EXPECT_EQ(all.size(), 21u);
    for (const auto& sample : all) {
        SCOPED_TRACE(sample.event);
        events.insert(sample.event);
        bodies.insert(sample.body);
        const headers fields = {{"Jumpseller-Event", sample.event}};
        EXPECT_EQ(name(fields, sample.body).type, sample.type);
        const auto data = jumpseller_entry().describe({sample.type, fields, sample.body});
        EXPECT_EQ(data.problem, "");
        EXPECT_EQ(data.payload, sample.body);
        EXPECT_EQ(data.order.empty(), !sample.event.starts_with("order_"));
    }
    EXPECT_EQ(events.size(), all.size());
    EXPECT_EQ(bodies.size(), all.size());
}

TEST(jumpseller_event, the_inbox_keeps_what_describes_and_proves_it) {
    const auto& kept = jumpseller_entry().keeps;
    const std::vector<std::string_view> fields(kept.begin(), kept.end());
    EXPECT_EQ(fields,
              (std::vector<std::string_view>{"Content-Type", "Jumpseller-Event", "Jumpseller-Store-Code",
                                             "Jumpseller-Hmac-Sha256", "Jumpseller-Triggered-At"}));
}

}  // namespace
}  // namespace shopbell
