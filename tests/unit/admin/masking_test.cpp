#include "../src/admin/masking.hpp"

#include <shopbell/delivery/event_cache.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace shopbell::test {
namespace {

using nlohmann::json;

const std::vector<std::string> of_the_person = {"Rosalba",        "rosalba",      "Quintanilla",
                                                "rq@example.com", "56912345678",  "Calle Larga 77",
                                                "203.0.113.9",    "engrave: R.Q."};

std::shared_ptr<const event> order() {
    stored_event stored;
    stored.id = "01900000-0000-7000-8000-000000000000";
    stored.endpoint = "shop";
    stored.provider = "jumpseller";
    stored.type = "jumpseller.order.paid";
    stored.subject = "order/1026";
    stored.fields = {{"Content-Type", "application/json"}};
    stored.body =
        R"({"order":{"id":1026,"status":"Paid","total":369.20,"big":9223372036854775807,)"
        R"("customer":{"id":7,"email":"rq@example.com","phone":"56912345678","fullname":)"
        R"("Rosalba Quintanilla","ip":"203.0.113.9"},)"
        R"("shipping_address":{"name":"Rosalba","surname":"Quintanilla","address":"Calle Larga 77",)"
        R"("city":"Puerto Varas"},"additional_information":"engrave: R.Q.","custom":"engrave: R.Q.",)"
        R"("note":"for rosalba quintanilla, call 56912345678","phone_again":56912345678,)"
        R"("products":[{"id":1,"name":"Copper bell","qty":1}]}})";
    return make_event(std::move(stored), delivery_reading());
}

void expect_nothing_of_the_person(const std::string& text) {
    for (const auto& value : of_the_person)
        EXPECT_EQ(text.find(value), std::string::npos) << value << " in " << text;
}

TEST(masking, leaves_nothing_of_a_person_in_the_document_and_keeps_the_rest_as_it_came) {
    const auto content = order();
    const auto masked = personal_data(*content).mask_document();
    expect_nothing_of_the_person(masked.text);
    EXPECT_GT(masked.masked, 8U);
    const auto document = json::parse(masked.text);
    EXPECT_EQ(document.at("id"), content->id);
    EXPECT_EQ(document.at("subject"), "order/1026");
    EXPECT_EQ(document.at("data").at("order").at("customer").at("email"), "\u2022");
    EXPECT_EQ(document.at("data").at("payload").at("order").at("customer").at("id"), 7);
    EXPECT_NE(masked.text.find("9223372036854775807"), std::string::npos);
    EXPECT_NE(masked.text.find("369.20"), std::string::npos);
    EXPECT_NE(masked.text.find("Copper bell"), std::string::npos);
}

TEST(masking, is_the_same_in_what_the_store_sent) {
    const auto content = order();
    const auto masked = personal_data(*content).mask_original(content->original_body);
    expect_nothing_of_the_person(masked.text);
    EXPECT_TRUE(json::accept(masked.text));
    EXPECT_NE(masked.text.find(R"("id":1026,"status":"Paid","total":369.20)"), std::string::npos);
}

std::shared_ptr<const event> sale(std::string body) {
    stored_event stored;
    stored.id = "01900000-0000-7000-8000-000000000001";
    stored.endpoint = "ejunkie";
    stored.provider = "ejunkie";
    stored.type = "ejunkie.order.completed";
    stored.fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
    stored.body = std::move(body);
    return make_event(std::move(stored), delivery_reading());
}

TEST(masking, masks_the_fields_of_a_form) {
    const auto content = sale(
        "txn_id=T1&payer_email=rq%40example.com&first_name=Rosalba&last_name=Quintanilla"
        "&address_street=Calle+Larga+77&mc_gross=19.99&memo=Hello+from+ROSALBA&empty=&flag"
        "&custom=engrave%3A+R.Q.&item_name=Bell");
    const auto masked = personal_data(*content).mask_original(content->original_body);
    EXPECT_EQ(masked.text,
              "txn_id=T1&payer_email=%E2%80%A2&first_name=%E2%80%A2&last_name=%E2%80%A2"
              "&address_street=%E2%80%A2&mc_gross=19.99&memo=%E2%80%A2&empty=&flag"
              "&custom=%E2%80%A2&item_name=Bell");
    EXPECT_EQ(masked.masked, 6U);
}

TEST(masking, shows_nothing_of_what_it_cannot_read) {
    auto content = sale("{\"broken\": \"rq@example.com\"");
    auto other = *content;
    other.original_headers = {{"Content-Type", "application/json"}};
    EXPECT_EQ(personal_data(other).mask_original(other.original_body).text, "\u2022");
    EXPECT_EQ(personal_data(other).mask_original("").text, "");
}

TEST(masking, masks_what_a_target_repeats) {
    const auto content = order();
    const personal_data personal(*content);
    EXPECT_EQ(personal.mask_text("answered 422: no customer ROSALBA QUINTANILLA <rq@example.com>").text,
              "answered 422: no customer \u2022 <\u2022>");
    EXPECT_EQ(personal.mask_text("mail other@example.net now").text, "mail \u2022 now");
    EXPECT_EQ(personal.mask_text("answered 503").masked, 0U);
    EXPECT_EQ(mask_subject("contact/a@example.com"), "\u2022");
    EXPECT_EQ(mask_subject("order/1"), "order/1");
}

}  // namespace
}  // namespace shopbell::test
