#include <shopbell/metrics/metrics.hpp>

#include <gtest/gtest.h>

#include <string>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

/// Whether one whole line of the text is this one.
bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

std::string render(const metrics& all) {
    return all.render(readings());
}

answered_request answer(unsigned status) {
    answered_request one;
    one.status = status;
    one.took = 3ms;
    one.received = 100;
    return one;
}

TEST(metrics_test, counts_requests_by_endpoint_and_status) {
    metrics all;
    auto& shop = all.endpoint("shop", "jumpseller");
    shop.answered(answer(200));
    shop.answered(answer(200));
    shop.answered(answer(401));
    const auto text = render(all);
    EXPECT_TRUE(
        has_line(text, R"(shopbell_requests_total{endpoint="shop",provider="jumpseller",status="200"} 2)"));
    EXPECT_TRUE(
        has_line(text, R"(shopbell_requests_total{endpoint="shop",provider="jumpseller",status="401"} 1)"));
    EXPECT_TRUE(
        has_line(text, R"(shopbell_received_bytes_total{endpoint="shop",provider="jumpseller"} 300)"));
    EXPECT_TRUE(has_line(
        text,
        R"(shopbell_request_duration_seconds_bucket{endpoint="shop",provider="jumpseller",le="0.0025"} 0)"));
    EXPECT_TRUE(has_line(
        text,
        R"(shopbell_request_duration_seconds_bucket{endpoint="shop",provider="jumpseller",le="0.005"} 3)"));
}

TEST(metrics_test, tells_what_became_of_deliveries) {
    metrics all;
    auto& shop = all.endpoint("shop", "jumpseller");
    shop.accepted();
    shop.accepted();
    shop.duplicate();
    shop.unparsed();
    shop.contradicted();
    shop.rejected(rejection::store);
    all.unrouted();
    const auto text = render(all);
    const std::string of = R"({endpoint="shop",provider="jumpseller"} )";
    EXPECT_TRUE(has_line(text, "shopbell_events_accepted_total" + of + "2"));
    EXPECT_TRUE(has_line(text, "shopbell_events_duplicate_total" + of + "1"));
    EXPECT_TRUE(has_line(text, "shopbell_events_unparsed_total" + of + "1"));
    EXPECT_TRUE(has_line(text, "shopbell_events_contradicted_total" + of + "1"));
    EXPECT_TRUE(has_line(
        text, R"(shopbell_rejections_total{endpoint="shop",provider="jumpseller",reason="store"} 1)"));
    EXPECT_TRUE(has_line(text, "shopbell_events_unrouted_total 1"));
}

TEST(metrics_test, has_every_reason_at_zero_before_the_first_rejection) {
    metrics all;
    (void)all.endpoint("shop", "ejunkie");
    const auto text = render(all);
    for (int i = 0; i <= static_cast<int>(rejection::internal); ++i)
        EXPECT_TRUE(
            has_line(text, R"(shopbell_rejections_total{endpoint="shop",provider="ejunkie",reason=")" +
                               std::string(to_string(static_cast<rejection>(i))) + "\"} 0"))
            << i;
}

TEST(metrics_test, says_why_the_server_refused_by_itself) {
    const struct {
        unsigned status;
        rejection why;
    } rows[] = {{400, rejection::malformed},        {408, rejection::too_slow},
                {411, rejection::no_length},        {413, rejection::body_too_large},
                {431, rejection::header_too_large}, {417, rejection::unsupported},
                {501, rejection::unsupported},      {503, rejection::busy},
                {500, rejection::internal}};
    for (const auto& [status, why] : rows) {
        metrics all;
        auto refused = answer(status);
        refused.by_server = true;
        all.endpoint("shop", "ejunkie").answered(refused);
        EXPECT_TRUE(
            has_line(render(all), R"(shopbell_rejections_total{endpoint="shop",provider="ejunkie",reason=")" +
                                      std::string(to_string(why)) + "\"} 1"))
            << status;
    }
}

TEST(metrics_test, counts_what_belongs_to_no_endpoint_under_an_empty_name) {
    metrics all;
    all.stray_requests().answered(answer(404));
    const auto text = render(all);
    EXPECT_TRUE(has_line(text, R"(shopbell_requests_total{endpoint="",provider="",status="404"} 1)"));
    EXPECT_TRUE(has_line(text, R"(shopbell_rejections_total{endpoint="",provider="",reason="not_found"} 1)"));
}

TEST(metrics_test, counts_clients_that_left) {
    metrics all;
    auto& shop = all.endpoint("shop", "ejunkie");
    shop.answered(answer(0));
    auto unread = answer(200);
    unread.sent = false;
    shop.answered(unread);
    const auto text = render(all);
    EXPECT_TRUE(has_line(text, R"(shopbell_requests_abandoned_total{endpoint="shop",provider="ejunkie"} 2)"));
    EXPECT_EQ(text.find(R"(status="0")"), text.npos);
}

TEST(metrics_test, goes_on_counting_where_the_same_name_is_configured_again) {
    metrics all;
    all.endpoint("shop", "ejunkie").accepted();
    all.endpoint("shop", "ejunkie").accepted();
    all.sink("crm").dead();
    all.sink("crm").dead();
    const auto text = render(all);
    EXPECT_TRUE(has_line(text, R"(shopbell_events_accepted_total{endpoint="shop",provider="ejunkie"} 2)"));
    EXPECT_TRUE(has_line(text, R"(shopbell_deliveries_total{outcome="dead",sink="crm"} 2)"));
}

TEST(metrics_test, counts_commits_and_deliveries) {
    metrics all;
    all.commits().committed(3, 2ms);
    all.commits().committed(0, 2ms);
    all.commits().commit_failed();
    all.sink("crm").attempted(40ms);
    all.sink("crm").delivered();
    all.sink("crm").failed();
    const auto text = render(all);
    EXPECT_TRUE(has_line(text, "shopbell_commit_duration_seconds_count 2"));
    EXPECT_TRUE(has_line(text, "shopbell_commit_deliveries_count 1"));
    EXPECT_TRUE(has_line(text, "shopbell_commit_deliveries_sum 3"));
    EXPECT_TRUE(has_line(text, "shopbell_commit_failures_total 1"));
    EXPECT_TRUE(has_line(text, R"(shopbell_delivery_duration_seconds_bucket{sink="crm",le="0.05"} 1)"));
    EXPECT_TRUE(has_line(text, R"(shopbell_deliveries_total{outcome="delivered",sink="crm"} 1)"));
    EXPECT_TRUE(has_line(text, R"(shopbell_deliveries_total{outcome="failed",sink="crm"} 1)"));
}

readings something_of_everything() {
    readings present;
    present.at = time_point(1'800'000'000'500ms);
    present.ready = true;
    present.min_free_disk = 64;
    present.stored = readings::inbox{10, 4096, 1'000'000'000'000};
    present.open_connections = 7;
    present.refused_connections = 8;
    present.refused_client_connections = 12;
    present.dropped_log_lines = 9;
    readings::endpoint shop;
    shop.name = "shop";
    shop.provider = "jumpseller";
    shop.last_accepted = time_point(1'700'000'000'250ms);
    shop.consecutive_failures = 4;
    shop.expect_every = 6h;
    shop.silent = true;
    readings::endpoint quiet;
    quiet.name = "quiet";
    quiet.provider = "ejunkie";
    present.endpoints = {shop, quiet};
    readings::sink crm;
    crm.name = "crm";
    crm.lag_events = 11;
    crm.lag = 1500ms;
    crm.retrying = 2;
    crm.dead = 3;
    crm.in_flight = 1;
    crm.paused = true;
    present.sinks = {crm};
    return present;
}

TEST(metrics_test, shows_the_states_that_it_is_given) {
    const metrics all;
    const auto text = all.render(something_of_everything());
    for (
        const std::string line : {
            "shopbell_time_seconds 1800000000.5",
            "shopbell_ready 1",
            "shopbell_connections_open 7",
            "shopbell_connections_refused_total 8",
            "shopbell_client_connections_refused_total 12",
            "shopbell_log_lines_dropped_total 9",
            "shopbell_inbox_min_free_bytes 64",
            "shopbell_inbox_events 10",
            "shopbell_inbox_bytes 4096",
            "shopbell_inbox_free_disk_bytes 1000000000000",
            R"(shopbell_endpoint_last_accepted_timestamp_seconds{endpoint="shop",provider="jumpseller"} 1700000000.25)",
            R"(shopbell_endpoint_consecutive_failures{endpoint="shop",provider="jumpseller"} 4)",
            R"(shopbell_endpoint_expect_every_seconds{endpoint="shop",provider="jumpseller"} 21600)",
            R"(shopbell_endpoint_silent{endpoint="shop",provider="jumpseller"} 1)",
            R"(shopbell_endpoint_silent{endpoint="quiet",provider="ejunkie"} 0)",
            R"(shopbell_sink_lag_events{sink="crm"} 11)",
            R"(shopbell_sink_lag_seconds{sink="crm"} 1.5)",
            R"(shopbell_sink_retrying{sink="crm"} 2)",
            R"(shopbell_sink_dead_letters{sink="crm"} 3)",
            R"(shopbell_sink_in_flight{sink="crm"} 1)",
            R"(shopbell_sink_paused{sink="crm"} 1)",
            R"(shopbell_sink_probing{sink="crm"} 0)",
            "shopbell_build_info{version=\"" SHOPBELL_VERSION "\"} 1",
            "# TYPE shopbell_log_lines_dropped_total counter",
        })
        EXPECT_TRUE(has_line(text, line)) << line;
}

TEST(metrics_test, leaves_out_what_is_not_known) {
    const metrics all;
    auto present = something_of_everything();
    present.stored.reset();
    present.sinks.clear();
    const auto text = all.render(present);
    for (const std::string name : {"shopbell_inbox_bytes", "shopbell_sink_lag_events",
                                   R"(shopbell_endpoint_last_accepted_timestamp_seconds{endpoint="quiet")",
                                   R"(shopbell_endpoint_expect_every_seconds{endpoint="quiet")"})
        EXPECT_EQ(text.find(name), text.npos) << name;
}

TEST(metrics_test, escapes_names) {
    metrics all;
    all.sink("a \"quoted\\ name").delivered();
    EXPECT_TRUE(has_line(render(all),
                         R"(shopbell_deliveries_total{outcome="delivered",sink="a \"quoted\\ name"} 1)"));
}

}  // namespace
}  // namespace shopbell::test
