#include "ejunkie_parts.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/ejunkie.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace shopbell::ejunkie {
namespace {

constexpr std::size_t longest_type_word = 64;

struct status_name {
    std::string_view snake;
    order_status means;
};

constexpr status_name status_names[] = {
    {"completed", order_status::paid},    {"pending", order_status::pending},
    {"created", order_status::pending},   {"in_progress", order_status::pending},
    {"voided", order_status::canceled},   {"refunded", order_status::refunded},
    {"reversed", order_status::refunded}, {"denied", order_status::failed},
    {"failed", order_status::failed},     {"expired", order_status::failed},
};

bool is_cash(std::string_view txn_type) noexcept {
    return iequals(trim(txn_type), "cash");
}

order_status status_of(const notification& from) {
    if (is_cash(from.txn_type))
        return order_status::pending;
    if (from.payment_status.empty())
        return order_status::paid;
    const auto found = std::ranges::find(status_names, snake_case(from.payment_status), &status_name::snake);
    return found == std::end(status_names) ? order_status::other : found->means;
}

const std::string& first_of(const std::string& a, const std::string& b) noexcept {
    return a.empty() ? b : a;
}

std::string joined(const std::string& first, const std::string& last) {
    if (first.empty() || last.empty())
        return first + last;
    return first + " " + last;
}

/// The lines of a text, whichever way they end; blank ones left out.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find_first_of("\r\n"));
        if (!trim(line).empty())
            lines.emplace_back(line);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return lines;
}

std::string street_of(const postal_address& from) {
    std::string street;
    for (const auto& line : lines_of(from.street)) {
        if (!street.empty())
            street += '\n';
        street += line;
    }
    return street;
}

customer customer_of(const notification& from) {
    customer to;
    to.id = from.payer_id;
    to.email = from.payer_email;
    to.first_name = from.first_name;
    to.last_name = from.last_name;
    to.full_name = joined(from.first_name, from.last_name);
    to.phone = first_of(from.payer_phone, from.contact_phone);
    to.ip = from.buyer_ip;
    to.business_name = from.billing.business_name;
    return to;
}

address address_of(const postal_address& from) {
    address to;
    to.full_name = from.name;
    to.business_name = from.business_name;
    to.street = street_of(from);
    to.city = from.city;
    to.region = from.state;
    to.postal_code = from.zip;
    to.phone = from.phone;
    return to;
}

/// Nothing when all but the country is empty: E-junkie fills the country in by itself.
std::optional<address> shipping_address_of(const notification& from) {
    auto to = address_of(from.shipping);
    if (to.empty())
        return std::nullopt;
    if (to.full_name.empty())
        to.full_name = joined(from.first_name, from.last_name);
    to.country = from.shipping.country;
    to.country_code = from.shipping.country_code;
    return to;
}

/// Nothing when only the buyer's name would be in it.
std::optional<address> billing_address_of(const notification& from) {
    constexpr std::size_t code_length = 2;
    auto to = address_of(from.billing);
    to.country_code = from.billing.country_code;
    if (from.residence_country.size() > code_length)
        to.country = from.residence_country;
    else if (to.country_code.empty() && from.residence_country.size() == code_length)
        to.country_code = from.residence_country;
    if (to.empty())
        return std::nullopt;
    to.full_name = joined(from.first_name, from.last_name);
    return to;
}

order_item item_of(const item& from) {
    order_item to;
    to.sku = first_of(from.sku, from.number_sku);
    to.number = from.number;
    to.name = from.name;
    to.quantity = from.quantity;
    to.total = from.gross;
    to.options = from.options;
    to.license_keys = lines_of(from.key);
    return to;
}

payment payment_of(const notification& from) {
    return {from.txn_type, from.payment_type, from.txn_id, from.payment_status};
}

/// All fields in the order sent, the repeated ones as an array where they first stand, without the handshake.
std::string payload_of(const form& from) {
    const auto& fields = from.fields();
    const form_index index(from);
    std::vector<bool> written(fields.size());
    json_writer out;
    out.begin_object();
    for (std::size_t at = 0; at < fields.size(); ++at) {
        if (written[at] || fields[at].name == "handshake")
            continue;
        const auto same = index.positions(fields[at].name);
        out.key(fields[at].name);
        if (same.size() > 1)
            out.begin_array();
        for (const auto position : same) {
            out.string(fields[position].value);
            written[position] = true;
        }
        if (same.size() > 1)
            out.end_array();
    }
    out.end_object();
    return out.take();
}

}  // namespace

std::string snake_case(std::string_view text) {
    std::string snake;
    bool only_gaps = true;
    for (const char c : to_lower(text.substr(0, longest_type_word))) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            snake += c;
            only_gaps = false;
        } else if (!snake.ends_with('_')) {
            snake += '_';
        }
    }
    return only_gaps ? "other" : snake;
}

std::string event_type(std::string_view payment_status, std::string_view txn_type) {
    const auto status = trim(payment_status);
    if (is_cash(txn_type) || iequals(status, "pending"))
        return "ejunkie.order.pending";
    if (status.empty() || iequals(status, "completed"))
        return std::string(paid_type);
    return "ejunkie.order." + snake_case(status);
}

order normalise(const notification& from) {
    order to;
    to.id = first_of(from.txn_id, first_of(from.ej_txn_id, from.invoice));
    to.number = from.invoice;
    to.status = status_of(from);
    to.provider_status = from.payment_status;
    if (to.provider_status.empty() && is_cash(from.txn_type))
        to.provider_status = "cash";
    to.placed_at = from.paid_at;
    to.currency = from.mc_currency;
    to.total = from.mc_gross;
    to.tax = from.tax;
    to.shipping = from.mc_shipping;
    to.customer = customer_of(from);
    to.shipping_address = shipping_address_of(from);
    to.billing_address = billing_address_of(from);
    for (const auto& line : from.items)
        to.items.push_back(item_of(line));
    to.payment = payment_of(from);
    to.shipping_method = first_of(from.shipping_method_desc, from.shipping_method_type);
    if (!from.discount_codes.empty())
        to.discount_codes.push_back(from.discount_codes);
    if (!from.custom.empty())
        to.custom = as_json_string(from.custom);
    to.newsletter_opt_in = from.mailing_list_status;
    return to;
}

event_data describe(const stored_webhook& one) {
    field_problems problems;
    const auto fields = read_text(form::parse(one.body), problems);
    const auto whole = normalise(read_notification(fields, problems));
    event_data data;
    if (whole.id.empty()) {
        problems.add("txn_id", "neither it nor ej_txn_id nor invoice is there");
    } else {
        json_writer out;
        write_json(out, whole);
        data.order = out.take();
    }
    data.payload = payload_of(fields);
    data.problem = problems.text();
    return data;
}

}  // namespace shopbell::ejunkie
