#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/stores/ejunkie.hpp>

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

/// What the tests of E-junkie's dialect share.
namespace shopbell::ejunkie_test {

/// md5("user@example.com" + md5("ExamplePassword")), of providers.md 2.5.
inline constexpr std::string_view handshake = "6b6833aca1f51dc7ca84723dba452a79";

/// The samples E1 and E2 of providers.md 2.9.
inline constexpr std::string_view e1 =
    "payment_date=12%3A34%3A56+Dec+21%2C+2012+MST&payer_email=buyer%40example.net&first_name=Ann&"
    "last_name=O%27Neil&address_name=+&address_street=1+Main+St%0AApt+2&payer_status=verified&invoice=wc8abc&"
    "custom=&mc_currency=USD&business=seller%40example.com&mc_gross=398.5&mc_shipping=0&tax=0.00&"
    "txn_type=expresscheckout&payment_type=Instant&item_name1=Widget&item_number1=100200%7C%7CPRO&"
    "mc_gross_1=199&quantity1=1&item_name2=Widget&item_number2=100200%7C%7CENT&mc_gross_2=199.5&quantity2=1&"
    "num_cart_items=2&txn_id=6MF00000000000000&payment_status=Completed&pending_reason=None&charset=utf-8&"
    "charset_assumed=true&buyer_ip=192.0.2.7&handshake=6b6833aca1f51dc7ca84723dba452a79&discount_codes=&"
    "mailing_list_status=true&client_id=41000&mailing_list_status=true&item_cart_position=2&"
    "item_number=100200&sku=ENT&expiry_hours=0&max_downloads=9&ej_txn_id=14420000";
inline constexpr std::string_view e2 =
    "payment_date=06%3A07%3A08+Jan+2%2C+2024+PST&payer_email=buyer%40example.net&first_name=Jos%E9&"
    "last_name=Test&mc_gross=59.9&mc_currency=EUR&mc_shipping=&tax=9.56&txn_type=authnet&invoice=wc9xyz&"
    "custom=ref-5&item_name1=Font+Pack&item_number1=100300&quantity1=2&mc_gross_1=59.9&"
    "option_name1_1=License&option_selection1_1=Desktop&option_name1=License&option_selection1=Desktop&"
    "sku_1=DESK&key_1=AAAA-1111&num_cart_items=1&txn_id=au-60000000001&payment_status=Completed&"
    "charset=windows-1252&discount_codes=For+Cart+Item+Total%3A+TEN&mailing_list_status=false&"
    "client_id=41000&ej_txn_id=14420001&handshake=6b6833aca1f51dc7ca84723dba452a79";

/// The provider of an endpoint with that piece of configuration, and everything that was wrong with it.
struct made {
    std::unique_ptr<const provider> dialect;
    std::string problems;  ///< one message a line
};

inline made make(const std::string& toml, bool auth_none = false) {
    config::problems found("test.toml");
    made result;
    {
        const auto file = config::file::from_text(toml, found);
        auto keys = file.root();
        result.dialect = ejunkie_entry().make(keys, auth_none);
    }
    for (const auto& one : found.sorted()) {
        if (one.severity == config::severity::error)
            result.problems += one.message + "\n";
    }
    return result;
}

inline std::unique_ptr<const provider> genuine_provider() {
    auto result = make("handshake = \"" + std::string(handshake) + "\"");
    EXPECT_EQ(result.problems, "");
    return std::move(result.dialect);
}

inline verdict accept(const provider& dialect, std::string_view body, const headers& fields = {}) {
    return dialect.accept({fields, body});
}

/// What was accepted; fails the test where it was refused.
inline accepted accepted_of(const provider& dialect, std::string_view body, const headers& fields = {}) {
    auto answer = accept(dialect, body, fields);
    if (const auto* refused = std::get_if<refusal>(&answer)) {
        ADD_FAILURE() << refused->status << " " << refused->reason;
        return {};
    }
    return std::get<accepted>(std::move(answer));
}

/// The refusal; fails the test where the delivery was accepted.
inline refusal refusal_of(const provider& dialect, std::string_view body, const headers& fields = {}) {
    auto answer = accept(dialect, body, fields);
    if (std::holds_alternative<accepted>(answer)) {
        ADD_FAILURE() << "accepted: " << body.substr(0, 200);
        return {};
    }
    return std::get<refusal>(std::move(answer));
}

inline event_data describe(std::string_view body) {
    const headers none;
    return ejunkie_entry().describe({"", none, body});
}

/// The text at a JSON Pointer, or "(none)".
inline std::string at(const std::string& json, std::string_view pointer) {
    const auto document = json::document::parse(json);
    if (!document) {
        ADD_FAILURE() << document.error().reason << ": " << json.substr(0, 200);
        return {};
    }
    const auto* found = document->root().at(pointer);
    return found == nullptr ? "(none)" : std::string(found->text());
}

inline std::string order_of(std::string_view body) {
    return describe(body).order;
}
inline std::string problem_of(std::string_view body) {
    return describe(body).problem;
}

struct member_row {
    const char* pointer;
    const char* text;
};

inline void expect_members(const std::string& json, std::initializer_list<member_row> rows) {
    for (const auto& row : rows)
        EXPECT_EQ(at(json, row.pointer), row.text) << row.pointer << " of " << json;
}

}  // namespace shopbell::ejunkie_test
