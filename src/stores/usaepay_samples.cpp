#include "usaepay_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/json_writer.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>

namespace shopbell::usaepay {
namespace {

/// The `changes` of an event: the members of its old and of its new side.
struct change {
    std::string_view event, before, after;
};

constexpr change changes[] = {
    {"ach.submitted", R"("status":"P","processed":null)", R"("status":"B","processed":"2026-02-03")"},
    {"ach.settled", R"("status":"B","settled":null)", R"("status":"S","settled":"2026-02-05")"},
    {"ach.returned", R"("status":"S","returned":null,"reason":"")",
     R"("status":"R","returned":"2026-02-06","reason":"R01 Insufficient funds")"},
    {"ach.voided", R"("status":"P")", R"("status":"V")"},
    {"ach.failed", R"("status":"B","reason":"")", R"("status":"E","reason":"Invalid routing number")"},
    {"ach.note_added", R"("banknote":"")", R"("status":"S","banknote":"C02: Incorrect routing number")"},
    {"cau.submitted", R"("status":"Pending")", R"("status":"Submitted")"},
    {"cau.updated_expiration", R"("status":"submitted","original_card":{"expiration":"0226"})",
     R"("status":"matched","updated_card":{"expiration":"0229"})"},
    {"cau.updated_card",
     R"("status":"submitted","original_card":{"number":"4444xxxxxxxx1111","expiration":"0226"})",
     R"("status":"matched","updated_card":{"number":"4444xxxxxxxx2222","expiration":"0229"})"},
    {"cau.contact_customer", R"("contact_cusomer":"")", R"("contact_cusomer":true)"},
    {"cau.account_closed", R"("cardaccount_closed":"")", R"("cardaccount_closed":true)"},
};

/// The events that begin a transaction carry its details; later news of it only the original amount.
bool begins_a_transaction(std::string_view event) noexcept {
    return event == "transaction.sale.success" || event == "transaction.sale.failure";
}

std::string numbered(std::string_view prefix, long long number) {
    return std::string(prefix) + std::to_string(number);
}

void write_outcome(json_writer& out, std::string_view event) {
    const bool declined = event == "transaction.sale.failure";
    out.field("authcode", declined ? "" : "000001").field("result_code", declined ? "D" : "A");
    out.field("result", declined ? "Declined" : "Approved");
}

void write_transaction(json_writer& out, std::string_view event, long long number) {
    out.field("type", "transaction").field("key", numbered("txn", number));
    if (begins_a_transaction(event)) {
        out.key("refnum").integer(100000 + number).field("auth_amount", "12.50").field("amount", "12.50");
        out.key("amount_detail").begin_object().field("tax", "1.00").field("discount", "0.50");
        out.field("subtotal", "12.00").end_object();
        out.field("invoice", numbered("INV-", number)).field("trantype", "Credit Card Sale");
    } else {
        out.field("refnum", std::to_string(100000 + number)).field("original_date", "2026-02-02 03:04:05");
        out.key("amount_detail").begin_object().field("original_amount", "12.50").end_object();
    }
    write_outcome(out, event);
    out.key("creditcard").begin_object().field("type", "V").field("cardholder", "Ann Example");
    out.field("number", "4444xxxxxxxx1111").end_object();
    out.key("batch").begin_object().field("type", "batch").field("key", "bat1").field("batchrefnum", "7");
    out.field("sequence", "3").end_object();
}

void write_ach(json_writer& out, long long number) {
    const auto key = numbered("ach", number);
    out.field("type", "transaction").field("key", key).field("refnum", std::to_string(100000 + number));
    out.field("orderid", "").key("check").begin_object().field("trackingcode", "TRACK-1").end_object();
    out.field("uri", "transactions/" + key);
}

void write_card(json_writer& out, std::string_view name, std::string_view number,
                std::string_view expiration) {
    out.key(name).begin_object().field("number", number).field("expiration", expiration);
    out.field("type", "Visa").end_object();
}

void write_card_update(json_writer& out, std::string_view event, long long number) {
    const bool matched = event.starts_with("cau.updated");
    out.field("type", "cardupdate").field("key", numbered("cau", number));
    write_card(out, "original_card", "4444xxxxxxxx1111", "0226");
    out.field("added", "2026-02-02 03:04:05");
    out.field("status", matched ? "matched" : event == "cau.submitted" ? "submitted" : "pending");
    if (event == "cau.created")
        out.field("status_description", "No Response");
    if (matched)
        write_card(out, "updated_card", event == "cau.updated_card" ? "4444xxxxxxxx2222" : "4444xxxxxxxx1111",
                   "0229");
    out.key("source").begin_object().field("object", "customer").field("type", "customer");
    out.field("key", "cus1").end_object();
}

void write_inventory(json_writer& out, std::string_view event, long long number) {
    const bool ordered = event == "product.inventory.ordered";
    const auto key = numbered("prd", number);
    out.field("type", "product").field("key", key).field("locationid", "1");
    out.key("qtyonhand").integer(ordered ? 94 : 394).field("qtyonhand_change", ordered ? "-6" : "+300");
    out.field("uri", "products/" + key);
}

void write_batch(json_writer& out, std::string_view event, long long number) {
    const bool failed = event == "settlement.batch.failure";
    const auto key = numbered("bat", number);
    out.field("type", "batch").field("key", key).field("batchnum", "7").field("batchrefnum", "12345");
    out.field("response", failed ? "E" : "A");
    if (failed)
        out.field("reason", "Processor unavailable");
    else
        out.field("totalsales", "617799").key("numsales").integer(12).field("totalcredits", "000");
    out.field("uri", "batches/" + key);
}

void write_object(json_writer& out, std::string_view event, long long number) {
    out.key("object").begin_object();
    switch (shape_of(event)) {
        case shape::ach:
            write_ach(out, number);
            break;
        case shape::card_update:
            write_card_update(out, event, number);
            break;
        case shape::inventory:
            write_inventory(out, event, number);
            break;
        case shape::batch:
            write_batch(out, event, number);
            break;
        case shape::transaction:
        case shape::unknown:
            write_transaction(out, event, number);
            break;
    }
    out.end_object();
}

void write_changes(json_writer& out, std::string_view event) {
    for (const auto& one : changes) {
        if (one.event != event)
            continue;
        out.key("changes").begin_object();
        out.key("old").raw("{" + std::string(one.before) + "}");
        out.key("new").raw("{" + std::string(one.after) + "}");
        out.end_object();
    }
}

std::string body_of(std::string_view event, long long number) {
    json_writer out;
    out.begin_object().field("type", "event").field("event_triggered", "2026-02-03 04:05:06");
    out.field("event_type", event).key("event_body").begin_object();
    out.key("merchant").begin_object().field("merch_key", "mk1example").end_object();
    write_object(out, event, number);
    write_changes(out, event);
    out.end_object().field("event_id", hex_encode(as_text(sha256(event)))).end_object();
    return out.take();
}

}  // namespace

std::vector<sample> samples() {
    std::vector<sample> all;
    long long number = 0;
    for (const auto event : documented_events())
        all.push_back(
            {std::string(event), "usaepay." + std::string(event), body_of(event, ++number), "/event_id"});
    return all;
}

sample probe(std::string_view mark, std::size_t padding) {
    const std::string id(mark);
    return {
        "shopbell_probe", "usaepay.shopbell_probe",
        R"({"type":"event","event_type":"shopbell_probe","event_body":{"object":{"type":"probe","key":")" +
            id + R"("},"probe":)" + probe_object(mark, padding) + R"(},"event_id":")" + id + "\"}\r\n",
        "/event_id"};
}

}  // namespace shopbell::usaepay
