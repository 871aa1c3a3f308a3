#include "delivery_support.hpp"
#include "published_bodies.hpp"

#include <shopbell/stores/jumpseller.hpp>
#include <shopbell/stores/jumpseller_documents.hpp>

namespace shopbell {
namespace {

using test::at;

event_data describe(std::string_view type, std::string_view body) {
    return jumpseller_entry().describe({type, {}, body});
}

event_data describe_order(std::string_view members) {
    return describe("jumpseller.order.updated", R"({"order":{"id":1,)" + std::string(members) + "}}");
}

TEST(jumpseller_order, sample_j_maps_as_the_contract_says) {
    const auto data = describe("jumpseller.order.paid", test::sample_j);
    EXPECT_EQ(data.problem, "");
    EXPECT_EQ(data.payload, test::sample_j);
    const struct {
        const char *pointer, *json;
    } rows[] = {
        {"/id", R"("5001")"},
        {"/number", R"("5001")"},
        {"/status", R"("paid")"},
        {"/provider_status", R"("paid")"},
        {"/placed_at", R"("2024-02-03T04:05:06.000Z")"},
        {"/currency", R"("CLP")"},
        {"/total", R"({"amount":"27990.0","currency":"CLP"})"},
        {"/subtotal/amount", R"("25000")"},
        {"/tax/amount", R"("0.0")"},
        {"/shipping/amount", R"("3990.0")"},
        {"/discount/amount", R"("1000")"},
        {"/customer/id", R"("201")"},
        {"/customer/email", R"("buyer@example.com")"},
        {"/customer/first_name", R"("Ana")"},
        {"/customer/last_name", R"("Peña")"},
        {"/customer/full_name", R"("Ana Peña")"},
        {"/customer/phone", R"("+56 2 0000 0000")"},
        {"/customer/ip", R"("192.0.2.7")"},
        {"/customer/business_name", "absent"},
        {"/shipping_address/full_name", R"("Ana Peña")"},
        {"/shipping_address/street", R"("Calle Uno 42\nDepto 5")"},
        {"/shipping_address/city", R"("Santiago")"},
        {"/shipping_address/region", R"("Metropolitana")"},
        {"/shipping_address/region_code", R"("12")"},
        {"/shipping_address/postal_code", R"("8320000")"},
        {"/shipping_address/country", R"("Chile")"},
        {"/shipping_address/country_code", R"("CL")"},
        {"/shipping_address/latitude", "-33.45"},
        {"/shipping_address/longitude", "-70.66"},
        {"/billing_address", "absent"},
        {"/items/0/id", R"("1001")"},
        {"/items/0/variant_id", "absent"},
        {"/items/0/sku", R"("TEE-1")"},
        {"/items/0/name", R"("Camiseta")"},
        {"/items/0/quantity", "2"},
        {"/items/0/unit_price", R"({"amount":"12500","currency":"CLP"})"},
        {"/items/0/discount/amount", R"("1000.0")"},
        {"/items/0/tax/amount", R"("0")"},
        {"/items/0/total", "absent"},
        {"/items/1", "absent"},
        {"/payment/method", R"("Test Pay")"},
        {"/payment/type", R"("testpay")"},
        {"/payment/transaction_id", R"("N-77")"},
        {"/payment/status", R"("paid")"},
        {"/shipping_method", R"("Courier")"},
        {"/tracking", "absent"},
        {"/discount_codes", R"(["HOLA"])"},
        {"/custom", R"([{"label":"Gift","value":"No","id":7,"area":"billing"}])"},
        {"/newsletter_opt_in", "absent"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(at(data.order, row.pointer), row.json) << row.pointer;
}

TEST(jumpseller_order, status_comes_from_the_enum_then_from_the_english_text) {
    const struct {
        const char *type, *members, *status;
    } rows[] = {
        {"order.paid", R"("status_enum":"paid")", R"("paid")"},
        {"order.paid", R"("status":"Paid")", R"("paid")"},
        {"order.paid", R"("status":"Pagado")", R"("other")"},
        {"order.paid", R"("status":"pAiD","status_enum":"")", R"("paid")"},
        {"order.paid", R"("status":"Paid","status_enum":"canceled")", R"("canceled")"},
        {"order.paid", R"("status":"Paid","status_enum":"refunded")", R"("other")"},
        {"order.updated", R"("status_enum":"pending_payment")", R"("pending")"},
        {"order.updated", R"("status":"Pending Payment")", R"("pending")"},
        {"order.updated", R"("status_enum":"abandoned")", R"("other")"},
        {"order.updated", R"("status":"Canceled")", R"("canceled")"},
        {"order.updated", R"("status_enum":"paid","shipment_status_enum":"in_transit")", R"("shipped")"},
        {"order.updated", R"("status_enum":"paid","shipment_status_enum":"delivered")", R"("shipped")"},
        {"order.updated", R"("status_enum":"paid","shipment_status_enum":"requested")", R"("paid")"},
        {"order.updated", R"("status_enum":"canceled","shipment_status_enum":"delivered")", R"("canceled")"},
        {"order.shipped", R"("status_enum":"paid")", R"("shipped")"},
        {"order.shipped", R"("status_enum":"pending_payment")", R"("pending")"},
        {"order.updated", R"("total":1)", R"("other")"},
    };
    for (const auto& row : rows) {
        const auto body = R"({"order":{"id":1,)" + std::string(row.members) + "}}";
        const auto data = describe("jumpseller." + std::string(row.type), body);
        EXPECT_EQ(at(data.order, "/status"), row.status) << row.type << " " << row.members;
    }
}

TEST(jumpseller_order, amounts_keep_the_text_sent) {
    const struct {
        const char *sent, *amount;
    } rows[] = {
        {"0.30000000000000004", "0.30000000000000004"},
        {"369.20", "369.20"},
        {"399.0", "399.0"},
        {"0", "0"},
        {"-0.0", "-0.0"},
        {"1e3", "1e3"},
        {R"("0.0")", "0.0"},
        {R"("12.50")", "12.50"},
        {"1234567890123456789", "1234567890123456789"},
        {"1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"},
        {"123456789012345678.123456789012345678", "123456789012345678.123456789012345678"},
    };
    for (const auto& row : rows) {
        const auto data = describe_order(R"("currency":"USD","total":)" + std::string(row.sent));
        EXPECT_EQ(at(data.order, "/total/amount"), '"' + std::string(row.amount) + '"') << row.sent;
        EXPECT_EQ(data.problem, "");
    }
}

TEST(jumpseller_order, missing_null_and_empty_fields_are_left_out_in_silence) {
    for (const auto* members :
         {R"("x":1)", R"("total":null,"customer":null,"products":null,"status":null)",
          R"("total":"","customer":[],"products":[],"status":"","additional_fields":[])"}) {
        const auto data = describe_order(members);
        EXPECT_EQ(data.problem, "") << members;
        EXPECT_EQ(data.order, R"({"id":"1","number":"1","status":"other"})") << members;
    }
}

TEST(jumpseller_order, a_field_of_another_type_is_left_out_and_named) {
    const struct {
        const char *members, *pointer, *problem;
    } rows[] = {
        {R"("total":{"amount":1})", "/total", "order.total: expected a number, got an object"},
        {R"("total":true)", "/total", "order.total: expected a number, got a boolean"},
        {R"("total":"a lot")", "/total", "order.total: expected a number, got another text"},
        {R"("currency":840)", "/currency", "order.currency: expected a string, got a number"},
        {R"("customer":"Ann")", "/customer/email", "order.customer: expected an object, got a string"},
        {R"("customer":{"email":["a"]})", "/customer/email",
         "order.customer.email: expected a string, got an array"},
        {R"("customer":{"id":1.5})", "/customer/id",
         "order.customer.id: expected an integer, got another number"},
        {R"("products":{"id":1})", "/items/0", "order.products: expected an array, got an object"},
        {R"("products":[7,{"id":2}])", "/items/1", "order.products[0]: expected an object, got a number"},
        {R"("products":[{"id":2},{"id":3,"price":[]}])", "/items/1/unit_price",
         "order.products[1].price: expected a number, got an array"},
        {R"("shipping_address":["x"])", "/shipping_address",
         "order.shipping_address: expected an object, got an array"},
        {R"("shipping_required":"no")", "/x", "order.shipping_required: expected a boolean, got a string"},
        {R"("additional_fields":"x")", "/custom", "order.additional_fields: expected an array, got a string"},
        {R"("created_at":"yesterday")", "/placed_at",
         "order.created_at: expected a date and time with its zone, got another text"},
        {R"("total":[],"currency":{})", "/total",
         "order.currency: expected a string, got an object; order.total: expected a number, got an array"},
    };
    for (const auto& row : rows) {
        const auto data = describe_order(row.members);
        EXPECT_EQ(data.problem, row.problem);
        EXPECT_EQ(at(data.order, row.pointer), "absent") << row.members;
        EXPECT_EQ(at(data.order, "/id"), R"("1")");
    }
}

TEST(jumpseller_order, what_no_order_needs_is_checked_all_the_same) {
    const struct {
        const char *members, *problem;
    } rows[] = {
        {R"("completed_at":7)", "order.completed_at: expected a string, got a number"},
        {R"("gift_cards_discount":[])", "order.gift_cards_discount: expected a number, got an array"},
        {R"("shipping_branch":{"id":1.5})",
         "order.shipping_branch.id: expected an integer, got another number"},
        {R"("promotions":{"a":1})", "order.promotions: expected an array, got an object"},
        {R"("shipping_taxes":[{},{"fixed":"no"}])",
         "order.shipping_taxes[1].fixed: expected a boolean, got a string"},
        {R"("products":[{"id":1,"taxes":[{"rate":"much"}]}])",
         "order.products[0].taxes[0].rate: expected a number, got another text"},
        {R"("additional_fields":[{"value":[1]}])",
         "order.additional_fields[0].value: expected a string, a number or a boolean, got an array"},
        {R"("pickup_address":{"city":7})", "order.pickup_address.city: expected a string, got a number"},
        {R"("source":{"first_page_visited_at":7})",
         "order.source.first_page_visited_at: expected a string, got a number"},
        {R"("shipping_branch":[],"source":null,"promotions":[],"shipping_taxes":[null],"completed_at":"")",
         ""},
    };
    for (const auto& row : rows)
        EXPECT_EQ(describe_order(row.members).problem, row.problem) << row.members;
}

TEST(jumpseller_order, thousands_of_wrong_fields_make_a_short_problem) {
    std::string lines;
    for (int i = 0; i < 5000; ++i)
        lines += lines.empty() ? "1" : ",1";
    const auto data = describe_order(R"("products":[)" + lines + "]");
    EXPECT_LT(data.problem.size(), 2000u);
    EXPECT_TRUE(data.problem.ends_with("; and 4980 more")) << data.problem;
}

TEST(jumpseller_order, a_body_without_a_readable_order_says_so) {
    EXPECT_EQ(describe("jumpseller.order.paid", R"({"order":null})").problem,
              "order: expected an object, got null");
    EXPECT_EQ(describe("jumpseller.order.paid", R"({"order":[1]})").problem,
              "order: expected an object, got an array");
    EXPECT_EQ(describe("jumpseller.order.paid", R"({"order":{"total":1}})").problem, "order.id: is missing");
    EXPECT_EQ(describe("jumpseller.order.paid", R"({"order":{"id":null}})").problem, "order.id: is missing");
}

TEST(jumpseller_order, an_order_without_its_root_key_is_read_alike) {
    const auto bare = test::sample_j.substr(9, test::sample_j.size() - 10);
    EXPECT_EQ(describe("jumpseller.order.paid", bare).order,
              describe("jumpseller.order.paid", test::sample_j).order);
}

TEST(jumpseller_order, lines_may_be_wrapped_as_the_rest_interface_wraps_resources) {
    const auto data = describe_order(R"("products":[{"product":{"id":2,"name":"Mug","qty":3}},{"id":4}])");
    EXPECT_EQ(data.problem, "");
    EXPECT_EQ(at(data.order, "/items/0/name"), R"("Mug")");
    EXPECT_EQ(at(data.order, "/items/0/quantity"), "3");
    EXPECT_EQ(at(data.order, "/items/1/id"), R"("4")");
}

TEST(jumpseller_order, times_come_in_both_documented_forms) {
    const struct {
        const char *sent, *placed_at;
    } rows[] = {
        {"2023-02-10 13:56:35 UTC", R"("2023-02-10T13:56:35.000Z")"},
        {"2025-01-01 10:18:51.829 UTC", R"("2025-01-01T10:18:51.829Z")"},
        {"2014-03-01T01:43:16+00:00", R"("2014-03-01T01:43:16.000Z")"},
        {"2014-03-01T01:43:16.5-03:00", R"("2014-03-01T04:43:16.500Z")"},
        {"2014-02-28T23:43:16.123456789+05:30", R"("2014-02-28T18:13:16.123Z")"},
        {"2024-02-03 04:05:06 -0300", R"("2024-02-03T07:05:06.000Z")"},
        {"2024-02-03 04:05:06 +0000", R"("2024-02-03T04:05:06.000Z")"},
        {"2024-02-03 04:05:06.5 +0530", R"("2024-02-02T22:35:06.500Z")"},
        {"2024-02-03 04:05:06 -03", R"("2024-02-03T07:05:06.000Z")"},
        {"2024-02-03 04:05:06 GMT", R"("2024-02-03T04:05:06.000Z")"},
        {"2024-02-03t04:05:06z", R"("2024-02-03T04:05:06.000Z")"},
        {"2024-02-03 04:05:06 -3", "absent"},
        {"2024-02-03 04:05:06 -030", "absent"},
        {"2024-02-03 04:05:06 -03:", "absent"},
        {"2024-02-03 04:05:06 -03000", "absent"},
        {"2024-02-03 04:05:06 +2400", "absent"},
        {"2024-02-03 04:05:06 -0360", "absent"},
        {"2024-02-29T00:00:00Z", R"("2024-02-29T00:00:00.000Z")"},
        {"9999-12-31T23:59:59Z", R"("9999-12-31T23:59:59.000Z")"},
        {"9999-12-31T23:59:59-00:01", "absent"},
        {"0000-01-01T00:00:00+00:01", "absent"},
        {"2023-02-10 13:56:35", "absent"},
        {"2023-02-29T00:00:00Z", "absent"},
        {"2023-02-10 24:00:00 UTC", "absent"},
        {"2023-02-10 13:60:00 UTC", "absent"},
        {"2023-02-10 13:56:35. UTC", "absent"},
        {"2023-02-10 13:56:35.1234567890 UTC", "absent"},
        {"2023-02-10 13:56:35 UTC ", "absent"},
        {"2023-2-10 13:56:35 UTC", "absent"},
        {"2023-02-10 13:56:35 EST", "absent"},
        {"2023-02-10", "absent"},
    };
    for (const auto& row : rows) {
        const auto data = describe_order(R"("created_at":")" + std::string(row.sent) + '"');
        EXPECT_EQ(at(data.order, "/placed_at"), row.placed_at) << row.sent;
        EXPECT_EQ(data.problem.empty(), std::string_view(row.placed_at) != "absent") << row.sent;
    }
}

TEST(jumpseller_order, names_follow_whoever_pays) {
    const struct {
        const char *members, *first, *full;
    } rows[] = {
        {R"("billing_address":{"name":"Bo","surname":"Li"},"shipping_address":{"name":"Cy"})", R"("Bo")",
         R"("Bo Li")"},
        {R"("billing_address":{"city":"X"},"shipping_address":{"name":"Cy"})", R"("Cy")", R"("Cy")"},
        {R"("customer":{"email":"a@example.com","fullname":"a@example.com"},"shipping_address":{"name":"Cy"})",
         R"("Cy")", R"("Cy")"},
        {R"("customer":{"email":"a@example.com","fullname":"Ann Ex"},"shipping_address":{"name":"Cy"})",
         R"("Cy")", R"("Ann Ex")"},
        {R"("customer":{"email":"a@example.com"})", "absent", "absent"},
    };
    for (const auto& row : rows) {
        const auto data = describe_order(row.members);
        EXPECT_EQ(at(data.order, "/customer/first_name"), row.first) << row.members;
        EXPECT_EQ(at(data.order, "/customer/full_name"), row.full) << row.members;
    }
}

TEST(jumpseller_order, addresses_and_company) {
    const auto data = describe_order(
        R"("billing_information":{"company_name":"Acme"},"billing_address":{"municipality":"Ñuñoa","complement":"B"},)"
        R"("tracking_number":123,"tracking_company":"Courier","tracking_url":"https://example.com/t")");
    EXPECT_EQ(at(data.order, "/customer/business_name"), R"("Acme")");
    EXPECT_EQ(at(data.order, "/billing_address"), R"({"business_name":"Acme","street":"B","city":"Ñuñoa"})");
    EXPECT_EQ(at(data.order, "/tracking"),
              R"({"number":"123","company":"Courier","url":"https://example.com/t"})");
    EXPECT_EQ(data.problem, "");
}

TEST(jumpseller_order, a_body_of_several_lines_becomes_one) {
    const auto data = describe("jumpseller.order.paid",
                               "\n{\"order\":{\r\n \"id\":1,\"total\":1.10,\"total\":1.20,"
                               "\"additional_fields\":[\n{\"id\":7}]}}\n");
    EXPECT_EQ(data.payload,
              "{\"order\":{   \"id\":1,\"total\":1.10,\"total\":1.20,\"additional_fields\":[ {\"id\":7}]}}");
    EXPECT_EQ(at(data.order, "/custom"), R"([ {"id":7}])");
    EXPECT_EQ(at(data.order, "/total/amount"), R"("1.20")");
}

TEST(jumpseller_describe, only_order_events_have_an_order) {
    const struct {
        const char *type, *body, *problem;
    } rows[] = {
        {"jumpseller.product.updated", R"({"product":{"id":1,"price":"x"}})",
         "product.price: expected a number, got another text"},
        {"jumpseller.product.stock_updated", R"({"product":{"id":1,"stock":4}})", ""},
        {"jumpseller.product.updated", R"({"product":{"id":1,"variants":[{"variant":{"image":7}}]}})",
         "product.variants[0].image: expected an object, got a number"},
        {"jumpseller.product.updated", R"({"product":{"id":1,"images":[{"image":{"position":"x"}}]}})",
         "product.images[0].position: expected a number, got another text"},
        {"jumpseller.product.deleted", R"({"product":{}})", "product.id: is missing"},
        {"jumpseller.customer.created", R"({"customer":{"id":1,"email":7}})",
         "customer.email: expected a string, got a number"},
        {"jumpseller.subscription.created", R"({"subscription":{"id":1,"products":[{"qty":[]}]}})",
         "subscription.products[0].qty: expected a number, got an array"},
        {"jumpseller.contact", R"({"contact":{"message":"hi"}})", ""},
        {"jumpseller.contact", R"({"name":"x"})", ""},
    };
    for (const auto& row : rows) {
        const auto data = describe(row.type, row.body);
        EXPECT_EQ(data.order, "") << row.type;
        EXPECT_EQ(data.payload, row.body);
        EXPECT_EQ(data.problem, row.problem);
    }
}

TEST(jumpseller_describe, what_is_not_known_says_why) {
    const std::string body = R"({"order":{"id":1}})";
    const auto problem = [&body](std::string_view type, const headers& fields) {
        const auto data = jumpseller_entry().describe({type, fields, body});
        EXPECT_EQ(data.order, "");
        EXPECT_EQ(data.payload, body);
        return data.problem;
    };
    EXPECT_EQ(problem("jumpseller.foo_bar", {{"Jumpseller-Event", "foo_bar"}}),
              "no event of the name foo_bar is documented");
    EXPECT_EQ(problem("jumpseller.unknown", {}), "the Jumpseller-Event header is missing");
    EXPECT_EQ(problem("jumpseller.unknown", {{"Jumpseller-Event", "a"}, {"Jumpseller-Event", "b"}}),
              "the Jumpseller-Event header is there more than once");
    EXPECT_EQ(problem("jumpseller.unknown", {{"Jumpseller-Event", "<script>"}}),
              "the Jumpseller-Event header names no event");
}

TEST(jumpseller_describe, a_body_that_is_no_json_becomes_text) {
    const auto data = describe("jumpseller.unparsed", "a\"\n\xff");
    EXPECT_EQ(data.payload, "\"a\\\"\\n\xEF\xBF\xBD\"");
    EXPECT_TRUE(data.problem.starts_with("the body cannot be read: ")) << data.problem;
    EXPECT_EQ(describe("jumpseller.unparsed", "[1.10]").payload, "[1.10]");
    EXPECT_EQ(describe("jumpseller.unparsed", "[1.10]").problem, "the body is not an object");
}

TEST(jumpseller_documents, products_and_customers_come_in_two_shapes) {
    const auto parsed = json::document::parse(
        R"({"id":7,"discount":"0.0","variants":[{"variant":{"id":1,"price":2.50}},{"id":2,"stock":3}],)"
        R"("shipping_address":{"city":"A","region":"12","country":"CL"},)"
        R"("billing_addresses":[{"billing_address":{"city":"B"}},{"city":"C"}],)"
        R"("customer_categories":[{"customer_category":{"code":"vip"}}]})");
    field_problems problems;
    const json_fields from(parsed->root(), "x", problems);

    const auto product = jumpseller::read_product(from);
    ASSERT_EQ(product.variants.size(), 2u);
    EXPECT_EQ(product.discount->text(), "0.0");
    EXPECT_EQ(product.variants[0].price->text(), "2.50");
    EXPECT_EQ(product.variants[1].stock->text(), "3");

    const auto customer = jumpseller::read_customer(from);
    ASSERT_EQ(customer.shipping_addresses.size(), 1u);
    EXPECT_EQ(customer.shipping_addresses[0].region, "");
    EXPECT_EQ(customer.shipping_addresses[0].region_code, "12");
    EXPECT_EQ(customer.shipping_addresses[0].country_code, "CL");
    ASSERT_EQ(customer.billing_addresses.size(), 2u);
    EXPECT_EQ(customer.billing_addresses[0].city, "B");
    EXPECT_EQ(customer.customer_categories.at(0).code, "vip");
    EXPECT_TRUE(problems.empty()) << problems.text();
}

}  // namespace
}  // namespace shopbell
