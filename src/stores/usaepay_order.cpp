#include "usaepay_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/timestamp.hpp>

#include <utility>

namespace shopbell::usaepay {
namespace {

template <class Text>
const Text& first_given(const Text& first, const Text& second) {
    return first.empty() ? second : first;
}

/// ISO 4217 by number. Currencies that are not here stay numbers.
struct currency_code {
    std::string_view number, letters;
};

constexpr currency_code currencies[] = {
    {"032", "ARS"}, {"036", "AUD"}, {"068", "BOB"}, {"124", "CAD"}, {"152", "CLP"}, {"156", "CNY"},
    {"170", "COP"}, {"188", "CRC"}, {"208", "DKK"}, {"214", "DOP"}, {"320", "GTQ"}, {"340", "HNL"},
    {"344", "HKD"}, {"356", "INR"}, {"376", "ILS"}, {"392", "JPY"}, {"410", "KRW"}, {"484", "MXN"},
    {"554", "NZD"}, {"558", "NIO"}, {"578", "NOK"}, {"590", "PAB"}, {"600", "PYG"}, {"604", "PEN"},
    {"608", "PHP"}, {"702", "SGD"}, {"710", "ZAR"}, {"752", "SEK"}, {"756", "CHF"}, {"764", "THB"},
    {"826", "GBP"}, {"840", "USD"}, {"858", "UYU"}, {"949", "TRY"}, {"978", "EUR"}, {"985", "PLN"},
    {"986", "BRL"},
};

std::string currency_of(const std::string& sent) {
    // A JSON number cannot carry the leading zero of 036.
    const auto number = sent.size() == 2 ? "0" + sent : sent;
    for (const auto& one : currencies) {
        if (one.number == number)
            return std::string(one.letters);
    }
    return sent;
}

order_status status_by_name(std::string_view name) noexcept {
    struct row {
        std::string_view name;
        order_status status;
    };
    constexpr row rows[] = {
        {"transaction.sale.queued", order_status::pending},
        {"ach.submitted", order_status::pending},
        {"transaction.sale.success", order_status::paid},
        {"transaction.sale.captured", order_status::paid},
        {"transaction.sale.adjusted", order_status::paid},
        {"transaction.sale.unvoided", order_status::paid},
        {"ach.settled", order_status::paid},
        {"transaction.sale.voided", order_status::canceled},
        {"ach.voided", order_status::canceled},
        {"transaction.refund.success", order_status::refunded},
        {"transaction.sale.failure", order_status::failed},
        {"ach.failed", order_status::failed},
        {"ach.returned", order_status::failed},
    };
    for (const auto& one : rows) {
        if (one.name == name)
            return one.status;
    }
    return order_status::other;
}

/// Whether the money is only set aside: "A", "Auth Only", "authonly", "Credit Card Auth Only".
bool is_authorization(const transaction& from) {
    if (iequals(trim(from.trantype_code), "A"))
        return true;
    auto words = to_lower(from.trantype);
    std::erase_if(words, [](char c) { return c < 'a' || c > 'z'; });
    return words.find("authonly") != std::string::npos;
}

/// What the event says, unless the transaction says that the money has not come, or not all of it.
order_status status_of(std::string_view name, const transaction& from) {
    const auto status = status_by_name(name);
    if (status != order_status::paid)
        return status;
    const auto code = trim(from.result_code);
    if (iequals(code, "V"))
        return order_status::pending;
    if (!code.empty() && !iequals(code, "A"))
        return order_status::other;
    const bool is_captured = name == "transaction.sale.captured" || name == "ach.settled";
    return is_authorization(from) && !is_captured ? order_status::pending : status;
}

shopbell::customer customer_of(const transaction& from) {
    shopbell::customer who;
    who.id = first_given(first_given(from.custid, from.customerid), from.cust_key);
    who.email = from.customer_email;
    who.ip = from.clientip;
    if (from.billing_address) {
        who.first_name = from.billing_address->firstname;
        who.last_name = from.billing_address->lastname;
        who.phone = from.billing_address->phone;
        who.business_name = from.billing_address->company;
    }
    who.full_name = join_given(who.first_name, " ", who.last_name);
    if (who.full_name.empty() && from.creditcard)
        who.full_name = from.creditcard->cardholder;
    return who;
}

std::optional<shopbell::address> address_of(const std::optional<address>& from) {
    if (!from)
        return std::nullopt;
    shopbell::address to;
    to.full_name = join_given(from->firstname, " ", from->lastname);
    to.business_name = from->company;
    to.street = join_given(from->street, "\n", from->street2);
    to.city = from->city;
    to.region = from->state;
    to.postal_code = from->postalcode;
    to.country = from->country;
    to.phone = from->phone;
    return to;
}

order_item item_of(const line_item& from) {
    order_item to;
    to.id = from.product_key;
    to.sku = from.sku;
    to.name = from.name;
    to.quantity = from.qty;
    to.unit_price = from.cost;
    to.discount = from.discount_amount;
    return to;
}

void copy_amounts(const transaction& from, shopbell::order& to) {
    const auto detail = from.amount_detail.value_or(amount_detail{});
    to.currency = currency_of(from.currency);
    to.total = from.amount;
    for (const auto& amount : {detail.amount, from.auth_amount, detail.original_amount}) {
        if (!to.total)
            to.total = amount;
    }
    to.subtotal = detail.subtotal;
    to.tax = detail.tax;
    to.shipping = detail.shipping;
    to.discount = detail.discount;
}

payment payment_of(const transaction& from) {
    payment how;
    if (from.creditcard)
        how.method = "creditcard";
    else if (from.has_check)
        how.method = "check";
    how.type = from.trantype;
    how.transaction_id = from.refnum;
    how.status = from.result_code;
    return how;
}

/// The merchant's own fields, and the order id where the invoice took the place of the order's number.
std::string custom_of(const transaction& from) {
    const auto orderid = from.invoice.empty() ? std::string() : from.orderid;
    const auto custom_fields = on_one_line(from.custom_fields);
    if (orderid.empty())
        return custom_fields;
    if (custom_fields.empty())
        return as_json_string(orderid);
    json_writer out;
    out.begin_object().key("custom_fields").raw(custom_fields).field("orderid", orderid).end_object();
    return out.take();
}

}  // namespace

shopbell::order normalise(const transaction& from, std::string_view name, std::string_view ach_status) {
    shopbell::order to;
    to.id = from.key;
    to.number = first_given(from.invoice, from.orderid);
    to.status = status_of(name, from);
    to.provider_status =
        ach_status.empty() ? first_given(from.result, from.result_code) : std::string(ach_status);
    // USAePay's own times name no zone, and then they are no instant.
    to.placed_at = parse_timestamp(from.created);
    copy_amounts(from, to);
    to.customer = customer_of(from);
    to.shipping_address = address_of(from.shipping_address);
    to.billing_address = address_of(from.billing_address);
    for (const auto& one : from.lineitems)
        to.items.push_back(item_of(one));
    to.payment = payment_of(from);
    to.custom = custom_of(from);
    return to;
}

}  // namespace shopbell::usaepay
