#pragma once

#include <shopbell/commerce/money.hpp>
#include <shopbell/stores/json_fields.hpp>

#include <optional>
#include <string>
#include <vector>

/// What is read of Jumpseller's own documents (providers.md 1.7 to 1.10), under Jumpseller's own names: of an
/// order what the order of all stores needs. What else is documented is checked and not kept. Every field may
/// be absent or null: then the text, optional or list is empty. Ids are text, whether sent as number or
/// string; "JSON" marks a value of no documented shape, kept as its bytes.
namespace shopbell::jumpseller {

/// Of an order or a customer. In a customer's, Jumpseller writes codes where an order has names; they are
/// read into the `_code` members.
struct address {
    std::string name, surname, street, street_number, complement;
    std::string city, municipality, postal;
    std::string region, region_code, country, country_code;
    std::optional<decimal> latitude, longitude;  ///< shipping only
};

/// The person in an order or a subscription.
struct buyer {
    std::string id, email, phone, ip, fullname;
};

/// One product in an order or a subscription.
struct line {
    std::string id, variant_id, sku, name;
    std::optional<decimal> qty;
    std::optional<decimal> price;          ///< per unit
    std::optional<decimal> tax, discount;  ///< per unit or per line: not documented
};

struct billing_information {
    std::string company_name;
};

struct order {
    std::string id, created_at;
    /// Translated into the store's language, but for the `_enum` ones: decide on those.
    std::string status, status_enum, shipment_status_enum;
    std::string currency;
    std::optional<decimal> subtotal;  ///< without tax, shipping and discounts; `total` has them
    std::optional<decimal> total, tax, shipping, discount;
    std::string shipping_method_name;
    std::string payment_method_name, payment_method_type, payment_notification_id;
    std::string coupons;  ///< all codes in one text
    std::string tracking_number, tracking_company, tracking_url;
    std::optional<buyer> customer;
    std::optional<address> shipping_address, billing_address;
    std::vector<line> products;
    std::string additional_fields;  ///< JSON
    std::optional<jumpseller::billing_information> billing_information;
};

struct variant {
    std::optional<decimal> price, stock;
};

struct product {
    std::optional<decimal> discount;
    std::vector<variant> variants;
};

struct customer_category {
    std::string code;
};

struct customer {
    std::vector<customer_category> customer_categories;
    std::vector<address> shipping_addresses, billing_addresses;
};

/// Each reads or checks one resource, without its root key. What is not as documented is left out and named
/// in the problems of `from`.
[[nodiscard]] order read_order(const json_fields& from);
[[nodiscard]] product read_product(const json_fields& from);
[[nodiscard]] customer read_customer(const json_fields& from);
void check_subscription(const json_fields& from);
/// A message from the storefront. No source says what is in it; what is checked is likely.
void check_contact(const json_fields& from);

}  // namespace shopbell::jumpseller
