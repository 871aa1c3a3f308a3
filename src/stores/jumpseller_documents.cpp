#include <shopbell/stores/jumpseller_documents.hpp>

#include <utility>

namespace shopbell::jumpseller {
namespace {

address read_address(const json_fields& from) {
    address one;
    one.name = from.text("name");
    one.surname = from.text("surname");
    one.street = from.text("address");
    one.street_number = from.scalar("street_number");
    one.complement = from.text("complement");
    one.city = from.text("city");
    one.municipality = from.text("municipality");
    one.neighbourhood = from.text("neighbourhood");
    one.postal = from.text("postal");
    one.region = from.text("region");
    one.region_code = from.text("region_code");
    one.country = from.text("country");
    one.country_code = from.text("country_code");
    one.taxid = from.id("taxid");
    one.latitude = from.number("latitude");
    one.longitude = from.number("longitude");
    one.pickup_place_name = from.text("pickup_place_name");
    return one;
}

void move_unless_given(std::string& from, std::string& to) {
    if (to.empty())
        to = std::exchange(from, {});
}

address read_customer_address(const json_fields& from) {
    auto one = read_address(from);
    move_unless_given(one.region, one.region_code);
    move_unless_given(one.country, one.country_code);
    return one;
}

buyer read_buyer(const json_fields& from) {
    buyer one;
    one.id = from.id("id");
    one.email = from.text("email");
    one.phone = from.text("phone");
    one.phone_prefix = from.text("phone_prefix");
    one.ip = from.text("ip");
    one.fullname = from.text("fullname");
    return one;
}

tax_rule read_tax_rule(const json_fields& from) {
    tax_rule one;
    one.id = from.id("id");
    one.name = from.text("name");
    one.country = from.text("country");
    one.region = from.text("region");
    one.rate = from.number("rate");
    one.fixed = from.boolean("fixed");
    one.tax_on_product_price = from.boolean("tax_on_product_price");
    one.tax_on_shipping_price = from.boolean("tax_on_shipping_price");
    return one;
}

stock_location read_stock_location(const json_fields& from) {
    return {from.id("location_id"), from.number("stock")};
}

line read_line(const json_fields& from) {
    line one;
    one.id = from.id("id");
    one.variant_id = from.id("variant_id");
    one.sku = from.text("sku");
    one.name = from.text("name");
    one.image = from.text("image");
    one.type = from.text("type");
    one.qty = from.number("qty");
    one.price = from.number("price");
    one.tax = from.number("tax");
    one.discount = from.number("discount");
    one.weight = from.number("weight");
    one.taxes = from.many("taxes", read_tax_rule);
    one.stock_locations = from.many("stock_locations", read_stock_location);
    one.files = from.array_as_sent("files");
    return one;
}

additional_field read_additional_field(const json_fields& from) {
    return {from.id("id"), from.text("label"), from.scalar("value"), from.text("area")};
}

branch read_branch(const json_fields& from) {
    return {from.id("id"), from.text("name")};
}

traffic_source read_source(const json_fields& from) {
    traffic_source one;
    one.created_from = from.text("created_from");
    one.created_from_app_code = from.text("created_from_app_code");
    one.source_name = from.text("source_name");
    one.medium = from.text("medium");
    one.campaign = from.text("campaign");
    one.referral_url = from.text("referral_url");
    one.referral_code = from.text("referral_code");
    one.referral_source = from.text("referral_source");
    one.user_agent = from.text("user_agent");
    one.first_page_visited = from.text("first_page_visited");
    one.first_page_visited_at = from.text("first_page_visited_at");
    return one;
}

billing_information read_billing_information(const json_fields& from) {
    return {from.text("business_activity"), from.text("company_name"), from.text("taxpayer_type")};
}

void read_order_amounts(const json_fields& from, order& one) {
    one.currency = from.text("currency");
    one.subtotal = from.number("subtotal");
    one.total = from.number("total");
    one.tax = from.number("tax");
    one.shipping = from.number("shipping");
    one.shipping_tax = from.number("shipping_tax");
    one.discount = from.number("discount");
    one.shipping_discount = from.number("shipping_discount");
    one.gift_cards_discount = from.number("gift_cards_discount");
}

void read_order_state(const json_fields& from, order& one) {
    one.status = from.text("status");
    one.status_name = from.text("status_name");
    one.status_enum = from.text("status_enum");
    one.fulfillment_status = from.text("fulfillment_status");
    one.shipment_status = from.text("shipment_status");
    one.shipment_status_enum = from.text("shipment_status_enum");
}

void read_order_shipping(const json_fields& from, order& one) {
    one.shipping_required = from.boolean("shipping_required");
    one.same_day_delivery = from.boolean("same_day_delivery");
    one.shipping_option = from.text("shipping_option");
    one.shipping_method_id = from.id("shipping_method_id");
    one.shipping_method_name = from.text("shipping_method_name");
    one.shipping_service_id = from.id("shipping_service_id");
    one.tracking_number = from.id("tracking_number");
    one.tracking_company = from.text("tracking_company");
    one.tracking_url = from.text("tracking_url");
    one.external_shipping_rate_id = from.id("external_shipping_rate_id");
    one.external_shipping_rate_description = from.text("external_shipping_rate_description");
    one.shipping_branch = from.one("shipping_branch", read_branch);
    one.shipping_taxes = from.many("shipping_taxes", read_tax_rule);
}

void read_order_payment(const json_fields& from, order& one) {
    one.payment_method_name = from.text("payment_method_name");
    one.payment_method_type = from.text("payment_method_type");
    one.payment_information = from.text("payment_information");
    one.payment_notification_id = from.id("payment_notification_id");
    one.coupons = from.text("coupons");
    one.promotions = from.array_as_sent("promotions");
}

category read_category(const json_fields& from) {
    return {from.id("id"), from.text("name"), from.id("parent_id"), from.text("permalink")};
}

image read_image(const json_fields& from) {
    return {from.id("id"), from.text("url"), from.number("position")};
}

variant_option read_variant_option(const json_fields& from) {
    return {from.text("name"), from.scalar("value")};
}

variant read_variant(const json_fields& from) {
    variant one;
    one.id = from.id("id");
    one.sku = from.text("sku");
    one.barcode = from.id("barcode");
    one.price = from.number("price");
    one.cost_per_item = from.number("cost_per_item");
    one.compare_at_price = from.number("compare_at_price");
    one.stock = from.number("stock");
    one.stock_threshold = from.number("stock_threshold");
    one.stock_unlimited = from.boolean("stock_unlimited");
    one.stock_notification = from.boolean("stock_notification");
    one.options = from.many("options", read_variant_option);
    one.image = from.one("image", read_image);
    return one;
}

digital_product read_digital_product(const json_fields& from) {
    return {from.id("id"), from.text("url"), from.number("expiration_seconds"), from.boolean("external")};
}

product_field read_product_field(const json_fields& from) {
    product_field one;
    one.id = from.id("id");
    one.custom_field_id = from.id("custom_field_id");
    one.type = from.text("type");
    one.label = from.text("label");
    one.value = from.scalar("value");
    one.value_id = from.id("value_id");
    one.variant_id = from.id("variant_id");
    return one;
}

void read_product_stock(const json_fields& from, product& one) {
    one.stock = from.number("stock");
    one.stock_threshold = from.number("stock_threshold");
    one.stock_unlimited = from.boolean("stock_unlimited");
    one.stock_notification = from.boolean("stock_notification");
    one.back_in_stock_enabled = from.boolean("back_in_stock_enabled");
}

void read_product_package(const json_fields& from, product& one) {
    one.package_format = from.text("package_format");
    one.weight = from.number("weight");
    one.length = from.number("length");
    one.width = from.number("width");
    one.height = from.number("height");
    one.diameter = from.number("diameter");
}

customer_category read_customer_category(const json_fields& from) {
    return {from.id("id"), from.text("name"), from.text("code")};
}

customer_field read_customer_field(const json_fields& from) {
    customer_field one;
    one.id = from.id("id");
    one.label = from.text("label");
    one.value = from.scalar("value");
    one.area = from.text("area");
    one.customer_id = from.id("customer_id");
    one.checkout_custom_field_id = from.id("checkout_custom_field_id");
    return one;
}

/// A list of addresses, or the single one that the OpenAPI document shows.
std::vector<address> read_addresses(const json_fields& from, const std::string& single) {
    auto all = from.many(single + "es", read_customer_address, single);
    if (auto one = from.one(single, read_customer_address))
        all.push_back(*std::move(one));
    return all;
}

}  // namespace

order read_order(const json_fields& from) {
    order one;
    one.id = from.id("id");
    one.created_at = from.text("created_at");
    one.completed_at = from.text("completed_at");
    read_order_state(from, one);
    read_order_amounts(from, one);
    read_order_shipping(from, one);
    read_order_payment(from, one);
    one.additional_information = from.text("additional_information");
    one.duplicate_url = from.text("duplicate_url");
    one.recovery_url = from.text("recovery_url");
    one.review_url = from.text("review_url");
    one.checkout_url = from.text("checkout_url");
    one.recovered_from = from.id("recovered_from");
    one.customer = from.one("customer", read_buyer);
    one.shipping_address = from.one("shipping_address", read_address);
    one.billing_address = from.one("billing_address", read_address);
    one.pickup_address = from.one("pickup_address", read_address);
    one.products = from.many("products", read_line, "product");
    one.additional_fields_as_sent = from.array_as_sent("additional_fields");
    if (!one.additional_fields_as_sent.empty())
        one.additional_fields = from.many("additional_fields", read_additional_field);
    one.source = from.one("source", read_source);
    one.billing_information = from.one("billing_information", read_billing_information);
    return one;
}

product read_product(const json_fields& from) {
    product one;
    one.id = from.id("id");
    one.name = from.text("name");
    one.page_title = from.text("page_title");
    one.description = from.text("description");
    one.type = from.text("type");
    one.permalink = from.text("permalink");
    one.created_at = from.text("created_at");
    one.updated_at = from.text("updated_at");
    one.status = from.text("status");
    one.currency = from.text("currency");
    one.price = from.number("price");
    one.discount = from.number("discount");
    one.compare_at_price = from.number("compare_at_price");
    one.cost_per_item = from.number("cost_per_item");
    read_product_stock(from, one);
    one.sku = from.text("sku");
    one.brand = from.text("brand");
    one.barcode = from.id("barcode");
    one.google_product_category_text = from.text("google_product_category_text");
    one.quotable = from.boolean("quotable");
    one.featured = from.boolean("featured");
    one.reviews_enabled = from.boolean("reviews_enabled");
    one.shipping_required = from.boolean("shipping_required");
    one.days_to_expire = from.number("days_to_expire");
    read_product_package(from, one);
    one.categories = from.many("categories", read_category, "category");
    one.images = from.many("images", read_image, "image");
    one.variants = from.many("variants", read_variant, "variant");
    one.digital_products = from.many("digital_products", read_digital_product, "digital_product");
    one.fields = from.many("fields", read_product_field, "field");
    return one;
}

customer read_customer(const json_fields& from) {
    customer one;
    one.id = from.id("id");
    one.email = from.text("email");
    one.phone = from.text("phone");
    one.phone_prefix = from.text("phone_prefix");
    one.fullname = from.text("fullname");
    one.status = from.text("status");
    one.accepts_marketing = from.boolean("accepts_marketing");
    one.accepted_marketing_at = from.text("accepted_marketing_at");
    one.cancelled_marketing_at = from.text("cancelled_marketing_at");
    one.customer_categories = from.many("customer_categories", read_customer_category, "customer_category");
    one.customer_additional_fields =
        from.many("customer_additional_fields", read_customer_field, "customer_additional_field");
    one.shipping_addresses = read_addresses(from, "shipping_address");
    one.billing_addresses = read_addresses(from, "billing_address");
    return one;
}

subscription read_subscription(const json_fields& from) {
    subscription one;
    one.id = from.id("id");
    one.created_at = from.text("created_at");
    one.updated_at = from.text("updated_at");
    one.status = from.text("status");
    one.next_order_date = from.text("next_order_date");
    one.recurring_period = from.number("recurring_period");
    one.recurring_period_days = from.number("recurring_period_days");
    one.customer = from.one("customer", read_buyer);
    one.shipping_address = from.one("shipping_address", read_address);
    one.products = from.many("products", read_line, "product");
    return one;
}

contact read_contact(const json_fields& from) {
    return {from.scalar("name"), from.scalar("email"), from.scalar("phone"), from.scalar("message")};
}

}  // namespace shopbell::jumpseller
