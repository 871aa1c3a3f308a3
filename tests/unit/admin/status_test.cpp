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
    record.found.text = "The token is right but for a space: enter it again.";
    refused_.add(record);
    fail_endpoint(3);
    const auto status = get("/api/status");
    endpoint = status.at("endpoints").at(0);
    EXPECT_EQ(endpoint.at("state"), "about_to_pause");
    EXPECT_EQ(endpoint.at("failures_in_a_row"), 4);
    EXPECT_EQ(endpoint.at("last_failure").at("status"), 401);
    EXPECT_EQ(endpoint.at("last_failure").at("rejection"), 1);
    EXPECT_EQ(endpoint.at("last_failure").at("summary"), "The token is right but for a space");
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
    attention_sources seen;
    seen.hindrances = {"disk full"};
    seen.warnings = {{endpoint_warning::kind::silent, "shop", std::nullopt, "endpoint shop is silent"},
                     {endpoint_warning::kind::codes_missing, "fonts", std::nullopt, "a sale got no code"}};
    const auto found = find_attention(seen, now());
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(to_code(found[0].kind), "not_ready");
    EXPECT_EQ(found[0].text, "disk full");
    EXPECT_EQ(to_code(found[1].kind), "codes_missing");
    EXPECT_EQ(found[1].endpoint, "fonts");
    EXPECT_EQ(to_code(found[2].kind), "silent");
}

struct need_row {
    const char* name;
    sink_status::state state;
    sink_record stored;
    std::string_view kind;  ///< empty: nothing is told
    std::string_view text;
    bool configured = true;
};

sink_record lagging(std::size_t events, std::chrono::seconds waited, std::size_t dead = 0) {
    sink_record stored;
    stored.lag = events;
    stored.dead = dead;
    if (events > 0)
        stored.waiting_since = time_point(std::chrono::hours(1)) - waited;
    return stored;
}

class a_sink : public testing::TestWithParam<need_row> {};

TEST_P(a_sink, needs_somebody_for_one_reason_and_says_which) {
    using namespace std::chrono_literals;
    const auto& row = GetParam();
    sink_view sink;
    sink.settings.name = "crm";
    sink.configured = row.configured;
    sink.stored = row.stored;
    sink.live.emplace();
    sink.live->what = row.state;
    sink.live->last_error = "answered 500";
    attention_sources seen;
    seen.sinks = {sink};
    const auto found = find_attention(seen, time_point(1h));
    ASSERT_EQ(found.size(), row.kind.empty() ? 0U : 1U);
    if (found.empty())
        return;
    EXPECT_EQ(to_code(found[0].kind), row.kind);
    EXPECT_EQ(found[0].sink, "crm");
    EXPECT_EQ(found[0].text, row.text);
    EXPECT_EQ(found[0].sentence(), "sink crm: " + std::string(row.text));
}

INSTANTIATE_TEST_SUITE_P(
    states, a_sink,
    testing::Values(
        need_row{"with_everything", sink_status::state::running, lagging(0, {}), "", ""},
        need_row{"a_little_behind", sink_status::state::running, lagging(9, std::chrono::minutes(5)), "", ""},
        need_row{"behind", sink_status::state::running, lagging(1, std::chrono::seconds(301)), "behind",
                 "1 event waits, the oldest for 5 min (last error: answered 500)"},
        need_row{"with_dead_letters", sink_status::state::running, lagging(0, {}, 2), "dead",
                 "2 dead letters (last error: answered 500)"},
        need_row{"paused", sink_status::state::paused, lagging(3, std::chrono::seconds(7)), "paused",
                 "is paused; 3 events wait, the oldest for 7 s"},
        need_row{"paused_with_everything", sink_status::state::paused, lagging(0, {}), "", ""},
        need_row{"down", sink_status::state::probing, lagging(3, std::chrono::seconds(7)), "behind",
                 "is down; 3 events wait, the oldest for 7 s (last error: answered 500)"},
        need_row{"another_daemon_delivers_to", sink_status::state::standby,
                 lagging(3, std::chrono::seconds(7)), "", ""},
        need_row{"left", sink_status::state::running, lagging(3, std::chrono::seconds(7)), "not_configured",
                 "is no longer configured, and 3 events wait, the oldest for 7 s", false},
        need_row{"left_with_dead_letters", sink_status::state::running, lagging(0, {}, 1), "not_configured",
                 "is no longer configured, and it has 1 dead letter", false}),
    [](const auto& row) { return row.param.name; });

TEST_F(status_test, says_the_same_to_health_checks_page_and_doctor) {
    const auto id = put(1);
    settle("disk", {id});
    fail_endpoint(5);
    checks_->start_draining();
    const auto status = get("/api/status");
    const auto alone = get("/api/attention");
    EXPECT_EQ(status.at("hindrances"), json::parse(R"(["draining"])"));
    EXPECT_EQ(status.at("ready"), false);
    EXPECT_EQ(status.at("attention").at(0), json::parse(R"({"kind":"not_ready","text":"draining"})"));
    const auto ready = ask("GET", "/readyz");
    EXPECT_EQ(ready.status, 503U);
    EXPECT_EQ(json::parse(ready.body).at("reasons"), json::parse(R"(["draining"])"));
    EXPECT_EQ(json::parse(ready.body).at("warnings").at(0), status.at("attention").at(1).at("text"));
    EXPECT_EQ(alone.at("attention").at(1), status.at("attention").at(1));
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
