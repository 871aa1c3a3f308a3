#include "jumpseller_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/stores/timestamp.hpp>

#include <utility>

namespace shopbell::jumpseller {
namespace {

order_status status_of(const order& from, bool shipped) {
    // `status` is translated into the store's language; only the English texts mean something to us.
    const auto says = [&from](std::string_view by_enum, std::string_view in_english) {
        return from.status_enum.empty() ? iequals(from.status, in_english)
                                        : iequals(from.status_enum, by_enum);
    };
    if (says("pending_payment", "Pending Payment"))
        return order_status::pending;
    if (says("canceled", "Canceled"))
        return order_status::canceled;
    if (!says("paid", "Paid"))
        return order_status::other;
    const bool on_its_way =
        iequals(from.shipment_status_enum, "in_transit") || iequals(from.shipment_status_enum, "delivered");
    return shipped || on_its_way ? order_status::shipped : order_status::paid;
}

/// The name of whoever pays, else of whoever receives.
const address* named_person(const order& from) {
    const auto has_name = [](const std::optional<address>& one) {
        return one && !(one->name.empty() && one->surname.empty());
    };
    if (has_name(from.billing_address))
        return &*from.billing_address;
    return has_name(from.shipping_address) ? &*from.shipping_address : nullptr;
}

std::string company_of(const order& from) {
    return from.billing_information ? from.billing_information->company_name : std::string();
}

shopbell::customer customer_of(const order& from) {
    shopbell::customer who;
    if (const auto* person = named_person(from)) {
        who.first_name = person->name;
        who.last_name = person->surname;
    }
    who.full_name = join_given(who.first_name, " ", who.last_name);
    who.business_name = company_of(from);
    if (!from.customer)
        return who;
    who.id = from.customer->id;
    who.email = from.customer->email;
    who.phone = from.customer->phone;
    who.ip = from.customer->ip;
    // Jumpseller writes the email where it knows no name.
    if (!from.customer->fullname.empty() && from.customer->fullname != from.customer->email)
        who.full_name = from.customer->fullname;
    return who;
}

shopbell::address address_of(const address& from) {
    shopbell::address to;
    to.full_name = join_given(from.name, " ", from.surname);
    to.street = join_given(join_given(from.street, " ", from.street_number), "\n", from.complement);
    to.city = from.city.empty() ? from.municipality : from.city;
    to.region = from.region;
    to.region_code = from.region_code;
    to.postal_code = from.postal;
    to.country = from.country;
    to.country_code = from.country_code;
    return to;
}

std::optional<shopbell::address> shipping_address_of(const order& from) {
    if (!from.shipping_address)
        return std::nullopt;
    auto to = address_of(*from.shipping_address);
    to.latitude = from.shipping_address->latitude;
    to.longitude = from.shipping_address->longitude;
    return to;
}

std::optional<shopbell::address> billing_address_of(const order& from) {
    if (!from.billing_address)
        return std::nullopt;
    auto to = address_of(*from.billing_address);
    to.business_name = company_of(from);
    return to;
}

order_item item_of(const line& from) {
    order_item to;
    to.id = from.id;
    to.variant_id = from.variant_id;
    to.sku = from.sku;
    to.name = from.name;
    to.quantity = from.qty;
    to.unit_price = from.price;
    to.discount = from.discount;
    to.tax = from.tax;
    return to;
}

}  // namespace

shopbell::order normalise(const order& from, bool shipped) {
    shopbell::order to;
    to.id = from.id;
    to.number = from.id;
    to.status = status_of(from, shipped);
    to.provider_status = from.status_enum.empty() ? from.status : from.status_enum;
    to.placed_at = parse_timestamp(from.created_at);
    to.currency = from.currency;
    to.total = from.total;
    to.subtotal = from.subtotal;
    to.tax = from.tax;
    to.shipping = from.shipping;
    to.discount = from.discount;
    to.customer = customer_of(from);
    to.shipping_address = shipping_address_of(from);
    to.billing_address = billing_address_of(from);
    for (const auto& one : from.products)
        to.items.push_back(item_of(one));
    to.payment = {from.payment_method_name, from.payment_method_type, from.payment_notification_id,
                  from.status_enum};
    to.shipping_method = from.shipping_method_name;
    to.tracking = {from.tracking_number, from.tracking_company, from.tracking_url};
    if (!from.coupons.empty())
        to.discount_codes.push_back(from.coupons);
    to.custom = on_one_line(from.additional_fields);
    return to;
}

}  // namespace shopbell::jumpseller
