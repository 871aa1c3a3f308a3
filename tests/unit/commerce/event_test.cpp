#include <shopbell/commerce/event.hpp>
#include <shopbell/core/json.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

event sample_event() {
    event one;
    one.id = "01934567-89ab-7cde-8f01-23456789abcd";
    one.endpoint = "jumpseller-main";
    one.provider = "jumpseller";
    one.type = "jumpseller.order.paid";
    one.subject = "order/1026";
    one.store = "mystore";
    one.accepted_at = time_point(std::chrono::milliseconds(1'795'276'305'279));
    return one;
}

TEST(event_document, has_the_members_of_cloudevents_and_our_own) {
    const auto document = make_document(
        sample_event(), {R"({"id":"1026"})", R"({"order":{"id":1026}})", "order.tax: expected a number"});
    EXPECT_EQ(
        document,
        R"({"specversion":"1.0","id":"01934567-89ab-7cde-8f01-23456789abcd","source":"/jumpseller-main",)"
        R"("type":"jumpseller.order.paid","subject":"order/1026","time":"2026-11-21T15:51:45.279Z",)"
        R"("datacontenttype":"application/json","provider":"jumpseller","store":"mystore",)"
        R"("data":{"order":{"id":"1026"},"payload":{"order":{"id":1026}},)"
        R"("problem":"order.tax: expected a number"}})");
    EXPECT_TRUE(json::document::parse(document));
}

TEST(event_document, names_its_attributes_as_cloudevents_demands) {
    const auto document = json::document::parse(make_document(sample_event(), {}));
    ASSERT_TRUE(document);
    for (const auto& member : document->root().members())
        EXPECT_EQ(member.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"),
                  std::string_view::npos)
            << member.name;
}

TEST(event_document, leaves_out_what_is_not_there) {
    auto one = sample_event();
    one.subject.clear();
    one.store.clear();
    EXPECT_EQ(
        make_document(one, {}),
        R"({"specversion":"1.0","id":"01934567-89ab-7cde-8f01-23456789abcd","source":"/jumpseller-main",)"
        R"("type":"jumpseller.order.paid","time":"2026-11-21T15:51:45.279Z",)"
        R"("datacontenttype":"application/json","provider":"jumpseller","data":{}})");
}

TEST(event_document, carries_the_payload_byte_for_byte) {
    const std::string payload =
        R"({ "z":1.10, "a" : [ 1e400,12345678901234567890123456789 ],"a":"\u00e9\/" , "n":-0.0})";
    const auto text = make_document(sample_event(), {"", payload, ""});
    EXPECT_NE(text.find("\"payload\":" + payload + "}}"), std::string::npos) << text;
    const auto document = json::document::parse(text);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().at("/data/payload")->raw(), payload);
}

TEST(event_document, escapes_attributes_from_outside) {
    auto one = sample_event();
    one.subject = "order/\"\n\xFF";
    const auto document = json::document::parse(make_document(one, {}));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().at("/subject")->text(), "order/\"\n\xEF\xBF\xBD");
}

TEST(event_document, is_one_line) {
    auto one = sample_event();
    one.subject = "a\r\nb";
    EXPECT_EQ(make_document(one, {"", "", "x\ny"}).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace shopbell
