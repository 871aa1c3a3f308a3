#include "../src/admin/attention.hpp"
#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class status_test : public api_test {
protected:
    void fail_endpoint(int times) {
        answered_request failure;
        failure.status = 401;
        for (int i = 0; i < times; ++i)
            endpoints_[0].watch->answered(failure);
    }
};

TEST_F(status_test, tells_all_that_the_page_opens_with) {
    put(1);
    const auto latest = put(2);
    const auto status = get("/api/status");
    EXPECT_TRUE(status.at("ready"));
    EXPECT_TRUE(status.at("hindrances").empty());
    EXPECT_EQ(status.at("version"), SHOPBELL_VERSION);
    EXPECT_EQ(status.at("access"), json::parse(R"({"token_asked":false,"may_change":true})"));
    EXPECT_EQ(status.at("inbox").at("events"), 2);
    EXPECT_EQ(status.at("inbox").at("min_free"), 1024);
    EXPECT_TRUE(status.at("inbox").contains("oldest"));
    EXPECT_EQ(status.at("received_today"), 2);
    EXPECT_EQ(status.at("rejections"), json::parse(R"({"kinds":0,"newest":0})"));
    ASSERT_EQ(status.at("latest").size(), 2U);
    const auto& row = status.at("latest").at(0);
    EXPECT_EQ(row.at("id"), latest);
    EXPECT_EQ(row.at("title"), "Order 2 paid");
    EXPECT_EQ(row.at("order").at("total"), json::parse(R"({"amount":"369.20"})"));
    EXPECT_EQ(row.at("sinks"),
              json::parse(R"([{"name":"crm","state":"waiting"},{"name":"disk","state":"waiting"}])"));
    EXPECT_EQ(status.at("sinks").size(), 2U);
    EXPECT_EQ(status.at("sinks").at(0).at("routes"), json::parse(R"(["route 1"])"));
}

TEST_F(status_test, counts_today_from_where_the_browser_has_its_midnight) {
    put(1);
    EXPECT_EQ(
        get("/api/status?day_start=" + to_rfc3339(now() + std::chrono::minutes(1))).at("received_today"), 0);
    EXPECT_EQ(get("/api/status?day_start=2020-01-01").at("received_today"), 1);
    EXPECT_NE(refusal("GET", "/api/status?day_start=tomorrow", 400).find("day_start"), std::string::npos);
}

TEST_F(status_test, tells_how_each_endpoint_does) {
    EXPECT_EQ(get("/api/status").at("endpoints").at(0).at("state"), "never");
    endpoints_[0].watch->accepted("jumpseller.order.paid");
    auto endpoint = get("/api/status").at("endpoints").at(0);
    EXPECT_EQ(endpoint.at("state"), "healthy");
    EXPECT_EQ(endpoint.at("path"), "/hooks/shop");
    EXPECT_EQ(endpoint.at("pauses_after"), 8);
    EXPECT_FALSE(endpoint.contains("last_failure"));

    fail_endpoint(1);
    EXPECT_EQ(get("/api/status").at("endpoints").at(0).at("state"), "failing");
    const auto once = get("/api/status");
    for (const auto& item : once.at("attention"))
        EXPECT_FALSE(item.contains("endpoint")) << "one failure is nothing to wake a person for";
    rejection_record record;
    record.endpoint = "shop";
    record.status = 401;
    refused_.add(record);
    fail_endpoint(3);
    const auto status = get("/api/status");
    endpoint = status.at("endpoints").at(0);
    EXPECT_EQ(endpoint.at("state"), "about_to_pause");
    EXPECT_EQ(endpoint.at("failures_in_a_row"), 4);
    EXPECT_EQ(endpoint.at("last_failure").at("status"), 401);
    EXPECT_EQ(endpoint.at("last_failure").at("rejection"), 1);
    EXPECT_EQ(status.at("attention").at(0).at("kind"), "about_to_pause");
    EXPECT_EQ(status.at("attention").at(0).at("endpoint"), "shop");
    EXPECT_TRUE(status.at("attention").at(0).contains("since"));
}

TEST_F(status_test, orders_what_needs_attention_by_its_urgency) {
    const auto id = put(1);
    settle("disk", {id});
    fail_endpoint(5);
    ASSERT_EQ(ask("POST", "/api/sinks/crm/pause").status, 200U);
    std::vector<std::string> kinds;
    const auto shown = get("/api/status");
    for (const auto& item : shown.at("attention"))
        kinds.push_back(item.at("kind"));
    EXPECT_EQ(kinds, (std::vector<std::string>{"about_to_pause", "dead", "stopped", "paused"}));
}

TEST(attention, begins_with_what_keeps_everything_from_being_accepted) {
    readings::endpoint endpoint;
    endpoint.name = "shop";
    endpoint.silent = true;
    endpoint.last_accepted = now();
    const auto found = find_attention({"disk full"}, {endpoint}, {}, now());
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].kind, "not_ready");
    EXPECT_EQ(found[0].text, "disk full");
    EXPECT_EQ(found[1].kind, "silent");
}

TEST_F(status_test, lists_what_waits_at_a_sink_and_what_holds_it_back) {
    settlement results;
    results.sink = "disk";
    results.begins = true;
    const auto first = put(1);
    const auto second = put(1, "jumpseller.order.updated");
    const auto third = put(2);
    for (const auto& id : {first, second, third}) {
        const auto stored = *run(context_, archive_->find(id)).value();
        pending_delivery waiting;
        waiting.number = stored.number;
        waiting.subject = stored.subject;
        waiting.attempts = id == second ? 0 : 3;
        waiting.first_attempt = waiting.next_attempt = now();
        waiting.last_error = id == second ? "" : "answered 503";
        results.pending.push_back(waiting);
        results.position = stored.number;
    }
    ASSERT_TRUE(run(context_, inbox_->settle(std::move(results))));

    const auto part = get("/api/sinks/disk/waiting?limit=2");
    ASSERT_EQ(part.at("waiting").size(), 2U);
    EXPECT_TRUE(part.contains("now"));
    const auto& held = part.at("waiting").at(1);
    EXPECT_EQ(part.at("waiting").at(0).at("id"), first);
    EXPECT_EQ(part.at("waiting").at(0).at("title"), "Order 1 paid");
    EXPECT_EQ(part.at("waiting").at(0).at("error"), "answered 503");
    EXPECT_FALSE(part.at("waiting").at(0).contains("held_by"));
    EXPECT_EQ(held.at("id"), second);
    EXPECT_EQ(held.at("held_by"), first);
    const auto rest = get("/api/sinks/disk/waiting?cursor=" + part.at("next").get<std::string>());
    ASSERT_EQ(rest.at("waiting").size(), 1U);
    EXPECT_EQ(rest.at("waiting").at(0).at("id"), third);
    EXPECT_FALSE(rest.contains("next"));
    EXPECT_EQ(refusal("GET", "/api/sinks/dsk/waiting", 404),
              R"(no sink is named "dsk" (did you mean "disk"?))");
    const auto sink = get("/api/sinks").at("sinks").at(0);
    EXPECT_EQ(sink.at("oldest_waiting").at("id"), first);
}

}  // namespace
}  // namespace shopbell::test
