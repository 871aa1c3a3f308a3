#pragma once

#include <shopbell/commerce/money.hpp>
#include <shopbell/stores/json_fields.hpp>

#include <optional>
#include <string>
#include <vector>

/// Jumpseller's own documents (providers.md 1.7 to 1.10), under Jumpseller's own names. Every field may be
/// absent or null: then the text, optional or list is empty. Ids are text, whether sent as number or string;
/// "JSON" marks a value of no documented shape, kept as its bytes.
namespace shopbell::jumpseller {

/// Of an order or a customer. In a customer's, Jumpseller writes codes where an order has names; they are
/// read into the `_code` members.
struct address {
    std::string name, surname, street, street_number, complement;
    std::string city, municipality, neighbourhood, postal;
    std::string region, region_code, country, country_code;
    std::string taxid;                           ///< billing only
    std::optional<decimal> latitude, longitude;  ///< shipping only
    std::string pickup_place_name;               ///< pickup only
};

/// The person in an order or a subscription.
struct buyer {
    std::string id, email, phone, phone_prefix, ip, fullname;
};

struct tax_rule {
    std::string id, name, country, region;
    std::optional<decimal> rate;
    std::optional<bool> fixed, tax_on_product_price, tax_on_shipping_price;
};

struct stock_location {
    std::string location_id;
    std::optional<decimal> stock;
};

/// One product in an order or a subscription.
struct line {
    std::string id, variant_id, sku, name, image, type;
    std::optional<decimal> qty;
    std::optional<decimal> price;          ///< per unit
    std::optional<decimal> tax, discount;  ///< per unit or per line: not documented
    std::optional<decimal> weight;
    std::vector<tax_rule> taxes;
    std::vector<stock_location> stock_locations;
    std::string files;  ///< JSON
};

struct additional_field {
    std::string id, label, value, area;
};

struct branch {
    std::string id, name;
};

/// Where an order came from.
struct traffic_source {
    std::string created_from, created_from_app_code, source_name, medium, campaign;
    std::string referral_url, referral_code, referral_source, user_agent;
    std::string first_page_visited, first_page_visited_at;
};

struct billing_information {
    std::string business_activity, company_name, taxpayer_type;
};

struct order {
    std::string id, created_at, completed_at;
    /// Translated into the store's language, but for the `_enum` ones: decide on those.
    std::string status, status_name, status_enum;
    std::string fulfillment_status, shipment_status, shipment_status_enum;
    std::string currency;
    std::optional<decimal> subtotal;  ///< without tax, shipping and discounts; `total` has them
    std::optional<decimal> total, tax, shipping, shipping_tax, discount, shipping_discount,
        gift_cards_discount;
    std::optional<bool> shipping_required, same_day_delivery;
    std::string shipping_option, shipping_method_id, shipping_method_name, shipping_service_id;
    std::string payment_method_name, payment_method_type, payment_information, payment_notification_id;
    std::string additional_information;
    /// These carry tokens: not for logs.
    std::string duplicate_url, recovery_url, review_url, checkout_url;
    std::string coupons;     ///< all codes in one text
    std::string promotions;  ///< JSON
    std::string recovered_from;
    std::string tracking_number, tracking_company, tracking_url;
    std::string external_shipping_rate_id, external_shipping_rate_description;
    std::optional<buyer> customer;
    std::optional<branch> shipping_branch;
    std::optional<address> shipping_address, billing_address, pickup_address;
    std::vector<line> products;
    std::vector<additional_field> additional_fields;
    std::string additional_fields_as_sent;  ///< JSON
    std::vector<tax_rule> shipping_taxes;
    std::optional<traffic_source> source;
    std::optional<jumpseller::billing_information> billing_information;
};

struct category {
    std::string id, name, parent_id, permalink;
};

struct image {
    std::string id, url;
    std::optional<decimal> position;
};

struct variant_option {
    std::string name, value;
};

struct variant {
    std::string id, sku, barcode;
    std::optional<decimal> price, cost_per_item, compare_at_price, stock, stock_threshold;
    std::optional<bool> stock_unlimited, stock_notification;
    std::vector<variant_option> options;
    std::optional<jumpseller::image> image;
};

struct digital_product {
    std::string id;
    std::string url;  ///< private to the buyer: not for logs
    std::optional<decimal> expiration_seconds;
    std::optional<bool> external;
};

struct product_field {
    std::string id, custom_field_id, type, label, value, value_id, variant_id;
};

struct product {
    std::string id, name, page_title, description, type, permalink, created_at, updated_at;
    std::string status, currency, package_format;
    std::optional<decimal> price, discount, compare_at_price, cost_per_item;
    std::optional<decimal> stock, stock_threshold;
    std::optional<bool> stock_unlimited, stock_notification, back_in_stock_enabled;
    std::string sku, brand, barcode, google_product_category_text;
    std::optional<bool> quotable, featured, reviews_enabled, shipping_required;
    std::optional<decimal> days_to_expire;  ///< gift cards
    std::optional<decimal> weight, length, width, height, diameter;
    std::vector<category> categories;
    std::vector<image> images;
    std::vector<variant> variants;
    std::vector<digital_product> digital_products;
    std::vector<product_field> fields;
};

struct customer_category {
    std::string id, name, code;
};

struct customer_field {
    std::string id, label, value, area, customer_id, checkout_custom_field_id;
};

struct customer {
    std::string id, email, phone, phone_prefix, fullname, status;
    std::optional<bool> accepts_marketing;
    std::string accepted_marketing_at, cancelled_marketing_at;
    std::vector<customer_category> customer_categories;
    std::vector<customer_field> customer_additional_fields;
    std::vector<address> shipping_addresses, billing_addresses;
};

struct subscription {
    std::string id, created_at, updated_at, status, next_order_date;
    std::optional<decimal> recurring_period, recurring_period_days;
    std::optional<buyer> customer;
    std::optional<address> shipping_address;
    std::vector<line> products;
};

/// A message from the storefront. No source says what is in it; these are likely.
struct contact {
    std::string name, email, phone, message;
};

/// Each reads one resource, without its root key. What is not as documented is left out and named in the
/// problems of `from`.
[[nodiscard]] order read_order(const json_fields& from);
[[nodiscard]] product read_product(const json_fields& from);
[[nodiscard]] customer read_customer(const json_fields& from);
[[nodiscard]] subscription read_subscription(const json_fields& from);
[[nodiscard]] contact read_contact(const json_fields& from);

}  // namespace shopbell::jumpseller
