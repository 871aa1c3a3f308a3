#include "store_support.hpp"

namespace shopbell::test {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::string type_of(std::string_view keys, std::string_view content_type, std::string_view body) {
    const auto source = store_of(
        "generic", "algorithm = \"token\"\nsignature = \"query:t\"\nsecret = \"s\"\n" + std::string(keys));
    headers fields;
    if (!content_type.empty())
        fields.push_back({"Content-Type", std::string(content_type)});
    return accepted_of(source->accept({fields, body, "POST", "t=s"})).type;
}

TEST(a_json_body, is_read_under_the_type_that_a_client_sends_by_default) {
    constexpr std::string_view keys = "event = \"json:/type\"\n";
    for (const auto* type : {"application/json", "", "text/plain", "application/x-www-form-urlencoded"})
        EXPECT_EQ(type_of(keys, type, R"({"type":"sale.paid"})"), "generic.sale.paid") << type;
    EXPECT_EQ(type_of("event = \"json:/0/type\"\n", form_type, R"( [{"type":"sale.paid"}])"),
              "generic.sale.paid");
}

TEST(a_form, is_a_form_by_its_type_or_by_the_keys) {
    constexpr std::string_view keys = "event = \"form:type\"\n";
    EXPECT_EQ(type_of(keys, form_type, "type=sale.paid"), "generic.sale.paid");
    EXPECT_EQ(type_of(keys, "", "type=sale.paid"), "generic.sale.paid");
    EXPECT_EQ(type_of(keys, form_type, "%7B=1&type=sale.paid"), "generic.sale.paid");
    EXPECT_EQ(type_of("event = [\"json:/type\", \"command\"]\n", form_type, "token=x"), "generic.command");
}

}  // namespace
}  // namespace shopbell::test
