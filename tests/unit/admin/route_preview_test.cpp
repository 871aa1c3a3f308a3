#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class a_route_preview : public api_test {
protected:
    json preview(const std::string& type) {
        json edited;
        edited["events"] = json::array({type});
        edited["endpoints"] = json::array({"*"});
        edited["sinks"] = json::array({"disk", "crm"});
        json body;
        body["routes"] = json::array({edited});
        return post("/api/routes/preview", body.dump()).at("losses");
    }
};

TEST_F(a_route_preview, counts_what_each_sink_would_no_longer_get_of_what_it_has_not_had) {
    (void)put(1);
    settle("disk");
    settle("crm");
    for (int i = 2; i < 7; ++i)
        (void)put(i);
    (void)put(7, "jumpseller.order.updated");
    EXPECT_TRUE(preview("**").empty());
    const auto losses = preview("*.order.updated");
    ASSERT_EQ(losses.size(), 2U);  // by name
    EXPECT_EQ(losses[0], (json{{"sink", "crm"}, {"events", 5}, {"at_least", false}}));
    EXPECT_EQ(losses[1], (json{{"sink", "disk"}, {"events", 5}, {"at_least", false}}));
    settle("disk");
    EXPECT_EQ(preview("*.order.updated").size(), 1U);
}

TEST_F(a_route_preview, refuses_what_are_no_routes) {
    for (const auto* body : {"", "[]", "{}", R"({"routes":5})", R"({"routes":[5]})",
                             R"({"routes":[{"events":["**"],"where":["nonsense"]}]})"})
        EXPECT_FALSE(refusal("POST", "/api/routes/preview", 400, body).empty()) << body;
}

TEST_F(a_route_preview, is_followed_by_a_state_that_says_so) {
    const auto id = put(1);
    settlement told;
    told.sink = "crm";
    history_entry entry;
    entry.number = 1;
    entry.what = history_entry::kind::unrouted;
    told.history = {entry};
    ASSERT_TRUE(run(context_, inbox_->settle(told)));
    routes_ = {route_to("disk", "**"), route_to("crm", "*.order.updated")};
    const auto at_crm = [&] { return get("/api/events/" + id).at("deliveries").at(0); };
    EXPECT_EQ(at_crm().at("sink"), "crm");
    EXPECT_EQ(at_crm().at("state"), "no longer routed");
    settle("crm");
    EXPECT_EQ(at_crm().at("state"), "no longer routed");
    EXPECT_EQ(at_crm().at("attempts"), 0);
}

}  // namespace
}  // namespace shopbell::test
