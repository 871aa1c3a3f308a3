#include "api_fixture.hpp"

#include <algorithm>
#include <cctype>

namespace shopbell::test {
namespace {

class listed_events : public api_test {};

TEST_F(listed_events, come_newest_first_with_what_a_list_shows) {
    const auto first = put(1);
    const auto second = put(2, "jumpseller.order.updated");
    const auto list = get("/api/events");
    EXPECT_EQ(ids_of(list.at("events")), (std::vector{second, first}));
    const auto& one = list.at("events").at(1);
    EXPECT_EQ(one.at("type"), "jumpseller.order.paid");
    EXPECT_EQ(one.at("endpoint"), "shop");
    EXPECT_EQ(one.at("provider"), "jumpseller");
    EXPECT_EQ(one.at("subject"), "order/1");
    EXPECT_EQ(one.at("store"), "mystore");
    EXPECT_EQ(one.at("state"), "pending");
    EXPECT_GT(one.at("bytes"), 20);
    EXPECT_FALSE(list.contains("next"));
}

TEST_F(listed_events, come_in_parts) {
    std::vector<std::string> all;
    for (int i = 0; i < 7; ++i)
        all.insert(all.begin(), put(i));
    std::vector<std::string> seen;
    std::string cursor;
    do {
        const auto part = get("/api/events?limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
        EXPECT_LE(part.at("events").size(), 3U);
        for (const auto& id : ids_of(part.at("events")))
            seen.push_back(id);
        cursor = part.value("next", "");
    } while (!cursor.empty());
    EXPECT_EQ(seen, all);
}

TEST_F(listed_events, are_filtered) {
    const auto paid = put(1);
    const auto updated = put(2, "jumpseller.order.updated");
    const auto other = put(3, "jumpseller.order.paid", "b@example.com", "second shop");
    EXPECT_EQ(ids_of(get("/api/events?type=*.order.paid").at("events")), (std::vector{other, paid}));
    EXPECT_EQ(ids_of(get("/api/events?endpoint=second+shop").at("events")), std::vector{other});
    EXPECT_EQ(ids_of(get("/api/events?endpoint=second%20shop").at("events")), std::vector{other});
    EXPECT_EQ(ids_of(get("/api/events?subject=order%2F2").at("events")), std::vector{updated});
    EXPECT_EQ(get("/api/events?since=1h&until=2099-01-01").at("events").size(), 3U);
    EXPECT_EQ(get("/api/events?until=1h").at("events").size(), 0U);
    EXPECT_EQ(get("/api/events?type=").at("events").size(), 3U);
    settle("disk");
    settle("crm", {paid});
    EXPECT_EQ(ids_of(get("/api/events?state=dead").at("events")), std::vector{paid});
    EXPECT_EQ(ids_of(get("/api/events?state=delivered").at("events")), (std::vector{other, updated}));
}

TEST_F(listed_events, refuse_what_they_do_not_understand) {
    EXPECT_EQ(refusal("GET", "/api/events?tpye=x", 400), "unknown parameter tpye (did you mean \"type\"?)");
    EXPECT_EQ(refusal("GET", "/api/events?limit=0", 400), "limit: give a number from 1 to 1000");
    EXPECT_EQ(refusal("GET", "/api/events?limit=1001", 400), "limit: give a number from 1 to 1000");
    EXPECT_EQ(refusal("GET", "/api/events?limit=ten", 400), "limit: give a number from 1 to 1000");
    EXPECT_EQ(refusal("GET", "/api/events?state=lost", 400), "state: it is one of delivered, pending, dead");
    EXPECT_EQ(refusal("GET", "/api/events?cursor=x", 400),
              "cursor: give what an earlier answer gave as next");
    EXPECT_TRUE(refusal("GET", "/api/events?since=then", 400).starts_with("since: give a date"));
    EXPECT_EQ(refusal("GET", "/api/events?type=a&type=b", 400), "the parameter type is given twice");
    EXPECT_TRUE(refusal("GET", "/api/events?type=%zz", 400).starts_with("the query is malformed"));
}

class a_path : public api_test {};

TEST_F(a_path, is_known_or_404_and_knows_its_methods) {
    EXPECT_EQ(ask("GET", "/api/nothing").status, 404U);
    EXPECT_EQ(ask("GET", "/api").status, 404U);
    EXPECT_EQ(ask("GET", "/api/events/a/b/c").status, 404U);
    const auto refused = ask("DELETE", "/api/events");
    EXPECT_EQ(refused.status, 405U);
    EXPECT_EQ(value_of(refused.fields, "Allow"), "GET, HEAD");
    const auto changing = ask("GET", "/api/replay");
    EXPECT_EQ(changing.status, 405U);
    EXPECT_EQ(value_of(changing.fields, "Allow"), "POST");
    EXPECT_EQ(ask("HEAD", "/api/events").status, 200U);
}

class one_event : public api_test {};

/// The shortest beginning of the first that is none of the second.
std::string beginning_of(const std::string& id, const std::string& other) {
    const auto differ = std::ranges::mismatch(id, other).in1 - id.begin();
    return id.substr(0, std::max<std::size_t>(static_cast<std::size_t>(differ) + 1, 4));
}

class a_shortened_id : public api_test {};

TEST_F(a_shortened_id, is_the_beginning_or_the_end_of_one_event_s) {
    const auto first = put(1);
    const auto second = put(2);
    for (const auto& id : {first, second}) {
        const auto& other = id == first ? second : first;
        EXPECT_EQ(get("/api/events/" + beginning_of(id, other)).at("id"), id);
        for (const std::size_t length : {12U, 17U, 35U})
            EXPECT_EQ(get("/api/events/" + id.substr(id.size() - length)).at("id"), id) << length;
        auto loud = id.substr(24);
        std::ranges::transform(loud, loud.begin(), [](unsigned char c) { return std::toupper(c); });
        EXPECT_EQ(get("/api/events/" + loud).at("id"), id);
        EXPECT_EQ(ask("GET", "/api/events/" + id.substr(24) + "/original").status, 200U);
    }
}

TEST_F(a_shortened_id, of_several_events_names_them) {
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i)
        ids.insert(ids.begin(), put(i));
    const auto part = ids[0].substr(0, 6);
    const auto why = "the id " + part + " is ambiguous: " + ids[0] + ", " + ids[1] + ", " + ids[2] +
                     "; give more of the one that you mean";
    EXPECT_EQ(refusal("GET", "/api/events/" + part, 409), why);
    EXPECT_EQ(refusal("GET", "/api/events/" + part + "/original", 409), why);
    EXPECT_EQ(refusal("POST", "/api/events/" + part + "/replay", 409), why);
    for (int i = 3; i < 9; ++i)
        (void)put(i);
    EXPECT_NE(refusal("GET", "/api/events/" + part, 409).find(" and more; give more"), std::string::npos);
}

TEST_F(a_shortened_id, of_no_event_or_too_short_is_unknown) {
    const auto id = put(1);
    EXPECT_EQ(refusal("GET", "/api/events/ffff", 404), "no event with the id ffff");
    EXPECT_EQ(refusal("GET", "/api/events/" + id.substr(0, 3), 404),
              "no event with the id " + id.substr(0, 3) + ": a shortened one has at least 4 characters");
    EXPECT_EQ(refusal("GET", "/api/events/" + id.substr(9, 9), 404),
              "no event with the id " + id.substr(9, 9));
    EXPECT_EQ(refusal("GET", "/api/events/order%2F1", 404), "no event with the id order/1");
    EXPECT_EQ(refusal("GET", "/api/events/" + id + "0", 404), "no event with the id " + id + "0");
}

TEST_F(a_shortened_id, is_replayed_and_decided_on) {
    const auto first = put(1);
    const auto second = put(2);
    settle("disk");
    settle("crm", {second});
    EXPECT_EQ(post("/api/events/" + first.substr(24) + "/replay").at("deliveries"), 2);
    EXPECT_EQ(post("/api/dead/crm/" + second.substr(24) + "/retry").at("count"), 1);
}

TEST_F(one_event, shows_all_there_is_of_it) {
    const auto id = put(1026);
    settle("disk");
    settle("crm", {id});
    const auto shown = get("/api/events/" + id);
    EXPECT_EQ(shown.at("id"), id);
    EXPECT_EQ(shown.at("state"), "dead");
    EXPECT_EQ(shown.at("/event/id"_json_pointer), id);
    EXPECT_EQ(shown.at("/event/type"_json_pointer), "jumpseller.order.paid");
    EXPECT_EQ(shown.at("/headers/0/name"_json_pointer), "Content-Type");
    EXPECT_NE(ask("GET", "/api/events/" + id).body.find(R"("total":369.20)"), std::string::npos);

    const auto& deliveries = shown.at("deliveries");
    ASSERT_EQ(deliveries.size(), 2U);
    const auto& crm = deliveries.at(0);
    EXPECT_EQ(crm.at("sink"), "crm");
    EXPECT_EQ(crm.at("state"), "dead");
    EXPECT_EQ(crm.at("attempts"), 2);
    EXPECT_EQ(crm.at("last_error"), "answered 410");
    ASSERT_EQ(crm.at("history").size(), 2U);
    EXPECT_EQ(crm.at("/history/0/what"_json_pointer), "failed");
    EXPECT_EQ(crm.at("/history/0/took_ms"_json_pointer), 12);
    EXPECT_EQ(crm.at("/history/0/response"_json_pointer), "try later");
    EXPECT_EQ(crm.at("/history/1/what"_json_pointer), "dead");
    const auto& disk = deliveries.at(1);
    EXPECT_EQ(disk.at("sink"), "disk");
    EXPECT_EQ(disk.at("state"), "delivered");
    EXPECT_EQ(disk.at("attempts"), 1);
    EXPECT_FALSE(disk.contains("configured"));
}

TEST_F(one_event, is_waiting_only_where_the_routes_take_it) {
    const auto id = put(1, "jumpseller.order.updated");
    const auto deliveries = get("/api/events/" + id).at("deliveries");
    ASSERT_EQ(deliveries.size(), 1U);
    EXPECT_EQ(deliveries.at(0).at("sink"), "disk");
    EXPECT_EQ(deliveries.at(0).at("state"), "waiting");
}

TEST_F(one_event, names_sinks_that_left_the_configuration_where_they_have_something_of_it) {
    const auto dead = put(1);
    const auto other = put(2);
    settle("disk");
    settle("crm", {dead});
    sinks_.pop_back();
    const auto deliveries = get("/api/events/" + dead).at("deliveries");
    ASSERT_EQ(deliveries.size(), 2U);
    EXPECT_EQ(deliveries.at(0).at("sink"), "crm");
    EXPECT_EQ(deliveries.at(0).at("configured"), false);
    EXPECT_EQ(get("/api/events/" + other).at("deliveries").size(), 1U);
}

TEST_F(one_event, gives_its_exact_bytes) {
    const auto id = put(7);
    const auto original = ask("GET", "/api/events/" + id + "/original");
    EXPECT_EQ(original.body, R"({"order":{"id":7,"total":369.20,"customer":{"email":"a@example.com"}}})");
    EXPECT_EQ(original.content_type, "application/json");
    EXPECT_EQ(value_of(original.fields, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(value_of(original.fields, "Content-Disposition"), "attachment");
}

TEST_F(one_event, hides_the_value_of_a_handshake_and_nothing_else) {
    arrival one;
    one.endpoint = "downloads";
    one.provider = "ejunkie";
    one.type = "ejunkie.order.paid";
    one.body = "a=1&&handshake=secret&b=%20&hand%73hake=other";
    one.identity = "x";
    const auto id = run(context_, inbox_->put(std::move(one))).value().id;
    const auto original = ask("GET", "/api/events/" + id + "/original");
    EXPECT_EQ(original.body, "a=1&&handshake=&b=%20&hand%73hake=");
    EXPECT_EQ(original.content_type, "application/octet-stream");
    EXPECT_EQ(ask("GET", "/api/events/" + id).body.find("secret"), std::string::npos);
}

TEST_F(one_event, may_be_unknown) {
    EXPECT_EQ(refusal("GET", "/api/events/0193-x", 404), "no event with the id 0193-x");
    EXPECT_EQ(refusal("GET", "/api/events/0193-x/original", 404), "no event with the id 0193-x");
    EXPECT_EQ(refusal("POST", "/api/events/0193-x/replay", 404), "no event with the id 0193-x");
}

class a_stopped_daemon : public api_test {};

TEST_F(a_stopped_daemon, shows_everything_and_changes_nothing) {
    const auto id = put(1);
    settle("disk");
    settle("crm", {id});
    auto without = services();
    without.store = nullptr;
    api_.emplace(std::move(without));
    EXPECT_EQ(get("/api/events").at("events").size(), 1U);
    EXPECT_EQ(get("/api/events/" + id).at("state"), "dead");
    EXPECT_EQ(get("/api/dead").at("dead").size(), 1U);
    EXPECT_EQ(get("/api/sinks").at("sinks").at(0).at("state"), "stopped");
    for (const auto* const target : {"/api/replay?type=**", "/api/dead/crm/retry", "/api/sinks/crm/pause",
                                     "/api/sinks/old/forget", "/api/forget"})
        EXPECT_EQ(refusal("POST", target, 503), "the daemon is not running") << target;
    EXPECT_EQ(refusal("GET", "/api/stream", 503), "the daemon is not running");
}

}  // namespace
}  // namespace shopbell::test
