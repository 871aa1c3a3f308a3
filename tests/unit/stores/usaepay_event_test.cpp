#include "delivery_support.hpp"
#include "published_bodies.hpp"

#include <shopbell/stores/usaepay.hpp>
#include <shopbell/stores/usaepay_documents.hpp>

#include <set>

namespace shopbell {
namespace {

using test::at;

/// The dialect without its signature: what follows it is the same.
accepted name(std::string_view body) {
    static const usaepay::dialect open({{}, {}, {}, true});
    return test::accept(open, {}, body);
}

std::string event(std::string_view type, std::string_view object, std::string_view rest = {}) {
    return R"({"event_type":")" + std::string(type) +
           R"(","event_body":{"merchant":{"merch_key":"mk1"},"object":)" + std::string(object) +
           std::string(rest) + R"(},"event_id":"e1"})";
}

event_data describe(std::string_view body) {
    const auto type = name(body).type;
    return usaepay_entry().describe({type, {}, body});
}

/// The normalised order of a sale with those members.
std::string sale(std::string_view members) {
    return describe(event("transaction.sale.success", R"({"key":"k",)" + std::string(members) + "}")).order;
}

TEST(usaepay_event, every_name_has_its_type_and_subject) {
    const struct {
        const char *sent, *type, *subject;
    } rows[] = {
        {"ach.submitted", "ach.submitted", "transaction"},
        {"ach.settled", "ach.settled", "transaction"},
        {"ach.returned", "ach.returned", "transaction"},
        {"ach.voided", "ach.voided", "transaction"},
        {"ach.failed", "ach.failed", "transaction"},
        {"ach.note_added", "ach.note_added", "transaction"},
        {"cau.created", "cau.created", "cardupdate"},
        {"cau.submitted", "cau.submitted", "cardupdate"},
        {"cau.updated_expiration", "cau.updated_expiration", "cardupdate"},
        {"cau.updated_card", "cau.updated_card", "cardupdate"},
        {"cau.contact_customer", "cau.contact_customer", "cardupdate"},
        {"cau.account_closed", "cau.account_closed", "cardupdate"},
        {"cardupdate.created", "cau.created", "cardupdate"},
        {"cardupdate.submitted", "cau.submitted", "cardupdate"},
        {"cardupdate.account_closed", "cau.account_closed", "cardupdate"},
        {"product.inventory.ordered", "product.inventory.ordered", "product"},
        {"product.inventory.adjusted", "product.inventory.adjusted", "product"},
        {"transaction.sale.success", "transaction.sale.success", "transaction"},
        {"transaction.sale.failure", "transaction.sale.failure", "transaction"},
        {"transaction.sale.voided", "transaction.sale.voided", "transaction"},
        {"transaction.sale.captured", "transaction.sale.captured", "transaction"},
        {"transaction.sale.adjusted", "transaction.sale.adjusted", "transaction"},
        {"transaction.sale.queued", "transaction.sale.queued", "transaction"},
        {"transaction.sale.unvoided", "transaction.sale.unvoided", "transaction"},
        {"transaction.refund.success", "transaction.refund.success", "transaction"},
        {"transaction.refund.voided", "transaction.refund.voided", "transaction"},
        {"settlement.batch.success", "settlement.batch.success", "batch"},
        {"settlement.batch.failure", "settlement.batch.failure", "batch"},
        {"giftcard.loaded", "giftcard.loaded", "gift"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.sent);
        for (const auto* key : {R"("k1")", "17"}) {
            const auto one = name(event(row.sent, R"({"type":"gift","key":)" + std::string(key) + "}"));
            EXPECT_EQ(one.type, "usaepay." + std::string(row.type));
            EXPECT_EQ(one.subject, std::string(row.subject) + (*key == '"' ? "/k1" : "/17"));
            EXPECT_EQ(one.store, "mk1");
            EXPECT_EQ(one.locality, 0u);
            EXPECT_FALSE(one.repeats_latest_only);
        }
    }
}

TEST(usaepay_event, an_authentic_body_without_a_readable_name_is_unparsed) {
    const std::string deep = R"({"event_type":)" + std::string(400'000, '[');
    const std::string long_name = R"({"event_type":")" + std::string(65, 'a') + "\"}";
    for (const auto body :
         {std::string_view(""), std::string_view("type=event"), std::string_view("[]"),
          std::string_view("{}"), std::string_view(R"({"event_type":""})"),
          std::string_view(R"({"event_type":"Transaction.sale"})"),
          std::string_view(R"({"event_type":"a b"})"), std::string_view(R"({"event_type":5})"),
          std::string_view(R"({"event_type":null})"), std::string_view(R"({"event_type":"unparsed"})"),
          std::string_view("{\"event_type\":\"a\"}\0x", 20),
          std::string_view("{\"event_type\":\"a\",\"x\":\"\xff\"}"), std::string_view(deep),
          std::string_view(long_name)}) {
        SCOPED_TRACE(body.substr(0, 80));
        const auto one = name(body);
        EXPECT_EQ(one.type, "usaepay.unparsed");
        EXPECT_EQ(one.subject, "");
        EXPECT_EQ(one.store, "");
        EXPECT_NE(one.identity.find(body), std::string::npos);
        const auto data = describe(body);
        EXPECT_EQ(data.order, "");
        EXPECT_FALSE(data.problem.empty());
        EXPECT_TRUE(json::document::parse("[" + data.payload + "]").has_value());
    }
}

TEST(usaepay_event, an_unknown_name_is_kept) {
    const auto body = event("transaction.auth.success", R"({"key":"k"})");
    EXPECT_EQ(name(body).type, "usaepay.transaction.auth.success");
    EXPECT_EQ(describe(body).problem,
              "event_type: no event of the name transaction.auth.success is documented");
    EXPECT_EQ(at(describe(body).order, "/status"), R"("other")");
    EXPECT_EQ(name(event("foo", R"({"key":"k"})")).subject, "");
    EXPECT_EQ(name(event("foo", R"({"type":"a b","key":"k"})")).subject, "");
    EXPECT_EQ(name(event("foo", R"([])")).subject, "");
    EXPECT_EQ(describe(event("foo", R"({"type":"x","key":"k"})")).order, "");
}

TEST(usaepay_event, the_same_delivery_is_the_same_event_id) {
    const auto with_id = [](const char* id) {
        return R"({"event_type":"a","event_id":)" + std::string(id) +
               R"(,"event_triggered":"t","event_body":)" +
               R"({"merchant":{"merch_key":"m"},"object":{"key":"k"}}})";
    };
    EXPECT_EQ(name(with_id(R"("x")")).identity, name(R"({"event_id":"x","event_type":"b"})").identity);
    EXPECT_NE(name(with_id(R"("x")")).identity, name(with_id(R"("y")")).identity);
    EXPECT_EQ(name(with_id("null")).identity, name(with_id(R"("")")).identity);
    EXPECT_NE(name(with_id("null")).identity, name(with_id(R"("x")")).identity);
    EXPECT_NE(name(R"({"event_type":"a"})").identity, name(R"({"event_type":"a" })").identity);
    EXPECT_EQ(name(R"({"event_type":"a"})").identity, name(R"({"event_type":"a"})").identity);
}

TEST(usaepay_event, is_looked_for_inside_an_envelope) {
    const std::string inner = R"({"event_type":"transaction.sale.success","event_id":"e1","event_body":{)"
                              R"("merchant":{"merch_key":"m"},"object":{"key":"k","amount":"12.50"}}})";
    const auto wrapped = R"({"id":"x","attempt":1,"event":)" + inner + "}";
    const auto one = name(wrapped);
    EXPECT_EQ(one.type, "usaepay.transaction.sale.success");
    EXPECT_EQ(one.subject, "transaction/k");
    EXPECT_EQ(one.store, "m");
    EXPECT_EQ(one.identity, name(inner).identity);
    EXPECT_EQ(at(describe(wrapped).order, "/total/amount"), R"("12.50")");
    EXPECT_EQ(describe(wrapped).payload, wrapped);
}

TEST(usaepay_event, is_read_behind_a_byte_order_mark_and_around_lone_surrogates) {
    const std::string body =
        R"({"event_type":"transaction.sale.success","event_id":"e1\udc00","event_body":{"object":)"
        R"({"key":"k","creditcard":{"number":"4111111111111111","cardholder":"\ud800"}}}})";
    const auto marked = "\xEF\xBB\xBF" + body;
    EXPECT_EQ(name(marked).type, "usaepay.transaction.sale.success");
    EXPECT_EQ(name(marked).subject, "transaction/k");
    const auto data = describe(marked);
    EXPECT_EQ(data.problem, "");
    EXPECT_EQ(at(data.payload, "/event_body/object/creditcard/number"), R"("xxxxxxxxxxxx1111")");
    EXPECT_EQ(at(data.payload, "/event_body/object/creditcard/cardholder"), R"("\ufffd")");
}

TEST(usaepay_event, samples_are_different_complete_and_understood) {
    std::set<std::string> events, bodies;
    const auto all = usaepay_entry().samples();
    EXPECT_EQ(all.size(), 25u);
    for (const auto& sample : all) {
        SCOPED_TRACE(sample.event);
        events.insert(sample.event);
        bodies.insert(sample.body);
        EXPECT_EQ(name(sample.body).type, sample.type);
        EXPECT_FALSE(name(sample.body).subject.empty());
        const auto data = describe(sample.body);
        EXPECT_EQ(data.problem, "");
        EXPECT_EQ(data.payload, sample.body);
        EXPECT_EQ(data.order.empty(),
                  !(sample.event.starts_with("transaction.") || sample.event.starts_with("ach.")));
    }
    EXPECT_EQ(events.size(), all.size());
    EXPECT_EQ(bodies.size(), all.size());
}

TEST(usaepay_order, the_published_bodies_map_as_the_contract_says) {
    const auto u0 = describe(test::sample_u0);
    EXPECT_EQ(u0.order, R"({"id":"1nftvzx7xtcggm3","status":"paid","total":{"amount":"5.00"}})");
    EXPECT_EQ(u0.payload, test::sample_u0);
    EXPECT_EQ(u0.problem, "");

    const auto u1 = describe(test::sample_u1);
    EXPECT_EQ(u1.order, R"({"id":"k1","status":"failed","provider_status":"R",)"
                        R"("payment":{"method":"check","transaction_id":"42"}})");
    EXPECT_EQ(u1.problem, "");

    const auto u2 = describe(test::sample_u2);
    EXPECT_EQ(u2.order, R"({"id":"k2","number":"INV-9","status":"paid","provider_status":"Approved",)"
                        R"("total":{"amount":"12.50"},"subtotal":{"amount":"12.00"},"tax":{"amount":"1.00"},)"
                        R"("discount":{"amount":"0.50"},"customer":{"full_name":"Test Holder"},)"
                        R"("payment":{"method":"creditcard","transaction_id":"100001","status":"A"}})");
    EXPECT_EQ(u2.problem, "");
}

TEST(usaepay_order, status_follows_event_and_result_code) {
    const struct {
        const char *event, *result_code, *status;
    } rows[] = {
        {"transaction.sale.success", "A", "paid"},
        {"transaction.sale.success", "", "paid"},
        {"transaction.sale.success", "P", "other"},
        {"transaction.sale.success", "V", "pending"},
        {"transaction.sale.success", "D", "other"},
        {"transaction.sale.captured", "A", "paid"},
        {"transaction.sale.adjusted", "A", "paid"},
        {"transaction.sale.unvoided", "A", "paid"},
        {"transaction.sale.queued", "A", "pending"},
        {"transaction.sale.voided", "A", "canceled"},
        {"transaction.sale.failure", "D", "failed"},
        {"transaction.refund.success", "A", "refunded"},
        {"transaction.refund.voided", "A", "other"},
        {"ach.submitted", "", "pending"},
        {"ach.settled", "", "paid"},
        {"ach.voided", "", "canceled"},
        {"ach.failed", "", "failed"},
        {"ach.returned", "", "failed"},
        {"ach.note_added", "", "other"},
    };
    for (const auto& row : rows) {
        const auto object = R"({"key":"k","result_code":")" + std::string(row.result_code) + "\"}";
        EXPECT_EQ(at(describe(event(row.event, object)).order, "/status"),
                  '"' + std::string(row.status) + '"')
            << row.event << " " << row.result_code;
    }
}

TEST(usaepay_order, an_authorization_is_pending_until_it_is_captured) {
    const struct {
        const char *event, *members, *status;
    } rows[] = {
        {"transaction.sale.success", R"("trantype":"Auth Only")", "pending"},
        {"transaction.sale.success", R"("trantype":"auth_only ","result_code":"A")", "pending"},
        {"transaction.sale.success", R"("trantype":"Credit Card Auth Only")", "pending"},
        {"transaction.sale.success", R"("trantype":"cc:authonly")", "pending"},
        {"transaction.sale.success", R"("trantype_code":"A","trantype":"Something")", "pending"},
        {"transaction.sale.success", R"("trantype_code":"S","trantype":"Credit Card Sale")", "paid"},
        {"transaction.sale.success", R"("trantype_code":"A","result_code":"D")", "other"},
        {"transaction.sale.adjusted", R"("trantype":"Auth Only")", "pending"},
        {"transaction.sale.unvoided", R"("trantype_code":"a")", "pending"},
        {"transaction.sale.captured", R"("trantype":"Auth Only","trantype_code":"A")", "paid"},
        {"transaction.sale.voided", R"("trantype":"Auth Only")", "canceled"},
        {"ach.settled", R"("trantype_code":"A")", "paid"},
    };
    for (const auto& row : rows) {
        const auto object = R"({"key":"k",)" + std::string(row.members) + "}";
        EXPECT_EQ(at(describe(event(row.event, object)).order, "/status"),
                  '"' + std::string(row.status) + '"')
            << row.event << " " << row.members;
    }
}

TEST(usaepay_order, the_total_is_the_first_amount_there_is) {
    const struct {
        const char *members, *total;
    } rows[] = {
        {R"("amount":"1.10","auth_amount":"2","amount_detail":{"amount":"3"})", R"("1.10")"},
        {R"("amount":"","auth_amount":"2","amount_detail":{"amount":3.00})", R"("3.00")"},
        {R"("auth_amount":"2","amount_detail":{"original_amount":"4"})", R"("2")"},
        {R"("amount_detail":{"original_amount":"4"})", R"("4")"},
        {R"("amount":0.30000000000000004)", R"("0.30000000000000004")"},
        {R"("amount":"1234567890123456789012345678901234567890.01")",
         R"("1234567890123456789012345678901234567890.01")"},
        {R"("x":1)", "absent"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(at(sale(row.members), "/total/amount"), row.total) << row.members;
}

TEST(usaepay_order, reads_scalars_of_every_kind) {
    EXPECT_EQ(at(sale(R"("refnum":100001)"), "/payment/transaction_id"), R"("100001")");
    EXPECT_EQ(at(sale(R"("refnum":"100001")"), "/payment/transaction_id"), R"("100001")");
    EXPECT_EQ(at(sale(R"("refnum":1234567890123456789)"), "/payment/transaction_id"),
              R"("1234567890123456789")");
    EXPECT_EQ(at(sale(R"("refnum":true)"), "/payment/transaction_id"), R"("true")");
    EXPECT_EQ(at(sale(R"("refnum":null)"), "/payment"), "absent");
}

TEST(usaepay_order, currency_numbers_become_codes) {
    const struct {
        const char *sent, *currency;
    } rows[] = {{R"("840")", R"("USD")"}, {"840", R"("USD")"},      {R"("978")", R"("EUR")"},
                {R"("036")", R"("AUD")"}, {"36", R"("AUD")"},       {R"("152")", R"("CLP")"},
                {R"("999")", R"("999")"}, {R"("USD")", R"("USD")"}, {"null", "absent"}};
    for (const auto& row : rows)
        EXPECT_EQ(at(sale(R"("currency":)" + std::string(row.sent)), "/currency"), row.currency) << row.sent;
}

TEST(usaepay_order, number_and_custom_share_invoice_and_orderid) {
    const struct {
        const char *members, *number, *custom;
    } rows[] = {
        {R"("invoice":"I","orderid":"O")", R"("I")", R"("O")"},
        {R"("invoice":"","orderid":"O")", R"("O")", "absent"},
        {R"("invoice":"I","orderid":"","custom_fields":{"1":"x"})", R"("I")", R"({"1":"x"})"},
        {R"("invoice":"I","orderid":"O","custom_fields":{"1":"x"})", R"("I")",
         R"({"custom_fields":{"1":"x"},"orderid":"O"})"},
        {R"("invoice":"I","custom_fields":[])", R"("I")", "absent"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(at(sale(row.members), "/number"), row.number) << row.members;
        EXPECT_EQ(at(sale(row.members), "/custom"), row.custom) << row.members;
    }
}

TEST(usaepay_order, reads_what_the_rest_documentation_adds) {
    const auto order = sale(
        R"("customer_email":"b@example.com","customerid":"c2","cust_key":"c3","clientip":"192.0.2.9","trantype":"Sale",)"
        R"("billing_address":{"company":"Acme","firstname":"Ann","lastname":"Ex","street":"1 Main","street2":"Apt 2",)"
        R"("city":"LA","state":"CA","postalcode":"90005","country":"USA","phone":"5551234"},)"
        R"("lineitems":[{"product_key":"p1","sku":"S","name":"Box","qty":"2","cost":"1.10","discount_amount":0.5}])");
    EXPECT_EQ(
        at(order, "/customer"),
        R"({"id":"c2","email":"b@example.com","first_name":"Ann","last_name":"Ex","full_name":"Ann Ex",)"
        R"("phone":"5551234","ip":"192.0.2.9","business_name":"Acme"})");
    EXPECT_EQ(
        at(order, "/billing_address"),
        R"({"full_name":"Ann Ex","business_name":"Acme","street":"1 Main\nApt 2","city":"LA","region":"CA",)"
        R"("postal_code":"90005","country":"USA","phone":"5551234"})");
    EXPECT_EQ(at(order, "/items"),
              R"([{"id":"p1","sku":"S","name":"Box","quantity":2,"unit_price":{"amount":"1.10"},)"
              R"("discount":{"amount":"0.5"}}])");
    EXPECT_EQ(at(order, "/payment/type"), R"("Sale")");
}

TEST(usaepay_order, a_time_without_a_zone_is_no_instant) {
    EXPECT_EQ(at(sale(R"("created":"2024-01-02 03:04:05 -0800")"), "/placed_at"),
              R"("2024-01-02T11:04:05.000Z")");
    EXPECT_EQ(at(sale(R"("created":"2024-01-02 03:04:05")"), "/placed_at"), "absent");
    EXPECT_EQ(at(sale(R"("created":"2024-01-02T03:04:05-08:00")"), "/placed_at"),
              R"("2024-01-02T11:04:05.000Z")");
}

TEST(usaepay_describe, a_field_of_another_type_is_left_out_and_named) {
    const auto problem = [](std::string_view members) {
        return describe(event("transaction.sale.success", R"({"key":"k",)" + std::string(members) + "}"))
            .problem;
    };
    EXPECT_EQ(problem(R"("refnum":[1])"),
              "event_body.object.refnum: expected a string, a number or a boolean, got an array");
    EXPECT_EQ(problem(R"("amount":"free")"), "event_body.object.amount: expected a number, got another text");
    EXPECT_EQ(problem(R"("creditcard":"V")"),
              "event_body.object.creditcard: expected an object, got a string");
    EXPECT_EQ(problem(R"("lineitems":[{"qty":{}}])"),
              "event_body.object.lineitems[0].qty: expected a number, got an object");
    EXPECT_EQ(problem(R"("cvc":{"result":[]})"),
              "event_body.object.cvc.result: expected a string, a number or a boolean, got an array");
    EXPECT_EQ(problem(R"("check":{"trackingcode":[]})"),
              "event_body.object.check.trackingcode: expected a string, a number or a boolean, got an array");
    EXPECT_EQ(
        describe(event("ach.settled", R"({"key":"k"})", R"(,"changes":{"old":{"settled":[]}})")).problem,
        "event_body.changes.old.settled: expected a string, a number or a boolean, got an array");
    EXPECT_EQ(describe(event("ach.settled", R"({"key":"k"})", R"(,"changes":{"new":7})")).problem,
              "event_body.changes.new: expected an object, got a number");
    EXPECT_EQ(describe(event("cau.created", R"({"key":"k","original_card":7})")).problem,
              "event_body.object.original_card: expected an object, got a number");
    EXPECT_EQ(describe(event("product.inventory.ordered", R"({"key":"k","qtyonhand":"many"})")).problem,
              "event_body.object.qtyonhand: expected a number, got another text");
    EXPECT_EQ(describe(event("settlement.batch.success", R"({"key":"k","batchnum":{}})")).problem,
              "event_body.object.batchnum: expected a string, a number or a boolean, got an object");
    EXPECT_EQ(describe(event("transaction.sale.success", R"({})")).problem,
              "event_body.object.key: is missing");
    EXPECT_EQ(describe(R"({"event_type":"ach.failed"})").problem,
              "event_body: expected an object, got nothing");
    EXPECT_EQ(describe(R"({"event_type":"ach.failed","event_body":[]})").problem,
              "event_body: expected an object, got an array");
}

TEST(usaepay_documents, reads_the_changes_of_a_card_update) {
    const auto parsed = json::document::parse(
        R"({"object":{"type":"cardupdate","key":"c","original_card":{"number":"4444333322221111","expiration":"0000"},)"
        R"("source":{"object":"customer","key":"k9"}},)"
        R"("changes":{"old":{"contact_cusomer":"","cardaccount_closed":""},)"
        R"("new":{"contact_cusomer":true,"cardaccount_closed":true,"updated_card":{"number":"4444xxxxxxxx2222"}}}})");
    field_problems problems;
    const auto update = usaepay::read_card_update(json_fields(parsed->root(), "x", problems));
    EXPECT_EQ(update.original_card->number, "xxxxxxxxxxxx1111");
    EXPECT_EQ(update.original_card->expiration, "0000");
    EXPECT_EQ(update.source->key, "k9");
    EXPECT_EQ(update.before.contact_customer, "");
    EXPECT_EQ(update.after.contact_customer, "true");
    EXPECT_EQ(update.after.cardaccount_closed, "true");
    EXPECT_EQ(update.after.updated_card->number, "4444xxxxxxxx2222");
    EXPECT_TRUE(problems.empty()) << problems.text();
}

TEST(usaepay_documents, reads_inventory_and_batches) {
    const auto parsed = json::document::parse(
        R"({"object":{"key":"p","qtyonhand":394,"qtyonhand_change":"+300","totalsales":"617799","numsales":12,)"
        R"("batchrefnum":7}})");
    field_problems problems;
    const json_fields body(parsed->root(), "x", problems);
    const auto stock = usaepay::read_inventory(body);
    EXPECT_EQ(stock.qtyonhand->text(), "394");
    EXPECT_EQ(stock.qtyonhand_change->text(), "300");
    const auto batch = usaepay::read_batch(body);
    EXPECT_EQ(batch.totalsales, "617799");
    EXPECT_EQ(batch.numsales, "12");
    EXPECT_EQ(batch.batchrefnum, "7");
    EXPECT_TRUE(problems.empty()) << problems.text();
}

TEST(usaepay_cards, numbers_with_more_than_ten_clear_digits_are_masked) {
    const struct {
        const char *sent, *masked;
    } rows[] = {
        {"4444333322221111", "xxxxxxxxxxxx1111"},
        {"4444-3333-2222-1111", "xxxx-xxxx-xxxx-1111"},
        {"444433xxxxxx1111", "444433xxxxxx1111"},
        {"444433xxxxx21111", "xxxxxxxxxxxx1111"},
        {"4444xxxxxxxx1111", "4444xxxxxxxx1111"},
        {"12345678901", "xxxxxxx8901"},
        {"1234567890", "1234567890"},
        {"", ""},
    };
    for (const auto& row : rows)
        EXPECT_EQ(usaepay::mask_card_number(row.sent), row.masked);
}

TEST(usaepay_cards, the_payload_is_untouched_but_for_clear_numbers) {
    const struct {
        const char *object, *payload;
    } rows[] = {
        {R"({"key":"1234567890123456","creditcard":{"number":"4444333322221111", "type" : "V"},"z":1.10})",
         R"({"key":"1234567890123456","creditcard":{"number":"xxxxxxxxxxxx1111", "type" : "V"},"z":1.10})"},
        {R"({"creditcard":{"number":4444333322221111}})", R"({"creditcard":{"number":"xxxxxxxxxxxx1111"}})"},
        {R"({"creditcard":{"number":"4444xxxxxxxx1111","number":"444433332222\u0031111"}})",
         R"({"creditcard":{"number":"4444xxxxxxxx1111","number":"xxxxxxxxxxxx1111"}})"},
        {R"({"original_card":{"number":"4444333322221111"},"updated_card":[{"number":"5555333322221111"}]})",
         R"({"original_card":{"number":"xxxxxxxxxxxx1111"},"updated_card":[{"number":"xxxxxxxxxxxx1111"}]})"},
        {R"({"creditcard":"4444333322221111","x":{"card_number":"4444333322221112"}})",
         R"({"creditcard":"xxxxxxxxxxxx1111","x":{"card_number":"xxxxxxxxxxxx1112"}})"},
        {R"({"number":"4444333322221111","phone":{"number":"004912345678901"}})",
         R"({"number":"4444333322221111","phone":{"number":"004912345678901"}})"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(describe(event("cau.created", row.object)).payload, event("cau.created", row.payload));
}

TEST(usaepay_cards, a_body_that_is_no_json_hides_what_could_be_a_card) {
    EXPECT_EQ(describe("{\"number\":\"4444333322221111\",}").payload,
              R"("{\"number\":\"xxxxxxxxxxxx1111\",}")");
    EXPECT_EQ(describe("123456789012 4444333322221").payload, R"("123456789012 xxxxxxxxx2221")");
}

}  // namespace
}  // namespace shopbell
