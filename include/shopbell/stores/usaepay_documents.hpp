#pragma once

#include <shopbell/commerce/money.hpp>
#include <shopbell/stores/json_fields.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What is read of USAePay's own documents (providers.md 3.4 to 3.6), under USAePay's own names: of a
/// transaction what the order of all stores needs. What else is documented is checked and not kept. Any
/// member may be absent or null: then the text, optional or list is empty. Scalars are read alike whether
/// they come as string, number or boolean (`refnum` is a number in some events and a string in others).
/// Amounts keep the digits sent.
namespace shopbell::usaepay {

struct card {
    std::string number;      ///< at most 10 clear digits: see mask_card_number
    std::string cardholder;  ///< personal: not for logs
    std::string expiration;  ///< MMYY
};

struct amount_detail {
    std::optional<decimal> amount, original_amount, subtotal, tax, shipping, discount;
};

/// In the form of the REST API.
struct address {
    std::string company, firstname, lastname, street, street2, city, state, postalcode, country, phone;
};

struct line_item {
    std::string product_key, sku, name;
    std::optional<decimal> qty, cost, discount_amount;
};

/// `object` of transaction.* and ach.* events. Only `key` is always there.
struct transaction {
    std::string key, refnum;
    std::string trantype, trantype_code, result_code, result;
    std::string invoice, orderid, created;
    std::optional<decimal> amount, auth_amount;
    std::optional<usaepay::amount_detail> amount_detail;
    std::string currency;  ///< a numeric ISO 4217 code
    std::optional<card> creditcard;
    bool has_check = false;
    std::string custid, customerid, cust_key, customer_email, clientip;
    std::optional<address> billing_address, shipping_address;
    std::vector<line_item> lineitems;
    std::string custom_fields;  ///< JSON
};

/// The new side of the changes of an ach.* event.
struct ach_state {
    std::string
        status;  ///< N queued, P pending, B at the bank, F funded, S settled, E error, V voided, R returned
};

struct ach {
    transaction object;
    ach_state after;
};

/// One side of the changes of a cau.* event.
struct card_update_state {
    std::optional<card> updated_card;
    std::string contact_customer;  ///< also from USAePay's misspelt `contact_cusomer`
    std::string cardaccount_closed;
};

/// What made USAePay ask the card's issuer.
struct card_update_source {
    std::string key;
};

struct card_update {
    std::optional<card> original_card;
    std::optional<card_update_source> source;
    card_update_state before, after;
};

struct inventory {
    std::optional<decimal> qtyonhand;
    std::optional<decimal> qtyonhand_change;  ///< without the leading "+" that USAePay writes
};

struct batch {
    std::string batchrefnum;
    std::string totalsales;  ///< digits whose unit is not documented (cents are likely), so it is no amount
    std::string numsales;
};

/// `event_body` of each kind of event. What is not as documented is left out and named in the problems of
/// `body`.
[[nodiscard]] transaction read_transaction(const json_fields& body);
[[nodiscard]] ach read_ach(const json_fields& body);
[[nodiscard]] card_update read_card_update(const json_fields& body);
[[nodiscard]] inventory read_inventory(const json_fields& body);
[[nodiscard]] batch read_batch(const json_fields& body);

/// The number with all but its last four digits as "x", where it shows more than 10 digits; else as it is.
[[nodiscard]] std::string mask_card_number(std::string_view number);

}  // namespace shopbell::usaepay
