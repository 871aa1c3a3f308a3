#include <shopbell/commerce/order.hpp>
#include <shopbell/core/json.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

std::string json_of(const order& what) {
    json_writer out;
    write_json(out, what);
    auto text = out.take();
    EXPECT_TRUE(json::document::parse(text)) << text;
    return text;
}

TEST(order_json, leaves_out_what_the_store_did_not_give) {
    EXPECT_EQ(json_of({}), R"({"status":"other"})");
}

TEST(order_json, has_every_member_of_the_contract) {
    order what;
    what.id = "1026";
    what.number = "1026-A";
    what.status = order_status::paid;
    what.provider_status = "Pagado";
    what.placed_at = time_point(std::chrono::milliseconds(1'706'933'106'000));
    what.currency = "CLP";
    what.total = decimal::parse("27990.0");
    what.subtotal = decimal::parse("25000");
    what.tax = decimal::parse("0.0");
    what.shipping = decimal::parse("3990.0");
    what.discount = decimal::parse("1000");
    what.customer = {"201", "a@example.com", "Ana", "Peña", "Ana Peña", "+56 2", "192.0.2.7", "Peña SA"};
    what.shipping_address = address{.full_name = "Ana Peña",
                                    .business_name = "Peña SA",
                                    .street = "Calle Uno 42\nDepto 5",
                                    .city = "Santiago",
                                    .region = "Metropolitana",
                                    .region_code = "12",
                                    .postal_code = "8320000",
                                    .country = "Chile",
                                    .country_code = "CL",
                                    .phone = "+56 3",
                                    .latitude = decimal::parse("-33.45"),
                                    .longitude = decimal::parse("-70.660")};
    what.billing_address = address{};
    what.billing_address->city = "Lima";
    order_item item;
    item.id = "1001";
    item.variant_id = "7";
    item.sku = "TEE-1";
    item.number = "55";
    item.name = "Camiseta";
    item.quantity = decimal::parse("2");
    item.unit_price = decimal::parse("12500");
    item.total = decimal::parse("25000.00");
    item.discount = decimal::parse("1000.0");
    item.tax = decimal::parse("0");
    item.options = {{"Size", "L"}, {"Ink", ""}};
    item.license_keys = {"AAAA-1111", "BBBB-2222"};
    what.items = {item, {}};
    what.payment = {"Test Pay", "testpay", "N-77", "paid"};
    what.shipping_method = "Courier";
    what.tracking = {"T1", "Post", "https://example.com/T1"};
    what.discount_codes = {"HOLA"};
    what.custom = R"([{"label":"Gift","id":7.0}])";
    what.newsletter_opt_in = false;
    EXPECT_EQ(
        json_of(what),
        R"({"id":"1026","number":"1026-A","status":"paid","provider_status":"Pagado",)"
        R"("placed_at":"2024-02-03T04:05:06.000Z","currency":"CLP",)"
        R"("total":{"amount":"27990.0","currency":"CLP"},"subtotal":{"amount":"25000","currency":"CLP"},)"
        R"("tax":{"amount":"0.0","currency":"CLP"},"shipping":{"amount":"3990.0","currency":"CLP"},)"
        R"("discount":{"amount":"1000","currency":"CLP"},)"
        R"("customer":{"id":"201","email":"a@example.com","first_name":"Ana","last_name":"Peña",)"
        R"("full_name":"Ana Peña","phone":"+56 2","ip":"192.0.2.7","business_name":"Peña SA"},)"
        R"("shipping_address":{"full_name":"Ana Peña","business_name":"Peña SA",)"
        R"("street":"Calle Uno 42\nDepto 5","city":"Santiago","region":"Metropolitana","region_code":"12",)"
        R"("postal_code":"8320000","country":"Chile","country_code":"CL","phone":"+56 3",)"
        R"("latitude":-33.45,"longitude":-70.660},"billing_address":{"city":"Lima"},)"
        R"("items":[{"id":"1001","variant_id":"7","sku":"TEE-1","number":"55","name":"Camiseta","quantity":2,)"
        R"("unit_price":{"amount":"12500","currency":"CLP"},"total":{"amount":"25000.00","currency":"CLP"},)"
        R"("discount":{"amount":"1000.0","currency":"CLP"},"tax":{"amount":"0","currency":"CLP"},)"
        R"("options":[{"name":"Size","value":"L"},{"name":"Ink","value":""}],)"
        R"("license_keys":["AAAA-1111","BBBB-2222"]},{}],)"
        R"("payment":{"method":"Test Pay","type":"testpay","transaction_id":"N-77","status":"paid"},)"
        R"("shipping_method":"Courier","tracking":{"number":"T1","company":"Post",)"
        R"("url":"https://example.com/T1"},"discount_codes":["HOLA"],"custom":[{"label":"Gift","id":7.0}],)"
        R"("newsletter_opt_in":false})");
}

TEST(order_json, writes_an_amount_without_currency_where_none_is_named) {
    order what;
    what.total = decimal::parse("1.10");
    EXPECT_NE(json_of(what).find(R"("total":{"amount":"1.10"})"), std::string::npos);
}

TEST(order_json, writes_numbers_that_are_no_json_numbers_as_text) {
    for (const auto* text : {"+1", ".5", "5.", "007"}) {
        order what;
        what.items.resize(1);
        what.items[0].quantity = decimal::parse(text);
        EXPECT_NE(json_of(what).find("\"quantity\":\"" + std::string(text) + "\""), std::string::npos)
            << text;
    }
}

TEST(order_json, keeps_forty_digits) {
    order what;
    what.items.resize(1);
    what.items[0].quantity = decimal::parse("1234567890123456789012345678901234567890");
    EXPECT_NE(json_of(what).find("\"quantity\":1234567890123456789012345678901234567890"), std::string::npos);
}

TEST(order_json, leaves_out_an_empty_address_and_an_empty_payment) {
    order what;
    what.shipping_address = address{};
    EXPECT_EQ(json_of(what).find("address"), std::string::npos);
    EXPECT_EQ(json_of(what).find("payment"), std::string::npos);
    EXPECT_EQ(json_of(what).find("tracking"), std::string::npos);
}

TEST(order_status, has_the_words_of_the_contract) {
    EXPECT_EQ(to_string(order_status::pending), "pending");
    EXPECT_EQ(to_string(order_status::paid), "paid");
    EXPECT_EQ(to_string(order_status::shipped), "shipped");
    EXPECT_EQ(to_string(order_status::canceled), "canceled");
    EXPECT_EQ(to_string(order_status::refunded), "refunded");
    EXPECT_EQ(to_string(order_status::failed), "failed");
    EXPECT_EQ(to_string(order_status::other), "other");
}

TEST(address, is_empty_only_without_any_member) {
    EXPECT_TRUE(address{}.empty());
    address where;
    where.latitude = decimal::parse("0");
    EXPECT_FALSE(where.empty());
    address named;
    named.country_code = "CL";
    EXPECT_FALSE(named.empty());
}

}  // namespace
}  // namespace shopbell
