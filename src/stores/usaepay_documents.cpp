#include <shopbell/stores/usaepay_documents.hpp>

#include <utility>
#include <variant>

namespace shopbell::usaepay {
namespace {

// What is documented beside what is read, and every member of what is not read at all.

constexpr documented_members other_card[] = {{member_kind::scalar, "type entry_mode"}};

constexpr documented_members other_amount_detail[] = {{member_kind::number, "duty"}};

constexpr documented_members check_result[] = {{member_kind::scalar, "result_code result"}};

constexpr documented_members batch_reference[] = {{member_kind::scalar, "type key batchrefnum sequence"}};

constexpr documented_members receipts[] = {{member_kind::scalar, "customer merchant"}};

constexpr documented_members bank_check[] = {{member_kind::scalar, "trackingcode"}};

constexpr documented_members other_transaction[] = {
    {member_kind::scalar, "type uri original_date authcode"},
    {member_kind::object, "batch", batch_reference},
    {member_kind::object, "receipts", receipts},
    {member_kind::object, "avs cvc", check_result},
};

constexpr documented_members other_ach_state[] = {
    {member_kind::scalar, "processed settled returned reason banknote"},
};

constexpr documented_members other_card_source[] = {{member_kind::scalar, "object type"}};

constexpr documented_members other_card_update[] = {
    {member_kind::scalar, "type key added status status_description"},
};

constexpr documented_members other_inventory[] = {{member_kind::scalar, "type key locationid uri"}};

constexpr documented_members other_batch[] = {
    {member_kind::scalar, "type key batchnum response reason uri totalcredits"},
};

card read_card(const json_fields& from) {
    card one;
    one.number = mask_card_number(from.scalar("number"));
    one.cardholder = from.scalar("cardholder");
    one.expiration = from.scalar("expiration");
    from.check(other_card);
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
    from.check(other_amount_detail);
    return one;
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

/// Nothing in it is kept: that it is there says how the buyer paid.
std::monostate check_bank_check(const json_fields& from) {
    from.check(bank_check);
    return {};
}

void read_references(const json_fields& from, transaction& one) {
    one.key = from.scalar("key");
    one.refnum = from.scalar("refnum");
    one.invoice = from.scalar("invoice");
    one.orderid = from.scalar("orderid");
    one.created = from.scalar("created");
    one.custom_fields = from.as_sent("custom_fields");
}

void read_payment(const json_fields& from, transaction& one) {
    one.trantype = from.scalar("trantype");
    one.trantype_code = from.scalar("trantype_code");
    one.result_code = from.scalar("result_code");
    one.result = from.scalar("result");
    one.amount = from.number("amount");
    one.auth_amount = from.number("auth_amount");
    one.amount_detail = from.one("amount_detail", read_amount_detail);
    one.currency = from.scalar("currency");
    one.creditcard = from.one("creditcard", read_card);
    one.has_check = from.one("check", check_bank_check).has_value();
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
    from.check(other_transaction);
    return one;
}

ach_state read_ach_state(const json_fields& from) {
    from.check(other_ach_state);
    return {from.scalar("status")};
}

card_update_state read_card_update_state(const json_fields& from) {
    card_update_state one;
    static_cast<void>(from.scalar("status"));
    static_cast<void>(from.one("original_card", read_card));
    one.updated_card = from.one("updated_card", read_card);
    one.contact_customer = from.scalar("contact_customer");
    if (one.contact_customer.empty())
        one.contact_customer = from.scalar("contact_cusomer");
    one.cardaccount_closed = from.scalar("cardaccount_closed");
    return one;
}

card_update_source read_source(const json_fields& from) {
    from.check(other_card_source);
    return {from.scalar("key")};
}

card_update read_card_update_object(const json_fields& from) {
    card_update one;
    one.original_card = from.one("original_card", read_card);
    static_cast<void>(from.one("updated_card", read_card));
    one.source = from.one("source", read_source);
    from.check(other_card_update);
    return one;
}

inventory read_inventory_object(const json_fields& from) {
    inventory one;
    from.check(other_inventory);
    one.qtyonhand = from.number("qtyonhand");
    one.qtyonhand_change = from.number("qtyonhand_change");
    if (one.qtyonhand_change && one.qtyonhand_change->text().starts_with('+'))
        one.qtyonhand_change = decimal::parse(one.qtyonhand_change->text().substr(1));
    return one;
}

batch read_batch_object(const json_fields& from) {
    batch one;
    from.check(other_batch);
    one.batchrefnum = from.scalar("batchrefnum");
    one.totalsales = from.scalar("totalsales");
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
    one.after = read_changes(body, read_ach_state).after;
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
