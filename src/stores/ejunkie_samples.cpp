#include <shopbell/stores/ejunkie.hpp>
#include <shopbell/stores/form.hpp>

#include <iterator>
#include <utility>

namespace shopbell::ejunkie {
namespace {

using fields = std::vector<form_field>;

/// E-junkie names no events: a sample is named by what it reports.
struct status_sample {
    std::string_view name;
    std::string_view payment_status;
    std::string_view type;
};

constexpr status_sample status_samples[] = {
    {"pending", "Pending", "ejunkie.order.pending"},
    {"refunded", "Refunded", "ejunkie.order.refunded"},
    {"reversed", "Reversed", "ejunkie.order.reversed"},
    {"canceled_reversal", "Canceled_Reversal", "ejunkie.order.canceled_reversal"},
    {"denied", "Denied", "ejunkie.order.denied"},
    {"expired", "Expired", "ejunkie.order.expired"},
    {"failed", "Failed", "ejunkie.order.failed"},
    {"voided", "Voided", "ejunkie.order.voided"},
    {"processed", "Processed", "ejunkie.order.processed"},
    {"created", "Created", "ejunkie.order.created"},
    {"in_progress", "In-Progress", "ejunkie.order.in_progress"},
    {"partially_refunded", "Partially-Refunded", "ejunkie.order.partially_refunded"},
};

void append(fields& to, fields more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

fields order_fields(std::string_view txn_type, std::string_view payment_status, std::string_view txn_id) {
    return {
        {"payment_date", "09:15:30 Nov 20, 2026 MST"},
        {"payer_email", "buyer@example.net"},
        {"first_name", "Zoë"},
        {"last_name", "Sample"},
        {"payer_phone", "+1 555 0100"},
        {"payer_business_name", ""},
        {"address_name", " "},
        {"address_street", "12 Sample Street\nSuite 3"},
        {"address_city", "Springfield"},
        {"address_state", "IL"},
        {"address_zip", "62701"},
        {"address_country", "United States"},
        {"address_country_code", "US"},
        {"residence_country", "US"},
        {"payer_status", "verified"},
        {"invoice", "wcsample1"},
        {"custom", "ref-5"},
        {"mc_currency", "USD"},
        {"business", "seller@example.com"},
        {"from_name", "Sample Seller"},
        {"from_email", "seller@example.com"},
        {"txn_type", std::string(txn_type)},
        {"payment_type", "Instant"},
        {"txn_id", std::string(txn_id)},
        {"payment_status", std::string(payment_status)},
        {"pending_reason", "None"},
        {"charset", "utf-8"},
        {"buyer_ip", "192.0.2.7"},
        {"discount_codes", ""},
        {"mailing_list_status", "true"},
        {"client_id", "41000"},
        {"ej_txn_id", "14420000"},
    };
}

/// One item, with the unnumbered twins that such an order carries too.
fields single_item_fields() {
    return {
        {"mc_gross", "64.9"},
        {"mc_shipping", "5"},
        {"tax", "0.00"},
        {"num_cart_items", "1"},
        {"item_name1", "Font Pack"},
        {"item_number1", "100300"},
        {"quantity1", "2"},
        {"mc_gross_1", "59.9"},
        {"option_name1_1", "License"},
        {"option_selection1_1", "Desktop"},
        {"sku_1", "DESK"},
        {"key_1", "SAMPLE-1111\nSAMPLE-2222"},
        {"item_name", "Font Pack"},
        {"item_number", "100300"},
        {"quantity", "2"},
        {"option_name1", "License"},
        {"option_selection1", "Desktop"},
    };
}

/// Two items, and the second item's own product URL is called.
fields product_fields() {
    return {
        {"mc_gross", "398.5"},
        {"mc_shipping", "0"},
        {"tax", "0.00"},
        {"num_cart_items", "2"},
        {"item_name1", "Widget"},
        {"item_number1", "100200||PRO"},
        {"quantity1", "1"},
        {"mc_gross_1", "199"},
        {"item_name2", "Widget"},
        {"item_number2", "100200||ENT"},
        {"quantity2", "1"},
        {"mc_gross_2", "199.5"},
        {"item_cart_position", "2"},
        {"item_number", "100200"},
        {"sku", "ENT"},
        {"key", "SAMPLE-3333"},
        {"expiry_hours", "0"},
        {"max_downloads", "9"},
        {"affiliate_fee", "0"},
    };
}

std::string body_of(fields order, fields items) {
    append(order, std::move(items));
    return form_body(order);
}

}  // namespace

std::vector<sample> samples() {
    const std::string id_field = "/txn_id";
    std::vector<sample> all;
    all.push_back(
        {"completed", "ejunkie.order.paid",
         body_of(order_fields("expresscheckout", "Completed", "SAMPLE10000000001"), single_item_fields()),
         id_field});
    all.push_back(
        {"completed-product", "ejunkie.order.paid",
         body_of(order_fields("expresscheckout", "Completed", "SAMPLE10000000002"), product_fields()),
         id_field});
    all.push_back({"cash", "ejunkie.order.pending",
                   body_of(order_fields("cash", "Completed", "SAMPLE10000000003"), single_item_fields()),
                   id_field});
    std::uint64_t txn_id = 10000000004;
    for (const auto& one : status_samples) {
        const auto id = "SAMPLE" + std::to_string(txn_id++);
        all.push_back({std::string(one.name), std::string(one.type),
                       body_of(order_fields("expresscheckout", one.payment_status, id), single_item_fields()),
                       id_field});
    }
    return all;
}

sample probe(std::string_view mark, std::size_t padding) {
    const std::string field(probe_field);
    // Spellings of space, plus and letters that somebody who takes a form apart and puts it together again
    // would make alike, and a field without a value.
    return {"shopbell_probe", "ejunkie.shopbell_probe",
            field + "=" + std::string(mark) +
                "&note=sent+by%20shopbell+doctor%3B%20it+tells%20of%20nothing&escaped=%c3%a9%C3%A9%2b%61&"
                "empty=&bare&"
                "padding=" +
                std::string(padding, 'x'),
            "/" + field};
}

}  // namespace shopbell::ejunkie
