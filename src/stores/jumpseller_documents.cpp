#include <shopbell/stores/jumpseller_documents.hpp>

#include <utility>

namespace shopbell::jumpseller {
namespace {

// What is documented beside what is read, and every member of what is not read at all.

constexpr documented_members other_address[] = {
    {member_kind::text, "neighbourhood"},
    {member_kind::id, "taxid"},
    {member_kind::text, "pickup_place_name"},
};

constexpr documented_members tax_rule[] = {
    {member_kind::id, "id"},
    {member_kind::text, "name country region"},
    {member_kind::number, "rate"},
    {member_kind::boolean, "fixed tax_on_product_price tax_on_shipping_price"},
};

constexpr documented_members stock_location[] = {
    {member_kind::id, "location_id"},
    {member_kind::number, "stock"},
};

constexpr documented_members other_line[] = {
    {member_kind::text, "image type"},
    {member_kind::number, "weight"},
    {member_kind::objects, "taxes", tax_rule},
    {member_kind::objects, "stock_locations", stock_location},
    {member_kind::array, "files"},
};

constexpr documented_members additional_field[] = {
    {member_kind::id, "id"},
    {member_kind::text, "label"},
    {member_kind::scalar, "value"},
    {member_kind::text, "area"},
};

constexpr documented_members branch[] = {
    {member_kind::id, "id"},
    {member_kind::text, "name"},
};

constexpr documented_members traffic_source[] = {
    {member_kind::text,
     "created_from created_from_app_code source_name medium campaign referral_url "
     "referral_code referral_source user_agent first_page_visited first_page_visited_at"},
};

constexpr documented_members other_billing[] = {
    {member_kind::text, "business_activity taxpayer_type"},
};

constexpr documented_members other_order[] = {
    {member_kind::text, "completed_at status_name fulfillment_status shipment_status"},
    {member_kind::number, "shipping_tax shipping_discount gift_cards_discount"},
    {member_kind::boolean, "shipping_required same_day_delivery"},
    {member_kind::text, "shipping_option"},
    {member_kind::id, "shipping_method_id shipping_service_id external_shipping_rate_id"},
    {member_kind::text, "external_shipping_rate_description"},
    {member_kind::object, "shipping_branch", branch},
    {member_kind::objects, "shipping_taxes", tax_rule},
    {member_kind::text, "payment_information"},
    {member_kind::array, "promotions"},
    {member_kind::text, "additional_information duplicate_url recovery_url review_url checkout_url"},
    {member_kind::id, "recovered_from"},
    {member_kind::object, "source", traffic_source},
};

constexpr documented_members category[] = {
    {member_kind::id, "id"},
    {member_kind::text, "name"},
    {member_kind::id, "parent_id"},
    {member_kind::text, "permalink"},
};

constexpr documented_members image[] = {
    {member_kind::id, "id"},
    {member_kind::text, "url"},
    {member_kind::number, "position"},
};

constexpr documented_members variant_option[] = {
    {member_kind::text, "name"},
    {member_kind::scalar, "value"},
};

constexpr documented_members other_variant[] = {
    {member_kind::id, "id"},
    {member_kind::text, "sku"},
    {member_kind::id, "barcode"},
    {member_kind::number, "cost_per_item compare_at_price stock_threshold"},
    {member_kind::boolean, "stock_unlimited stock_notification"},
    {member_kind::objects, "options", variant_option},
    {member_kind::object, "image", image},
};

constexpr documented_members digital_product[] = {
    {member_kind::id, "id"},
    {member_kind::text, "url"},
    {member_kind::number, "expiration_seconds"},
    {member_kind::boolean, "external"},
};

constexpr documented_members product_field[] = {
    {member_kind::id, "id custom_field_id"},
    {member_kind::text, "type label"},
    {member_kind::scalar, "value"},
    {member_kind::id, "value_id variant_id"},
};

constexpr documented_members other_product[] = {
    {member_kind::id, "id"},
    {member_kind::text, "name page_title description type permalink created_at updated_at status currency"},
    {member_kind::number, "price compare_at_price cost_per_item stock stock_threshold"},
    {member_kind::boolean, "stock_unlimited stock_notification back_in_stock_enabled"},
    {member_kind::text, "sku brand"},
    {member_kind::id, "barcode"},
    {member_kind::text, "google_product_category_text"},
    {member_kind::boolean, "quotable featured reviews_enabled shipping_required"},
    {member_kind::number, "days_to_expire"},
    {member_kind::text, "package_format"},
    {member_kind::number, "weight length width height diameter"},
    {member_kind::objects, "categories", category, "category"},
    {member_kind::objects, "images", image, "image"},
    {member_kind::objects, "digital_products", digital_product, "digital_product"},
    {member_kind::objects, "fields", product_field, "field"},
};

constexpr documented_members other_category[] = {
    {member_kind::id, "id"},
    {member_kind::text, "name"},
};

constexpr documented_members customer_field[] = {
    {member_kind::id, "id"},
    {member_kind::text, "label"},
    {member_kind::scalar, "value"},
    {member_kind::text, "area"},
    {member_kind::id, "customer_id checkout_custom_field_id"},
};

constexpr documented_members other_customer[] = {
    {member_kind::id, "id"},
    {member_kind::text, "email phone phone_prefix fullname status"},
    {member_kind::boolean, "accepts_marketing"},
    {member_kind::text, "accepted_marketing_at cancelled_marketing_at"},
    {member_kind::objects, "customer_additional_fields", customer_field, "customer_additional_field"},
};

constexpr documented_members subscription[] = {
    {member_kind::id, "id"},
    {member_kind::text, "created_at updated_at status next_order_date"},
    {member_kind::number, "recurring_period recurring_period_days"},
};

constexpr documented_members contact[] = {
    {member_kind::scalar, "name email phone message"},
};

constexpr documented_members other_buyer[] = {
    {member_kind::text, "phone_prefix"},
};

constexpr documented_members checked_additional_fields[] = {
    {member_kind::objects, "additional_fields", additional_field},
};

address read_address(const json_fields& from) {
    address one;
    one.name = from.text("name");
    one.surname = from.text("surname");
    one.street = from.text("address");
    one.street_number = from.scalar("street_number");
    one.complement = from.text("complement");
    one.city = from.text("city");
    one.municipality = from.text("municipality");
    one.postal = from.text("postal");
    one.region = from.text("region");
    one.region_code = from.text("region_code");
    one.country = from.text("country");
    one.country_code = from.text("country_code");
    one.latitude = from.number("latitude");
    one.longitude = from.number("longitude");
    from.check(other_address);
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
    one.ip = from.text("ip");
    one.fullname = from.text("fullname");
    from.check(other_buyer);
    return one;
}

line read_line(const json_fields& from) {
    line one;
    one.id = from.id("id");
    one.variant_id = from.id("variant_id");
    one.sku = from.text("sku");
    one.name = from.text("name");
    one.qty = from.number("qty");
    one.price = from.number("price");
    one.tax = from.number("tax");
    one.discount = from.number("discount");
    from.check(other_line);
    return one;
}

billing_information read_billing_information(const json_fields& from) {
    from.check(other_billing);
    return {from.text("company_name")};
}

void read_order_amounts(const json_fields& from, order& one) {
    one.currency = from.text("currency");
    one.subtotal = from.number("subtotal");
    one.total = from.number("total");
    one.tax = from.number("tax");
    one.shipping = from.number("shipping");
    one.discount = from.number("discount");
}

void read_order_shipping(const json_fields& from, order& one) {
    one.shipping_method_name = from.text("shipping_method_name");
    one.tracking_number = from.id("tracking_number");
    one.tracking_company = from.text("tracking_company");
    one.tracking_url = from.text("tracking_url");
}

void read_order_payment(const json_fields& from, order& one) {
    one.payment_method_name = from.text("payment_method_name");
    one.payment_method_type = from.text("payment_method_type");
    one.payment_notification_id = from.id("payment_notification_id");
    one.coupons = from.text("coupons");
}

variant read_variant(const json_fields& from) {
    from.check(other_variant);
    return {from.number("price"), from.number("stock")};
}

customer_category read_customer_category(const json_fields& from) {
    from.check(other_category);
    return {from.text("code")};
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
    one.status = from.text("status");
    one.status_enum = from.text("status_enum");
    one.shipment_status_enum = from.text("shipment_status_enum");
    read_order_amounts(from, one);
    read_order_shipping(from, one);
    read_order_payment(from, one);
    one.customer = from.one("customer", read_buyer);
    one.shipping_address = from.one("shipping_address", read_address);
    one.billing_address = from.one("billing_address", read_address);
    static_cast<void>(from.one("pickup_address", read_address));
    one.products = from.many("products", read_line, "product");
    one.additional_fields = from.array_as_sent("additional_fields");
    if (!one.additional_fields.empty())
        from.check(checked_additional_fields);
    one.billing_information = from.one("billing_information", read_billing_information);
    from.check(other_order);
    return one;
}

product read_product(const json_fields& from) {
    product one;
    one.discount = from.number("discount");
    one.variants = from.many("variants", read_variant, "variant");
    from.check(other_product);
    return one;
}

customer read_customer(const json_fields& from) {
    customer one;
    one.customer_categories = from.many("customer_categories", read_customer_category, "customer_category");
    one.shipping_addresses = read_addresses(from, "shipping_address");
    one.billing_addresses = read_addresses(from, "billing_address");
    from.check(other_customer);
    return one;
}

void check_subscription(const json_fields& from) {
    from.check(subscription);
    static_cast<void>(from.one("customer", read_buyer));
    static_cast<void>(from.one("shipping_address", read_address));
    static_cast<void>(from.many("products", read_line, "product"));
}

void check_contact(const json_fields& from) {
    from.check(contact);
}

}  // namespace shopbell::jumpseller
