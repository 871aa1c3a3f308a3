#pragma once

#include <shopbell/commerce/money.hpp>
#include <shopbell/core/clock.hpp>
#include <shopbell/core/json_writer.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// What an order's state means, whatever the store calls it (providers.md 7.1).
enum class order_status : unsigned char { pending, paid, shipped, canceled, refunded, failed, other };

[[nodiscard]] std::string_view to_string(order_status status) noexcept;

// Empty strings and empty optionals are members that the store did not give: they are left out of the JSON,
// never invented.

struct address {
    std::string full_name, business_name;
    std::string street;  ///< lines joined by "\n"
    std::string city, region, region_code, postal_code, country, country_code, phone;
    std::optional<decimal> latitude, longitude;

    [[nodiscard]] bool empty() const noexcept;
};

struct customer {
    std::string id, email, first_name, last_name, full_name, phone, ip, business_name;
};

struct item_option {
    std::string name, value;
};

struct order_item {
    std::string id, variant_id, sku, number, name;
    std::optional<decimal> quantity;
    std::optional<decimal> unit_price, total, discount, tax;  ///< in the order's currency
    std::vector<item_option> options;
    std::vector<std::string> license_keys;
};

struct payment {
    std::string method, type, transaction_id, status;
};

struct tracking {
    std::string number, company, url;
};

/// An order in one shape for every store: the contract's `data.order`.
struct order {
    std::string id, number;
    order_status status = order_status::other;
    std::string provider_status;  ///< the store's own word
    std::optional<time_point> placed_at;
    std::string currency;
    std::optional<decimal> total, subtotal, tax, shipping, discount;  ///< in `currency`
    shopbell::customer customer;
    std::optional<address> shipping_address, billing_address;
    std::vector<order_item> items;
    shopbell::payment payment;
    std::string shipping_method;
    shopbell::tracking tracking;
    std::vector<std::string> discount_codes;
    std::string custom;  ///< one JSON value, as sent
    std::optional<bool> newsletter_opt_in;
};

/// Writes `order` as one JSON object (interface.md, section 5). Amounts are
/// {"amount":"<text as sent>","currency":"…"}; quantities and coordinates are JSON numbers with the digits
/// sent.
void write_json(json_writer& out, const order& order);

}  // namespace shopbell
