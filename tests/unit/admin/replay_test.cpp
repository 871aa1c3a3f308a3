#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class a_replay : public api_test {
protected:
    std::vector<sequence> queued(const std::string& sink) {
        std::vector<sequence> numbers;
        for (const auto& one : run(context_, inbox_->read_queued(sink, 0, 1000)).value())
            numbers.push_back(one.number);
        return numbers;
    }
    sequence number_of(const std::string& id) { return run(context_, archive_->find(id)).value()->number; }
};

TEST_F(a_replay, of_an_event_goes_where_the_routes_lead) {
    const auto paid = put(1);
    const auto updated = put(2, "jumpseller.order.updated");
    settle("disk");
    settle("crm");
    const auto both = post("/api/events/" + paid + "/replay");
    EXPECT_EQ(both.at("events"), 1);
    EXPECT_EQ(both.at("deliveries"), 2);
    EXPECT_EQ(both.at("sinks"), (json{"disk", "crm"}));
    EXPECT_EQ(post("/api/events/" + updated + "/replay").at("sinks"), json{"disk"});
    EXPECT_EQ(queued("disk"), (std::vector{number_of(paid), number_of(updated)}));
    EXPECT_EQ(queued("crm"), std::vector{number_of(paid)});
}

TEST_F(a_replay, to_a_named_sink_does_not_ask_the_routes) {
    const auto updated = put(2, "jumpseller.order.updated");
    settle("disk");
    settle("crm");
    EXPECT_EQ(post("/api/events/" + updated + "/replay?sink=crm").at("deliveries"), 1);
    EXPECT_EQ(queued("crm"), std::vector{number_of(updated)});
    EXPECT_EQ(queued("disk"), std::vector<sequence>());
    EXPECT_EQ(refusal("POST", "/api/events/" + updated + "/replay?sink=crn", 404),
              "no sink is named \"crn\" (did you mean \"crm\"?)");
}

TEST_F(a_replay, of_an_event_that_no_route_takes_is_none) {
    routes_.clear();
    const auto id = put(1);
    const auto answer = post("/api/events/" + id + "/replay");
    EXPECT_EQ(answer.at("deliveries"), 0);
    EXPECT_EQ(answer.at("sinks"), json::array());
}

TEST_F(a_replay, by_filter_honours_the_routes) {
    for (int i = 0; i < 5; ++i)
        put(i, i % 2 == 0 ? "jumpseller.order.paid" : "jumpseller.order.updated");
    settle("disk");
    settle("crm");
    const auto all = post("/api/replay?type=**");
    EXPECT_EQ(all.at("events"), 5);
    EXPECT_EQ(all.at("deliveries"), 8);
    EXPECT_FALSE(all.contains("next"));
    EXPECT_EQ(queued("disk").size(), 5U);
    EXPECT_EQ(queued("crm").size(), 3U);
    const auto one = post("/api/replay?since=1h&sink=crm");
    EXPECT_EQ(one.at("events"), 3);
}

TEST_F(a_replay, by_filter_takes_many) {
    for (int i = 0; i < 450; ++i)
        put(i);
    settle("disk");
    settle("crm");
    std::size_t events = 0;
    std::string cursor;
    do {
        const auto part = post("/api/replay?type=**&sink=disk" + (cursor.empty() ? "" : "&cursor=" + cursor));
        events += part.at("events").get<std::size_t>();
        cursor = part.value("next", "");
    } while (!cursor.empty());
    EXPECT_EQ(events, 450U);
    EXPECT_EQ(queued("disk").size(), 450U);
}

TEST_F(a_replay, ends_at_the_events_that_were_there_when_it_began) {
    const auto first = put(1);
    settle("disk");
    const auto up_to = std::to_string(number_of(first));
    put(2);
    settle("disk");
    const auto answer = post("/api/replay?type=**&sink=disk&cursor=0-" + up_to);
    EXPECT_EQ(answer.at("events"), 1);
    EXPECT_EQ(queued("disk"), std::vector{number_of(first)});
}

TEST_F(a_replay, of_everything_must_be_said) {
    EXPECT_EQ(refusal("POST", "/api/replay", 400),
              "say which events: type, endpoint, subject, state, since or until");
    EXPECT_EQ(refusal("POST", "/api/replay?sink=crm", 400),
              "say which events: type, endpoint, subject, state, since or until");
    EXPECT_EQ(refusal("POST", "/api/replay?type=**&cursor=7", 400),
              "cursor: give what an earlier answer gave as next");
    EXPECT_EQ(refusal("POST", "/api/replay?type=**&sink=dsk", 404),
              "no sink is named \"dsk\" (did you mean \"disk\"?)");
}

}  // namespace
}  // namespace shopbell::test
