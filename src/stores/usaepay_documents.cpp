#include <shopbell/stores/usaepay_documents.hpp>

#include <utility>

namespace shopbell::usaepay {
namespace {

card read_card(const json_fields& from) {
    card one;
    one.type = from.scalar("type");
    one.number = mask_card_number(from.scalar("number"));
    one.cardholder = from.scalar("cardholder");
    one.entry_mode = from.scalar("entry_mode");
    one.expiration = from.scalar("expiration");
    return one;
}

amount_detail read_amount_detail(const json_fields& from) {
    amount_detail one;
    one.amount = from.number("amount");
    one.original_amount = from.number("original_amount");
    one.subtotal = from.number("subtotal");
    one.tax = from.number("tax");
    one.shipping = from.number("shipping");
    one.discount = from.number("discount");
    one.duty = from.number("duty");
    return one;
}

check_result read_check_result(const json_fields& from) {
    return {from.scalar("result_code"), from.scalar("result")};
}

batch_reference read_batch_reference(const json_fields& from) {
    return {from.scalar("type"), from.scalar("key"), from.scalar("batchrefnum"), from.scalar("sequence")};
}

receipts read_receipts(const json_fields& from) {
    return {from.scalar("customer"), from.scalar("merchant")};
}

bank_check read_check(const json_fields& from) {
    return {from.scalar("trackingcode")};
}

address read_address(const json_fields& from) {
    address one;
    one.company = from.scalar("company");
    one.firstname = from.scalar("firstname");
    one.lastname = from.scalar("lastname");
    one.street = from.scalar("street");
    one.street2 = from.scalar("street2");
    one.city = from.scalar("city");
    one.state = from.scalar("state");
    one.postalcode = from.scalar("postalcode");
    one.country = from.scalar("country");
    one.phone = from.scalar("phone");
    return one;
}

line_item read_line_item(const json_fields& from) {
    line_item one;
    one.product_key = from.scalar("product_key");
    one.sku = from.scalar("sku");
    one.name = from.scalar("name");
    one.qty = from.number("qty");
    one.cost = from.number("cost");
    one.discount_amount = from.number("discount_amount");
    return one;
}

void read_references(const json_fields& from, transaction& one) {
    one.type = from.scalar("type");
    one.key = from.scalar("key");
    one.refnum = from.scalar("refnum");
    one.uri = from.scalar("uri");
    one.invoice = from.scalar("invoice");
    one.orderid = from.scalar("orderid");
    one.original_date = from.scalar("original_date");
    one.created = from.scalar("created");
    one.batch = from.one("batch", read_batch_reference);
    one.receipts = from.one("receipts", read_receipts);
    one.custom_fields = from.as_sent("custom_fields");
}

void read_payment(const json_fields& from, transaction& one) {
    one.trantype = from.scalar("trantype");
    one.trantype_code = from.scalar("trantype_code");
    one.authcode = from.scalar("authcode");
    one.result_code = from.scalar("result_code");
    one.result = from.scalar("result");
    one.amount = from.number("amount");
    one.auth_amount = from.number("auth_amount");
    one.amount_detail = from.one("amount_detail", read_amount_detail);
    one.currency = from.scalar("currency");
    one.avs = from.one("avs", read_check_result);
    one.cvc = from.one("cvc", read_check_result);
    one.creditcard = from.one("creditcard", read_card);
    one.check = from.one("check", read_check);
}

void read_buyer(const json_fields& from, transaction& one) {
    one.custid = from.scalar("custid");
    one.customerid = from.scalar("customerid");
    one.cust_key = from.scalar("cust_key");
    one.customer_email = from.scalar("customer_email");
    one.clientip = from.scalar("clientip");
    one.billing_address = from.one("billing_address", read_address);
    one.shipping_address = from.one("shipping_address", read_address);
}

transaction read_transaction_object(const json_fields& from) {
    transaction one;
    read_references(from, one);
    read_payment(from, one);
    read_buyer(from, one);
    one.lineitems = from.many("lineitems", read_line_item);
    return one;
}

ach_state read_ach_state(const json_fields& from) {
    ach_state one;
    one.status = from.scalar("status");
    one.processed = from.scalar("processed");
    one.settled = from.scalar("settled");
    one.returned = from.scalar("returned");
    one.reason = from.scalar("reason");
    one.banknote = from.scalar("banknote");
    return one;
}

card_update_state read_card_update_state(const json_fields& from) {
    card_update_state one;
    one.status = from.scalar("status");
    one.original_card = from.one("original_card", read_card);
    one.updated_card = from.one("updated_card", read_card);
    one.contact_customer = from.scalar("contact_customer");
    if (one.contact_customer.empty())
        one.contact_customer = from.scalar("contact_cusomer");
    one.cardaccount_closed = from.scalar("cardaccount_closed");
    return one;
}

card_update_source read_source(const json_fields& from) {
    return {from.scalar("object"), from.scalar("type"), from.scalar("key")};
}

card_update read_card_update_object(const json_fields& from) {
    card_update one;
    one.type = from.scalar("type");
    one.key = from.scalar("key");
    one.added = from.scalar("added");
    one.status = from.scalar("status");
    one.status_description = from.scalar("status_description");
    one.original_card = from.one("original_card", read_card);
    one.updated_card = from.one("updated_card", read_card);
    one.source = from.one("source", read_source);
    return one;
}

inventory read_inventory_object(const json_fields& from) {
    inventory one;
    one.type = from.scalar("type");
    one.key = from.scalar("key");
    one.locationid = from.scalar("locationid");
    one.uri = from.scalar("uri");
    one.qtyonhand = from.number("qtyonhand");
    one.qtyonhand_change = from.number("qtyonhand_change");
    if (one.qtyonhand_change && one.qtyonhand_change->text().starts_with('+'))
        one.qtyonhand_change = decimal::parse(one.qtyonhand_change->text().substr(1));
    return one;
}

batch read_batch_object(const json_fields& from) {
    batch one;
    one.type = from.scalar("type");
    one.key = from.scalar("key");
    one.batchnum = from.scalar("batchnum");
    one.batchrefnum = from.scalar("batchrefnum");
    one.response = from.scalar("response");
    one.reason = from.scalar("reason");
    one.uri = from.scalar("uri");
    one.totalsales = from.scalar("totalsales");
    one.totalcredits = from.scalar("totalcredits");
    one.numsales = from.scalar("numsales");
    return one;
}

/// What `read` makes of the member, or of nothing.
template <class Read>
auto one_or_empty(const json_fields& from, std::string_view name, Read read) {
    auto found = from.one(name, read);
    return found ? *std::move(found) : decltype(read(from)){};
}

/// Both sides of `changes`, each of which may be partial or absent.
template <class State>
struct both_sides {
    State before, after;
};

template <class Read>
auto read_changes(const json_fields& body, Read read) {
    using state = decltype(read(body));
    return one_or_empty(body, "changes", [read](const json_fields& changes) {
        return both_sides<state>{one_or_empty(changes, "old", read), one_or_empty(changes, "new", read)};
    });
}

}  // namespace

transaction read_transaction(const json_fields& body) {
    return one_or_empty(body, "object", read_transaction_object);
}

ach read_ach(const json_fields& body) {
    ach one;
    one.object = one_or_empty(body, "object", read_transaction_object);
    auto changes = read_changes(body, read_ach_state);
    one.before = std::move(changes.before);
    one.after = std::move(changes.after);
    return one;
}

card_update read_card_update(const json_fields& body) {
    auto one = one_or_empty(body, "object", read_card_update_object);
    auto changes = read_changes(body, read_card_update_state);
    one.before = std::move(changes.before);
    one.after = std::move(changes.after);
    return one;
}

inventory read_inventory(const json_fields& body) {
    return one_or_empty(body, "object", read_inventory_object);
}

batch read_batch(const json_fields& body) {
    return one_or_empty(body, "object", read_batch_object);
}

}  // namespace shopbell::usaepay
