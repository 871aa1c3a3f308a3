#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class bulk : public api_test {
protected:
    std::vector<std::string> dead(const std::string& query = "?sink=disk") {
        return ids_of(get("/api/dead" + query).at("dead"));
    }
};

TEST_F(bulk, plans_what_it_would_do_and_does_nothing) {
    const auto first = put(1);
    const auto second = put(2);
    settle("disk", {first, second});
    const auto plan = post("/api/dead/disk/drop?plan=1");
    EXPECT_EQ(plan.at("count"), 2);
    EXPECT_EQ(plan.at("errors"), json::parse(R"([{"text":"answered 410","count":2}])"));
    EXPECT_TRUE(plan.contains("oldest"));
    EXPECT_TRUE(plan.contains("newest"));
    EXPECT_EQ(dead().size(), 2U);
}

TEST_F(bulk, touches_only_what_was_shown) {
    const auto shown = put(1);
    settle("disk", {shown});
    const auto answer = get("/api/dead?sink=disk");
    const auto bound = answer.at("now").get<std::string>();
    dead_delivery later;
    settlement results;
    results.sink = "disk";
    results.position = 2;
    const auto came_since = put(2);
    later.number = run(context_, archive_->find(came_since)).value()->number;
    later.died_at = now() + std::chrono::seconds(1);
    later.last_error = "answered 410";
    results.position = later.number;
    results.dead.push_back(later);
    ASSERT_TRUE(run(context_, inbox_->settle(std::move(results))));
    EXPECT_EQ(dead("?sink=disk&before=" + bound), std::vector{shown});
    EXPECT_EQ(post("/api/dead/disk/retry?before=" + bound).at("count"), 1);
    EXPECT_EQ(dead(), std::vector{came_since});
    EXPECT_EQ(post("/api/dead/disk/retry?before=" + bound).at("count"), 0) << "a double click does it once";
}

TEST_F(bulk, takes_a_filter) {
    const auto paid = put(1);
    const auto updated = put(2, "jumpseller.order.updated");
    settle("disk", {paid, updated});
    EXPECT_EQ(dead("?sink=disk&type=*.order.updated"), std::vector{updated});
    EXPECT_TRUE(dead("?sink=disk&error=503").empty());
    EXPECT_EQ(post("/api/dead/disk/drop?type=*.order.updated&error=410").at("count"), 1);
    EXPECT_EQ(dead(), std::vector{paid});
    refusal("POST", "/api/dead/disk/drop?before=soon", 400);
    refusal("POST", "/api/dead/disk/drop?plan=maybe", 400);
    EXPECT_EQ(post("/api/dead/disk/drop").at("count"), 1) << "all, as the command line asks";
}

TEST_F(bulk, goes_on_behind_a_cursor) {
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i)
        ids.push_back(put(i));
    settle("disk", ids);
    const auto first = get("/api/dead?sink=disk&limit=1");
    const auto cursor = first.at("next").get<std::string>();
    EXPECT_EQ(post("/api/dead/disk/drop?cursor=" + cursor).at("count"), 2);
    EXPECT_EQ(dead(), std::vector{ids[0]});
}

TEST_F(bulk, plans_a_replay_by_sink) {
    put(1);
    put(2, "jumpseller.order.updated");
    settle("disk");
    settle("crm");
    const auto plan = post("/api/replay?since=1h&plan=1");
    EXPECT_EQ(plan, json::parse(R"({"events":2,"deliveries":3,"per_sink":{"crm":1,"disk":2}})"));
    EXPECT_TRUE(get("/api/events?state=pending").at("events").empty());
    EXPECT_EQ(post("/api/replay?state=delivered&sink=disk").at("deliveries"), 2);
}

TEST_F(bulk, replays_the_events_that_somebody_selected) {
    const auto first = put(1);
    put(2);
    settle("disk");
    settle("crm");
    const auto body = json{{"ids", {first, "01900000-0000-7000-8000-000000000000"}}}.dump();
    EXPECT_EQ(post("/api/replay?plan=1", body).at("events"), 1);
    EXPECT_EQ(post("/api/replay", body), json::parse(R"({"events":1,"deliveries":2})"));
    EXPECT_EQ(ids_of(get("/api/events?state=pending").at("events")), std::vector{first});
    refusal("POST", "/api/replay?type=**", 400, body);
    refusal("POST", "/api/replay", 400, R"({"ids":[]})");
    refusal("POST", "/api/replay", 400, R"({"ids":[1]})");
    refusal("POST", "/api/replay", 400, R"({"all":true})");
    json many;
    for (int i = 0; i < 1001; ++i)
        many["ids"].push_back(first);
    refusal("POST", "/api/replay", 400, many.dump());
}

}  // namespace
}  // namespace shopbell::test
