#include "jumpseller_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/json_writer.hpp>

#include <utility>

namespace shopbell::jumpseller {
namespace {

/// What differs between the samples of order events.
struct order_state {
    std::string_view event, status, status_enum, shipment_status, shipment_status_enum;
};

/// An order event without a row here is one of a paid order that waits to be shipped.
constexpr order_state order_states[] = {
    {"order_pending_payment", "Pending Payment", "pending_payment", "Unfulfilled", "unfulfilled"},
    {"order_created", "Pending Payment", "pending_payment", "Unfulfilled", "unfulfilled"},
    {"order_shipped", "Paid", "paid", "In Transit", "in_transit"},
    {"order_canceled", "Canceled", "canceled", "Unfulfilled", "unfulfilled"},
    {"order_abandoned", "Abandoned", "abandoned", "Unfulfilled", "unfulfilled"},
    {"order_pickup_available", "Paid", "paid", "Pickup Available", "pickup_available"},
};

order_state state_of(std::string_view event) {
    for (const auto& one : order_states) {
        if (one.event == event)
            return one;
    }
    return {event, "Paid", "paid", "Unfulfilled", "unfulfilled"};
}

void write_buyer(json_writer& out) {
    out.key("customer").begin_object();
    out.field("id", "201").field("email", "buyer@example.com").field("phone", "221234567");
    out.field("phone_prefix", "+56").field("ip", "192.0.2.7").field("fullname", "Ana Peña");
    out.end_object();
}

void write_address(json_writer& out, std::string_view name) {
    out.key(name).begin_object();
    out.field("name", "Ana").field("surname", "Peña").field("address", "Calle Uno").field("city", "Santiago");
    out.field("postal", "8320000").field("region", "Metropolitana").field("region_code", "12");
    out.field("country", "Chile").field("country_code", "CL").key("street_number").integer(42);
    out.field("complement", "Depto 5");
    if (name == "shipping_address")
        out.key("latitude").raw("-33.45").key("longitude").raw("-70.66");
    out.end_object();
}

void write_lines(json_writer& out) {
    out.key("products").begin_array().begin_object();
    out.key("id").integer(1001).key("variant_id").raw("null").field("sku", "TEE-1").field("name", "Camiseta");
    out.key("qty").integer(2).key("price").raw("12500").key("tax").raw("0").key("discount").raw("1000.0");
    out.key("weight").raw("0.3").key("image").raw("null").key("files").raw("[]").key("taxes").raw("[]");
    out.end_object().end_array();
}

void write_order_amounts(json_writer& out) {
    out.field("currency", "CLP")
        .key("subtotal")
        .raw("25000")
        .key("tax")
        .raw("0.0")
        .key("shipping")
        .raw("3990.0");
    out.key("shipping_tax").raw("0").key("discount").raw("1000").key("shipping_discount").raw("0");
    out.key("total").raw("27990.0");
}

void write_order_rest(json_writer& out, const order_state& state) {
    out.key("shipping_required").boolean(true).field("shipping_option", "delivery");
    out.field("shipping_method_name", "Courier").field("payment_method_name", "Test Pay");
    out.field("payment_method_type", "testpay").field("coupons", "HOLA").key("promotions").raw("[]");
    out.field("shipment_status", state.shipment_status)
        .field("shipment_status_enum", state.shipment_status_enum);
    const bool on_its_way = state.shipment_status_enum == "in_transit";
    out.key("tracking_number").raw(on_its_way ? R"("TRK-0001")" : "null");
    out.key("tracking_company").raw(on_its_way ? R"("Courier")" : "null").key("tracking_url").raw("null");
    out.key("additional_fields").raw(R"([{"label":"Gift","value":"No","id":7,"area":"billing"}])");
}

void write_order(json_writer& out, std::string_view event, long long number) {
    const auto state = state_of(event);
    out.key("id").integer(5000 + number).field("created_at", "2026-02-03 04:05:06 UTC");
    out.field("status", state.status).field("status_enum", state.status_enum);
    write_order_amounts(out);
    write_order_rest(out, state);
    write_buyer(out);
    write_address(out, "shipping_address");
    write_address(out, "billing_address");
    write_lines(out);
}

void write_product(json_writer& out, std::string_view event, long long number) {
    const bool stock_only = event.starts_with("product_stock");
    out.key("id").integer(1000 + number).field("name", "Camiseta").field("type", "physical");
    out.field("permalink", "camiseta").field("status", "available").field("sku", "TEE-1");
    out.key("price").raw("12500.0").key("discount").string("0.0").key("weight").raw("0.3");
    out.key("stock").integer(stock_only ? 4 : 5).key("stock_unlimited").boolean(false);
    out.key("brand").raw("null").key("barcode").raw("null");
    out.key("categories").raw(R"([{"id":11,"name":"Ropa","parent_id":null,"permalink":"ropa"}])");
    out.key("images").raw(R"([{"id":21,"position":1,"url":"https://cdn.example.com/tee.png"}])");
    out.key("variants")
        .raw(R"([{"id":31,"price":12500.0,"sku":"TEE-1-M","stock":2,)"
             R"("stock_unlimited":false,"options":[{"name":"Talla","value":"M"}]}])");
    out.key("fields").raw("[]");
}

void write_customer(json_writer& out, long long number) {
    out.key("id").integer(200 + number).field("email", "buyer@example.com").field("phone", "221234567");
    out.field("phone_prefix", "+56").field("fullname", "Ana Peña").field("status", "approved");
    out.key("accepts_marketing").boolean(true);
    out.key("customer_categories").raw(R"([{"customer_category":{"id":41,"name":"VIP","code":"vip"}}])");
    out.key("shipping_addresses")
        .raw(R"([{"name":"Ana","surname":"Peña","address":"Calle Uno 42",)"
             R"("city":"Santiago","region":"12","country":"CL"}])");
}

void write_subscription(json_writer& out, std::string_view event, long long number) {
    out.key("id").integer(300 + number).field("created_at", "2026-02-03 04:05:06 UTC");
    out.field("status", event == "subscription_canceled" ? "canceled" : "active");
    out.field("next_order_date", "2026-03-05").key("recurring_period").integer(30);
    write_buyer(out);
    write_address(out, "shipping_address");
    write_lines(out);
}

void write_contact(json_writer& out) {
    out.field("name", "Ana Peña").field("email", "buyer@example.com").field("phone", "221234567");
    out.field("message", "¿Tienen esta camiseta en azul?");
}

std::string body_of(const known_event& event, long long number) {
    json_writer out;
    out.begin_object().key(event.resource).begin_object();
    if (event.resource == "order")
        write_order(out, event.name, number);
    else if (event.resource == "product")
        write_product(out, event.name, number);
    else if (event.resource == "customer")
        write_customer(out, number);
    else if (event.resource == "subscription")
        write_subscription(out, event.name, number);
    else
        write_contact(out);
    out.end_object().end_object();
    return out.take();
}

}  // namespace

std::vector<sample> samples() {
    std::vector<sample> all;
    long long number = 0;
    for (const auto& event : known_events())
        all.push_back({std::string(event.name), std::string(event.type), body_of(event, ++number),
                       "/" + std::string(event.resource) + "/id"});
    return all;
}

sample probe(std::string_view mark, std::size_t padding) {
    return {"shopbell_probe", "jumpseller.shopbell_probe",
            "{\"probe\":" + probe_object(mark, padding) + "}\r\n", "/probe/id"};
}

}  // namespace shopbell::jumpseller
