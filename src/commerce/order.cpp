#include <shopbell/commerce/order.hpp>
#include <shopbell/core/json.hpp>

namespace shopbell {

namespace {

void write_text(json_writer& out, std::string_view name, std::string_view text) {
    if (!text.empty())
        out.field(name, text);
}

void write_amount(json_writer& out, std::string_view name, const std::optional<decimal>& amount,
                  std::string_view currency) {
    if (!amount)
        return;
    out.key(name).begin_object().field("amount", amount->text());
    write_text(out, "currency", currency);
    out.end_object();
}

/// A JSON number with the digits sent, or a string where they are no JSON number ("+1", ".5").
void write_number(json_writer& out, std::string_view name, const std::optional<decimal>& number) {
    if (!number)
        return;
    if (json::is_number(number->text()))
        out.key(name).raw(number->text());
    else
        out.field(name, number->text());
}

void write_texts(json_writer& out, std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty())
        return;
    out.key(name).begin_array();
    for (const auto& text : texts)
        out.string(text);
    out.end_array();
}

bool is_empty(const customer& who) {
    return who.id.empty() && who.email.empty() && who.first_name.empty() && who.last_name.empty() &&
           who.full_name.empty() && who.phone.empty() && who.ip.empty() && who.business_name.empty();
}

void write_customer(json_writer& out, const customer& who) {
    if (is_empty(who))
        return;
    out.key("customer").begin_object();
    write_text(out, "id", who.id);
    write_text(out, "email", who.email);
    write_text(out, "first_name", who.first_name);
    write_text(out, "last_name", who.last_name);
    write_text(out, "full_name", who.full_name);
    write_text(out, "phone", who.phone);
    write_text(out, "ip", who.ip);
    write_text(out, "business_name", who.business_name);
    out.end_object();
}

void write_address(json_writer& out, std::string_view name, const std::optional<address>& where) {
    if (!where || where->empty())
        return;
    out.key(name).begin_object();
    write_text(out, "full_name", where->full_name);
    write_text(out, "business_name", where->business_name);
    write_text(out, "street", where->street);
    write_text(out, "city", where->city);
    write_text(out, "region", where->region);
    write_text(out, "region_code", where->region_code);
    write_text(out, "postal_code", where->postal_code);
    write_text(out, "country", where->country);
    write_text(out, "country_code", where->country_code);
    write_text(out, "phone", where->phone);
    write_number(out, "latitude", where->latitude);
    write_number(out, "longitude", where->longitude);
    out.end_object();
}

void write_item(json_writer& out, const order_item& item, std::string_view currency) {
    out.begin_object();
    write_text(out, "id", item.id);
    write_text(out, "variant_id", item.variant_id);
    write_text(out, "sku", item.sku);
    write_text(out, "number", item.number);
    write_text(out, "name", item.name);
    write_number(out, "quantity", item.quantity);
    write_amount(out, "unit_price", item.unit_price, currency);
    write_amount(out, "total", item.total, currency);
    write_amount(out, "discount", item.discount, currency);
    write_amount(out, "tax", item.tax, currency);
    if (!item.options.empty()) {
        out.key("options").begin_array();
        for (const auto& option : item.options)
            out.begin_object().field("name", option.name).field("value", option.value).end_object();
        out.end_array();
    }
    write_texts(out, "license_keys", item.license_keys);
    out.end_object();
}

void write_items(json_writer& out, const order& order) {
    if (order.items.empty())
        return;
    out.key("items").begin_array();
    for (const auto& item : order.items)
        write_item(out, item, order.currency);
    out.end_array();
}

void write_payment(json_writer& out, const payment& how) {
    if (how.method.empty() && how.type.empty() && how.transaction_id.empty() && how.status.empty())
        return;
    out.key("payment").begin_object();
    write_text(out, "method", how.method);
    write_text(out, "type", how.type);
    write_text(out, "transaction_id", how.transaction_id);
    write_text(out, "status", how.status);
    out.end_object();
}

void write_tracking(json_writer& out, const tracking& parcel) {
    if (parcel.number.empty() && parcel.company.empty() && parcel.url.empty())
        return;
    out.key("tracking").begin_object();
    write_text(out, "number", parcel.number);
    write_text(out, "company", parcel.company);
    write_text(out, "url", parcel.url);
    out.end_object();
}

}  // namespace

std::string_view to_string(order_status status) noexcept {
    switch (status) {
        case order_status::pending:
            return "pending";
        case order_status::paid:
            return "paid";
        case order_status::shipped:
            return "shipped";
        case order_status::canceled:
            return "canceled";
        case order_status::refunded:
            return "refunded";
        case order_status::failed:
            return "failed";
        case order_status::other:
            break;
    }
    return "other";
}

bool address::empty() const noexcept {
    return full_name.empty() && business_name.empty() && street.empty() && city.empty() && region.empty() &&
           region_code.empty() && postal_code.empty() && country.empty() && country_code.empty() &&
           phone.empty() && !latitude && !longitude;
}

void write_json(json_writer& out, const order& order) {
    out.begin_object();
    write_text(out, "id", order.id);
    write_text(out, "number", order.number);
    out.field("status", to_string(order.status));
    write_text(out, "provider_status", order.provider_status);
    if (order.placed_at)
        out.field("placed_at", to_rfc3339(*order.placed_at));
    write_text(out, "currency", order.currency);
    write_amount(out, "total", order.total, order.currency);
    write_amount(out, "subtotal", order.subtotal, order.currency);
    write_amount(out, "tax", order.tax, order.currency);
    write_amount(out, "shipping", order.shipping, order.currency);
    write_amount(out, "discount", order.discount, order.currency);
    write_customer(out, order.customer);
    write_address(out, "shipping_address", order.shipping_address);
    write_address(out, "billing_address", order.billing_address);
    write_items(out, order);
    write_payment(out, order.payment);
    write_text(out, "shipping_method", order.shipping_method);
    write_tracking(out, order.tracking);
    write_texts(out, "discount_codes", order.discount_codes);
    if (!order.custom.empty())
        out.key("custom").raw(order.custom);
    if (order.newsletter_opt_in)
        out.key("newsletter_opt_in").boolean(*order.newsletter_opt_in);
    out.end_object();
}

}  // namespace shopbell
