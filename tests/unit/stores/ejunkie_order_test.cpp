#include "ejunkie_support.hpp"

#include <shopbell/stores/ejunkie_documents.hpp>

namespace shopbell {
namespace {

using namespace ejunkie_test;

TEST(ejunkie_order, reads_the_product_url_sample) {
    const auto data = describe(e1);
    EXPECT_EQ(data.problem, "");
    EXPECT_EQ(
        data.order,
        R"({"id":"6MF00000000000000","number":"wc8abc","status":"paid","provider_status":"Completed",)"
        R"("placed_at":"2012-12-21T19:34:56.000Z","currency":"USD",)"
        R"("total":{"amount":"398.5","currency":"USD"},"tax":{"amount":"0.00","currency":"USD"},)"
        R"("shipping":{"amount":"0","currency":"USD"},)"
        R"("customer":{"email":"buyer@example.net","first_name":"Ann","last_name":"O'Neil",)"
        R"("full_name":"Ann O'Neil","ip":"192.0.2.7"},)"
        R"("shipping_address":{"full_name":"Ann O'Neil","street":"1 Main St\nApt 2"},)"
        R"("items":[{"sku":"PRO","number":"100200","name":"Widget","quantity":1,)"
        R"("total":{"amount":"199","currency":"USD"}},)"
        R"({"sku":"ENT","number":"100200","name":"Widget","quantity":1,)"
        R"("total":{"amount":"199.5","currency":"USD"}}],)"
        R"("payment":{"method":"expresscheckout","type":"Instant","transaction_id":"6MF00000000000000",)"
        R"("status":"Completed"},"newsletter_opt_in":true})");
}

TEST(ejunkie_order, reads_the_common_url_sample) {
    const auto data = describe(e2);
    EXPECT_EQ(data.problem, "");
    EXPECT_EQ(data.order,
              R"({"id":"au-60000000001","number":"wc9xyz","status":"paid","provider_status":"Completed",)"
              R"("placed_at":"2024-01-02T14:07:08.000Z","currency":"EUR",)"
              R"("total":{"amount":"59.9","currency":"EUR"},"tax":{"amount":"9.56","currency":"EUR"},)"
              R"("customer":{"email":"buyer@example.net","first_name":"José","last_name":"Test",)"
              R"("full_name":"José Test"},)"
              R"("items":[{"sku":"DESK","number":"100300","name":"Font Pack","quantity":2,)"
              R"("total":{"amount":"59.9","currency":"EUR"},)"
              R"("options":[{"name":"License","value":"Desktop"}],"license_keys":["AAAA-1111"]}],)"
              R"("payment":{"method":"authnet","transaction_id":"au-60000000001","status":"Completed"},)"
              R"("discount_codes":["For Cart Item Total: TEN"],"custom":"ref-5","newsletter_opt_in":false})");
}

// The payload.

TEST(ejunkie_payload, holds_all_fields_as_sent_but_the_handshake) {
    EXPECT_EQ(describe("b=1&handshake=6b68&a=x+y&b=2&c&b=1&h%61ndshake=6b68").payload,
              R"({"b":["1","2","1"],"a":"x y","c":""})");
    EXPECT_EQ(describe("").payload, "{}");
    EXPECT_EQ(at(describe(e1).payload, "/mailing_list_status/1"), "true");
    EXPECT_EQ(at(describe(e1).payload, "/address_name"), " ");
}

TEST(ejunkie_payload, never_holds_the_handshake) {
    const auto value = std::string(handshake);
    for (const auto& body :
         {std::string(e1), std::string(e2), "h%61ndshake=" + value,
          "%68%61%6e%64%73%68%61%6b%65=%36" + value.substr(1), "handshake=" + value + "&handshake=" + value,
          "charset=windows-1252&handshake=" + value, "charset=Shift_JIS&handshake=" + value}) {
        const auto data = describe(body);
        for (const auto& text : {data.payload, data.order, data.problem}) {
            EXPECT_EQ(text.find(value), std::string::npos) << text;
            EXPECT_EQ(text.find("handshake"), std::string::npos) << text;
        }
    }
}

// The charset.

struct charset_row {
    const char* body;
    const char* first_name;
    const char* problem;  ///< part of it; "" means none
};

TEST(ejunkie_charset, is_what_the_form_says_and_windows_1252_otherwise) {
    const charset_row rows[] = {
        {"txn_id=1&first_name=Jos%C3%A9&charset=utf-8", "José", ""},
        {"txn_id=1&first_name=Jos%C3%A9&charset=UTF-8", "José", ""},
        {"txn_id=1&first_name=Jos%C3%A9", "José", ""},
        {"txn_id=1&first_name=Jos%C3%A9&charset=", "José", ""},
        {"charset=iso-8859-1&txn_id=1&first_name=Jos%E9", "José", ""},
        {"txn_id=1&first_name=Jos%E9&charset=Windows-1252", "José", ""},
        {"txn_id=1&first_name=%80&charset=windows-1252", "€", ""},
        {"txn_id=1&first_name=Jos%E9&charset=utf-8", "José", "first_name: not valid in the form's charset"},
        {"txn_id=1&first_name=Jos%E9", "José", "first_name: not valid in the form's charset"},
        {"txn_id=1&first_name=%80&last_name=%C3%A9", "€", "first_name: not valid"},
        {"txn_id=1&first_name=Jos%E9&charset=klingon", "José", "charset: not one that is known"},
        {"txn_id=1&first_name=Jos%C3%A9&charset=klingon", "José", "charset: not one that is known"},
        {"txn_id=1&first_name=Ann&charset=utf-16", "Ann", "charset: not one that is known"},
        {"txn_id=1&first_name=%93Ann%94&charset=ISO-8859-1", "“Ann”", ""},
        {"txn_id=1&first_name=%8D%91%8Ds&charset=Shift_JIS", "国行", ""},
        {"txn_id=1&first_name=Ann%ED%A0%BD&charset=utf-8", "Ann\xEF\xBF\xBD", ""},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(at(order_of(row.body), "/customer/first_name"), row.first_name) << row.body;
        EXPECT_EQ(at(describe(row.body).payload, "/first_name"), row.first_name) << row.body;
        const auto problem = problem_of(row.body);
        if (*row.problem == '\0')
            EXPECT_EQ(problem, "") << row.body;
        else
            EXPECT_NE(problem.find(row.problem), std::string::npos) << row.body << ": " << problem;
    }
}

TEST(ejunkie_charset, of_one_bad_field_does_not_spoil_the_others) {
    const auto order = order_of("txn_id=1&first_name=%E9&last_name=%C3%A9");
    expect_members(order, {{"/customer/first_name", "é"}, {"/customer/last_name", "é"}});
}

TEST(ejunkie_charset, covers_names_too) {
    EXPECT_EQ(at(describe("txn_id=1&caf%E9=1&charset=iso-8859-1").payload, "/café"), "1");
}

// The status.

struct status_row {
    const char* fields;
    const char* status;
    const char* provider_status;
};

TEST(ejunkie_order, has_the_status_of_the_payment) {
    const status_row rows[] = {
        {"", "paid", "(none)"},
        {"payment_status=Completed", "paid", "Completed"},
        {"payment_status=completed", "paid", "completed"},
        {"payment_status=Pending", "pending", "Pending"},
        {"payment_status=Created", "pending", "Created"},
        {"payment_status=In-Progress", "pending", "In-Progress"},
        {"payment_status=Voided", "canceled", "Voided"},
        {"payment_status=Refunded", "refunded", "Refunded"},
        {"payment_status=Reversed", "refunded", "Reversed"},
        {"payment_status=Denied", "failed", "Denied"},
        {"payment_status=Failed", "failed", "Failed"},
        {"payment_status=Expired", "failed", "Expired"},
        {"payment_status=Processed", "other", "Processed"},
        {"payment_status=Canceled-Reversal", "other", "Canceled-Reversal"},
        {"payment_status=Canceled_Reversal", "other", "Canceled_Reversal"},
        {"payment_status=Partially-Refunded", "other", "Partially-Refunded"},
        {"payment_status=Paid", "other", "Paid"},
        {"txn_type=cash", "pending", "cash"},
        {"txn_type=Cash&payment_status=Completed", "pending", "Completed"},
    };
    for (const auto& row : rows) {
        const auto order = order_of("txn_id=1&" + std::string(row.fields));
        expect_members(order, {{"/status", row.status}, {"/provider_status", row.provider_status}});
    }
}

// Amounts, dates and flags.

TEST(ejunkie_order, keeps_amounts_as_they_were_written) {
    for (const auto* amount : {"249", "199.5", "2.49", "0", "0.00", "398.50", "-5.00", "1234567890123456789",
                               "1234567890123456789012345678901234567890", "0.30000000000000004"}) {
        const auto body = "txn_id=1&mc_gross=" + std::string(amount);
        EXPECT_EQ(at(order_of(body), "/total/amount"), amount);
        EXPECT_EQ(at(order_of(body), "/total/currency"), "(none)");
        EXPECT_EQ(problem_of(body), "");
    }
}

struct problem_row {
    const char* field;
    const char* value;
    const char* pointer;
};

TEST(ejunkie_order, leaves_out_and_names_what_it_cannot_read) {
    const problem_row rows[] = {
        {"mc_gross", "12,50", "/total"},
        {"mc_gross", "%24 5", "/total"},
        {"mc_gross", "NaN", "/total"},
        {"tax", "free", "/tax"},
        {"mc_shipping", "1.2.3", "/shipping"},
        {"quantity1", "two", "/items/0/quantity"},
        {"mc_gross_1", "x", "/items/0/total"},
        {"payment_date", "12:00:00 Feb 30, 2024 MST", "/placed_at"},
        {"payment_date", "12:00:00 Feb 20, 2024 CET", "/placed_at"},
        {"mailing_list_status", "maybe", "/newsletter_opt_in"},
    };
    for (const auto& row : rows) {
        const auto body =
            std::string("txn_id=1&item_name1=a&").append(row.field).append("=").append(row.value);
        EXPECT_EQ(at(order_of(body), row.pointer), "(none)") << body;
        const auto problem = problem_of(body);
        EXPECT_TRUE(problem.starts_with(std::string(row.field) + ": ")) << problem;
        EXPECT_EQ(at(order_of(body), "/id"), "1") << body;
    }
}

TEST(ejunkie_order, says_nothing_of_empty_and_missing_fields) {
    const auto body =
        "txn_id=1&mc_gross=&tax=+&payment_date=&mailing_list_status=&quantity1=&num_cart_items=&custom=+"
        "&discount_codes=&first_name=&address_country=&item_cart_position=";
    EXPECT_EQ(problem_of(body), "");
    EXPECT_EQ(order_of(body), R"({"id":"1","status":"paid","payment":{"transaction_id":"1"}})");
}

TEST(ejunkie_order, takes_the_first_of_repeated_values) {
    expect_members(order_of("txn_id=1&first_name=a&first_name=b"), {{"/customer/first_name", "a"}});
}

TEST(ejunkie_order, takes_the_second_best_where_the_best_is_empty) {
    expect_members(order_of("txn_id=&ej_txn_id=5&shipping=3&contact_phone=7&shipping_method_type=UPS"),
                   {{"/id", "5"},
                    {"/shipping/amount", "3"},
                    {"/customer/phone", "7"},
                    {"/shipping_method", "UPS"},
                    {"/payment/transaction_id", "(none)"}});
    expect_members(order_of("txn_id=1&mc_shipping=4&shipping=3&payer_phone=6&contact_phone=7&"
                            "shipping_method_desc=Ground&shipping_method_type=UPS"),
                   {{"/shipping/amount", "4"}, {"/customer/phone", "6"}, {"/shipping_method", "Ground"}});
    expect_members(order_of("invoice=9"), {{"/id", "9"}, {"/number", "9"}});
}

TEST(ejunkie_order, keeps_the_space_of_custom_texts) {
    EXPECT_EQ(at(order_of("txn_id=1&custom=+a+%22b%22+"), "/custom"), " a \"b\" ");
}

// Addresses.

TEST(ejunkie_order, has_no_shipping_address_of_a_country_alone) {
    const auto order = order_of(
        "txn_id=1&first_name=Ann&address_name=+&address_street=&address_country=United+States&address_"
        "country_code=US");
    EXPECT_EQ(at(order, "/shipping_address"), "(none)");
}

TEST(ejunkie_order, has_the_shipping_address_of_its_fields) {
    const auto order = order_of(
        "txn_id=1&first_name=Ann&last_name=Lee&address_name=+Bo+Lee+&address_business_name=Acme&"
        "address_street=1+Main+St%0D%0AApt+2&address_city=Springfield&address_state=IL&address_zip=62701&"
        "address_country=United+States&address_country_code=US&address_phone=555");
    expect_members(order, {{"/shipping_address/full_name", "Bo Lee"},
                           {"/shipping_address/business_name", "Acme"},
                           {"/shipping_address/street", "1 Main St\nApt 2"},
                           {"/shipping_address/city", "Springfield"},
                           {"/shipping_address/region", "IL"},
                           {"/shipping_address/region_code", "(none)"},
                           {"/shipping_address/postal_code", "62701"},
                           {"/shipping_address/country", "United States"},
                           {"/shipping_address/country_code", "US"},
                           {"/shipping_address/phone", "555"},
                           {"/billing_address", "(none)"}});
    expect_members(order_of("txn_id=1&first_name=Ann&last_name=Lee&address_city=x"),
                   {{"/shipping_address/full_name", "Ann Lee"}});
}

TEST(ejunkie_order, has_the_billing_address_of_the_payer) {
    const auto order = order_of(
        "txn_id=1&first_name=Ann&payer_business_name=Acme&payer_street=1+Main+St&payer_city=Springfield&"
        "payer_state=IL&payer_zip=62701&payer_phone=555&residence_country=US");
    expect_members(order, {{"/billing_address/full_name", "Ann"},
                           {"/billing_address/business_name", "Acme"},
                           {"/billing_address/street", "1 Main St"},
                           {"/billing_address/city", "Springfield"},
                           {"/billing_address/region", "IL"},
                           {"/billing_address/postal_code", "62701"},
                           {"/billing_address/phone", "555"},
                           {"/billing_address/country", "(none)"},
                           {"/billing_address/country_code", "US"},
                           {"/customer/business_name", "Acme"}});
    expect_members(order_of("txn_id=1&payer_country_code=DE&residence_country=US"),
                   {{"/billing_address/country_code", "DE"}});
    expect_members(order_of("txn_id=1&payer_country_code=DE&residence_country=Germany"),
                   {{"/billing_address/country_code", "DE"}, {"/billing_address/country", "Germany"}});
}

// The typed document.

TEST(ejunkie_notification, has_every_documented_field) {
    field_problems problems;
    const auto what = ejunkie::read_notification(
        form::parse(
            "client_id=1&from_name=n&from_email=e&business=b&receiver_email=r&txn_type=cart&"
            "card_last_four=1111&card_type=V&for_auction=true&auction_buyer_id=q&payer_status=verified&"
            "address_status=confirmed&charset_assumed=true&country_mismatch=true&zipcode_mismatch=false&"
            "client_shipping_method_id=4&expiry_hours=0&max_downloads=9&affiliate_fee=1.5&"
            "item_affiliate_fee_total=2.5&mc_fee=0.3&pending_reason=None&sku=S&key=K%0AL&payer_id=P&"
            "item_name1=a&item_affiliate_fee_1=1&num_cart_items=1&item_cart_position=1&charset=utf-8"),
        problems);
    EXPECT_EQ(problems.text(), "");
    EXPECT_EQ(what.client_id, "1");
    EXPECT_EQ(what.from_name, "n");
    EXPECT_EQ(what.from_email, "e");
    EXPECT_EQ(what.business, "b");
    EXPECT_EQ(what.receiver_email, "r");
    EXPECT_EQ(what.txn_type, "cart");
    EXPECT_EQ(what.card_last_four, "1111");
    EXPECT_EQ(what.card_type, "V");
    EXPECT_EQ(what.for_auction, "true");
    EXPECT_EQ(what.auction_buyer_id, "q");
    EXPECT_EQ(what.payer_status, "verified");
    EXPECT_EQ(what.address_status, "confirmed");
    EXPECT_EQ(what.charset, "utf-8");
    EXPECT_EQ(what.charset_assumed, true);
    EXPECT_EQ(what.country_mismatch, true);
    EXPECT_EQ(what.zipcode_mismatch, false);
    EXPECT_EQ(what.mailing_list_status, std::nullopt);
    EXPECT_EQ(what.client_shipping_method_id, "4");
    EXPECT_EQ(what.expiry_hours, "0");
    EXPECT_EQ(what.max_downloads, "9");
    EXPECT_EQ(what.affiliate_fee.value().text(), "1.5");
    EXPECT_EQ(what.item_affiliate_fee_total.value().text(), "2.5");
    EXPECT_EQ(what.mc_fee.value().text(), "0.3");
    EXPECT_EQ(what.pending_reason, "None");
    EXPECT_EQ(what.sku, "S");
    EXPECT_EQ(what.key, "K\nL");
    EXPECT_EQ(what.payer_id, "P");
    ASSERT_EQ(what.items.size(), 1U);
    EXPECT_EQ(what.items[0].affiliate_fee.value().text(), "1");
    EXPECT_EQ(what.items[0].sku, "S");
    EXPECT_EQ(what.items[0].key, "K\nL");
    EXPECT_EQ(what.item_cart_position, "1");
}

}  // namespace
}  // namespace shopbell
