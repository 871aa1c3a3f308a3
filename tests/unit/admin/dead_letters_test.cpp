#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class dead_letters : public api_test {
protected:
    dead_letters() {
        for (int i = 0; i < 3; ++i)
            ids_.push_back(put(i));
        settle("disk", {ids_[0]});
        settle("crm", ids_);
    }

    [[nodiscard]] std::size_t left(const std::string& sink) {
        return get("/api/dead?sink=" + sink).at("dead").size();
    }

    std::vector<std::string> ids_;
};

TEST_F(dead_letters, are_listed_sink_by_sink_and_in_parts) {
    std::vector<std::string> seen;
    std::string cursor;
    do {
        const auto part = get("/api/dead?limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const auto& one : part.at("dead"))
            seen.push_back(one.at("sink").get<std::string>() + " " + one.at("subject").get<std::string>());
        cursor = part.value("next", "");
    } while (!cursor.empty());
    EXPECT_EQ(seen, (std::vector<std::string>{"crm order/0", "crm order/1", "crm order/2", "disk order/0"}));

    const auto one = get("/api/dead?sink=disk").at("dead").at(0);
    EXPECT_EQ(one.at("id"), ids_[0]);
    EXPECT_EQ(one.at("type"), "jumpseller.order.paid");
    EXPECT_EQ(one.at("endpoint"), "shop");
    EXPECT_EQ(one.at("attempts"), 2);
    EXPECT_EQ(one.at("error"), "answered 410");
    EXPECT_TRUE(one.contains("died_at"));
    EXPECT_EQ(refusal("GET", "/api/dead?sink=dsk", 404), "no sink is named \"dsk\" (did you mean \"disk\"?)");
}

TEST_F(dead_letters, are_retried_or_dropped_one_by_one) {
    EXPECT_EQ(post("/api/dead/crm/" + ids_[1] + "/retry").at("count"), 1);
    EXPECT_EQ(run(context_, inbox_->read_queued("crm", 0, 10)).value().size(), 1U);
    EXPECT_EQ(post("/api/dead/crm/" + ids_[2] + "/drop").at("count"), 1);
    EXPECT_EQ(left("crm"), 1U);
    EXPECT_EQ(refusal("POST", "/api/dead/crm/" + ids_[1] + "/retry", 404),
              "sink \"crm\" has no dead letter of the event " + ids_[1]);
    EXPECT_EQ(refusal("POST", "/api/dead/crm/unknown/drop", 404), "no event with the id unknown");
    EXPECT_EQ(left("crm"), 1U);
    const auto dropped = get("/api/events/" + ids_[2]).at("deliveries").at(0);
    EXPECT_EQ(dropped.at("sink"), "crm");
    EXPECT_EQ(dropped.at("state"), "dropped");
}

TEST_F(dead_letters, are_retried_or_dropped_all_of_a_sink) {
    EXPECT_EQ(post("/api/dead/crm/retry").at("count"), 3);
    EXPECT_EQ(left("crm"), 0U);
    EXPECT_EQ(left("disk"), 1U);
    EXPECT_EQ(post("/api/dead/disk/drop").at("count"), 1);
    EXPECT_EQ(post("/api/dead/disk/drop").at("count"), 0);
    EXPECT_EQ(refusal("POST", "/api/dead/crn/retry", 404),
              "no sink is named \"crn\" (did you mean \"crm\"?)");
}

TEST_F(dead_letters, of_a_sink_that_left_the_configuration_can_still_be_decided) {
    sinks_.pop_back();
    EXPECT_EQ(left("crm"), 3U);
    EXPECT_EQ(post("/api/dead/crm/drop").at("count"), 3);
}

}  // namespace
}  // namespace shopbell::test
