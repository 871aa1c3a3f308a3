#include "../src/admin/text_search.hpp"
#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class listing : public api_test {
protected:
    json search(const json& body, const std::string& query = {}) {
        return post("/api/events/search" + query, body.dump());
    }
    std::vector<std::string> found(const json& body) { return ids_of(search(body).at("events")); }
};

TEST_F(listing, takes_several_states_and_those_of_one_sink) {
    const auto dead = put(1);
    const auto delivered = put(2);
    settle("disk", {dead});
    settle("crm");
    const auto waiting = put(3);
    EXPECT_EQ(ids_of(get("/api/events?state=dead,pending").at("events")), (std::vector{waiting, dead}));
    EXPECT_EQ(ids_of(get("/api/events?state=dead&sink=disk").at("events")), std::vector{dead});
    EXPECT_TRUE(get("/api/events?state=dead&sink=crm").at("events").empty());
    EXPECT_EQ(ids_of(get("/api/events?state=delivered&sink=crm").at("events")),
              (std::vector{delivered, dead}));
    EXPECT_NE(refusal("GET", "/api/events?state=dead,gone", 400).find("state"), std::string::npos);
}

TEST_F(listing, knows_which_events_concern_a_sink) {
    const auto paid = put(1);
    put(2, "jumpseller.order.updated");
    EXPECT_EQ(ids_of(get("/api/events?sink=crm").at("events")), std::vector{paid});
    EXPECT_EQ(get("/api/events?sink=disk").at("events").size(), 2U);
}

TEST_F(listing, shows_what_is_newer_than_an_event_and_what_was_not_understood) {
    const auto first = put(1);
    const auto second = put(2);
    EXPECT_EQ(ids_of(get("/api/events?newer_than=" + first).at("events")), std::vector{second});
    EXPECT_TRUE(get("/api/events?newer_than=" + second).at("events").empty());
    refusal("GET", "/api/events?newer_than=01900000-0000-7000-8000-000000000000", 404);
    EXPECT_TRUE(get("/api/events?problem=1").at("events").empty());
}

TEST_F(listing, says_with_brief_what_an_event_is_about) {
    put(1026);
    const auto row = get("/api/events?brief=1&mask=1").at("events").at(0);
    EXPECT_EQ(row.at("title"), "Order 1026 paid");
    EXPECT_EQ(row.at("order").at("total").at("amount"), "369.20");
    EXPECT_EQ(row.at("sinks").size(), 2U);
    EXPECT_FALSE(row.contains("problem"));
}

TEST_F(listing, says_how_far_it_has_come) {
    for (int i = 0; i < 3; ++i)
        put(i);
    const auto part = get("/api/events?limit=2");
    EXPECT_EQ(part.at("searched_to"), part.at("events").at(1).at("time"));
    EXPECT_FALSE(get("/api/events").contains("searched_to"));
}

TEST_F(listing, finds_an_event_by_its_id_by_a_part_of_it_and_by_its_subject) {
    const auto first = put(1026, "jumpseller.order.created");
    const auto paid = put(1026);
    const auto other = put(11026);
    EXPECT_EQ(found({{"q", other}}), std::vector{other});
    EXPECT_EQ(found({{"q", other.substr(20)}}), std::vector{other});
    EXPECT_EQ(found({{"q", "1026"}}), (std::vector{paid, first}));
    EXPECT_EQ(found({{"q", "order/1026"}}), (std::vector{paid, first}));
    EXPECT_EQ(found({{"q", " 1026 "}, {"type", "*.order.paid"}}), std::vector{paid});
    const auto part = search({{"q", "1026"}, {"limit", 1}});
    EXPECT_EQ(ids_of(part.at("events")), std::vector{paid});
    EXPECT_EQ(found({{"q", "1026"}, {"cursor", part.at("next")}}), std::vector{first});
}

TEST_F(listing, finds_a_text_in_headers_and_bodies) {
    const auto first = put(1, "jumpseller.order.paid", "Jane@example.com");
    const auto second = put(2, "jumpseller.order.paid", "joe@example.com");
    EXPECT_EQ(found({{"q", "JANE@"}}), std::vector{first});
    EXPECT_EQ(found({{"q", "jumpseller-event: order_paid"}}), (std::vector{second, first}));
    EXPECT_TRUE(found({{"q", "nobody"}}).empty());
    EXPECT_TRUE(found({{"q", "jo"}}).empty()) << "too short for a text";
    const auto part = search({{"q", "@example.com"}, {"limit", 1}});
    EXPECT_EQ(ids_of(part.at("events")), std::vector{second});
    EXPECT_TRUE(part.contains("searched_to"));
    EXPECT_EQ(found({{"q", "@example.com"}, {"cursor", part.at("next")}}), std::vector{first});
}

TEST_F(listing, refuses_a_search_that_says_something_wrong) {
    const auto refuse = [&](const std::string& body) {
        return refusal("POST", "/api/events/search", 400, body);
    };
    EXPECT_EQ(refuse("{}"), "q: say what to look for");
    EXPECT_NE(refuse(R"({"q":"a","x":"b"})").find("the body takes q"), std::string::npos);
    EXPECT_NE(refuse(R"({"q":["a"]})").find("a string or a number"), std::string::npos);
    EXPECT_NE(refuse(R"({"q":"abc","cursor":"12"})").find("cursor"), std::string::npos);
    EXPECT_NE(refuse("q=a").find("no JSON"), std::string::npos);
}

stored_event with_body(std::string provider, std::string type, std::string body) {
    stored_event stored;
    stored.provider = std::move(provider);
    stored.fields = {{"Content-Type", std::move(type)}};
    stored.body = std::move(body);
    return stored;
}

text_search search_for(std::string_view text) {
    return {text, std::make_shared<const delivery_reading>()};
}

TEST(text_search, undoes_the_escapes_of_json_and_forms) {
    const auto json_text =
        with_body("jumpseller", "application/json", R"({"name":"Mar\u00eda \"Pi\" \ud83d\ude00 a\/b"})");
    EXPECT_TRUE(search_for("mar\u00eda \"pi\"").matches(json_text));
    EXPECT_TRUE(search_for("\U0001F600").matches(json_text));
    EXPECT_TRUE(search_for("a/b").matches(json_text));
    EXPECT_TRUE(search_for("\\u00ed").matches(json_text)) << "as it came";
    const auto form =
        with_body("ejunkie", "application/x-www-form-urlencoded", "payer_email=a%40b.example&name=Jane+Doe");
    EXPECT_TRUE(search_for("a@b.example").matches(form));
    EXPECT_TRUE(search_for("jane doe").matches(form));
    EXPECT_FALSE(search_for("jane  doe").matches(form));
}

TEST(text_search, never_finds_what_is_blanked) {
    const auto sale = with_body("ejunkie", "application/x-www-form-urlencoded",
                                "txn_id=T1&handshake=0123456789abcdef0123456789abcdef");
    EXPECT_FALSE(search_for("0123456789abcdef").matches(sale));
    EXPECT_TRUE(search_for("t1").matches(sale));
}

TEST(json_escapes, stay_where_they_are_bad) {
    EXPECT_EQ(undo_json_escapes(R"(\u12 \ud800 \q \)"), "\\u12 \uFFFD \\q \\");
}

}  // namespace
}  // namespace shopbell::test
