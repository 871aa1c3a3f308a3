#include "../src/admin/series_columns.hpp"
#include "api_fixture.hpp"

#include <numeric>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

constexpr time_point noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;

series_sample sample(time_point at, std::uint32_t accepted) {
    series_sample made;
    made.at = at;
    made.counts[0] = accepted;
    made.durations[1] = accepted;
    made.behind = accepted / 10;
    return made;
}

TEST(series_window, has_at_most_120_columns_that_begin_at_multiples_of_the_step) {
    for (const auto& [name, step, columns] : {std::tuple("1h", 60s, 60U),
                                              {"6h", std::chrono::seconds(300), 72U},
                                              {"24h", std::chrono::seconds(900), 96U},
                                              {"7d", std::chrono::seconds(7200), 84U}}) {
        const auto window = series_window::named(name, noon + 61s, noon - 1h);
        ASSERT_TRUE(window) << name;
        EXPECT_EQ(window->step, step);
        EXPECT_EQ(window->bounds.size(), columns + 1);
        EXPECT_EQ(window->bounds.front().time_since_epoch() % step, 0ms);
        EXPECT_GT(window->bounds.back(), noon + 61s);
        EXPECT_LE(window->bounds.back(), noon + 61s + step + 1s);
        EXPECT_EQ(window->in_24().bounds.size(), 25U);
        EXPECT_EQ(window->in_24().bounds.back(), window->bounds.back());
    }
    EXPECT_FALSE(series_window::named("2h", noon, noon));
}

TEST(a_series, tells_the_growth_of_each_column_and_nothing_of_what_it_does_not_know) {
    series_line line;
    const auto started = noon - 150s;
    for (std::uint32_t i = 0; i <= 10; ++i)
        line.add(sample(started + i * 15s, 4'294'967'290U + i * 4));
    const auto window = *series_window::named("1h", noon - 1s, started);
    const std::vector<const series_line*> all = {&line};
    const auto column = growth(all, window, 0);
    ASSERT_EQ(column.size(), 60U);
    EXPECT_FALSE(column[56]) << "before anything was counted";
    EXPECT_EQ(column[58], 16) << "also over the end of 32 bits";
    EXPECT_EQ(behind(all, window)[59].has_value(), true);
}

TEST(a_series, keeps_a_day_and_says_where_it_forgot) {
    series_line line;
    for (int i = 0; i < 26 * 60 * 4; ++i)
        line.add(sample(noon + i * 15s, static_cast<std::uint32_t>(i)));
    const auto end = noon + 26h;
    EXPECT_FALSE(line.at(noon + 1h));
    ASSERT_TRUE(line.at(end - 23h));
    EXPECT_EQ(line.at(end - 30min)->counts[0], (26 * 60 - 30) * 4);
    EXPECT_EQ(line.latest().counts[0], 26 * 60 * 4 - 1);
}

TEST(a_series, forgets_what_lies_ahead_of_a_clock_that_was_set_back) {
    series_line line;
    line.add(sample(noon, 1));
    line.add(sample(noon + 1h, 2));
    line.add(sample(noon + 1min, 3));
    EXPECT_EQ(line.latest().at, noon + 1min);
    EXPECT_EQ(line.at(noon + 2h)->counts[0], 3U);
}

TEST(a_series, tells_what_was_typical_and_what_was_slow) {
    series_line line;
    line.add(sample(noon - 2min, 0));
    auto later = sample(noon - 90s, 0);
    later.durations = {50, 40, 10};
    line.add(later);
    const std::array bounds = {0.001, 0.003, 0.005, 0.01};
    const auto window = *series_window::named("1h", noon - 61s, noon - 1h);
    const std::vector<const series_line*> all = {&line};
    EXPECT_DOUBLE_EQ(quantile(all, window, bounds, 0.5).back().value(), 1.0);
    EXPECT_DOUBLE_EQ(quantile(all, window, bounds, 0.95).back().value(), 4.0);
    EXPECT_FALSE(quantile(all, window, bounds, 0.5).front()) << "nothing was timed";
}

class series_answers : public api_test {};

TEST_F(series_answers, hold_all_columns_of_one_length) {
    counted_->sample(now() - 1min);
    put(1);
    put(2);
    endpoints_[0].watch->accepted("jumpseller.order.paid");
    endpoints_[0].watch->rejected(rejection::unauthorized);
    counts_.sink("disk").delivered();
    counted_->sample(now());
    const auto series = get("/api/series?window=1h&each=1");
    EXPECT_EQ(series.at("step_s"), 60);
    for (const auto* const name :
         {"accepted", "duplicate", "refused", "delivered", "failed", "died", "behind"})
        EXPECT_EQ(series.at(name).size(), 60U) << name;
    for (const auto* const name : {"answer_ms", "delivery_ms"})
        EXPECT_EQ(series.at(name).at("p95").size(), 60U) << name;
    const auto& accepted = series.at("accepted");
    const auto total = [](const json& column) {
        return std::accumulate(column.begin(), column.end(), 0, [](int sum, const json& value) {
            return sum + (value.is_null() ? 0 : value.get<int>());
        });
    };
    EXPECT_EQ(total(accepted), 2) << "of the inbox";
    EXPECT_EQ(total(series.at("refused")), 1);
    EXPECT_EQ(total(series.at("delivered")), 1);
    EXPECT_EQ(series.at("each").at("endpoints").at("shop").at("accepted").size(), 24U);
    EXPECT_EQ(total(series.at("each").at("sinks").at("disk").at("delivered")), 1);

    const auto of_shop = get("/api/series?endpoint=shop");
    EXPECT_EQ(total(of_shop.at("accepted")), 1) << "as counted";
    EXPECT_FALSE(of_shop.contains("delivered"));
    EXPECT_FALSE(get("/api/series?sink=disk").contains("accepted"));
}

TEST_F(series_answers, know_the_inbox_of_a_week_and_refuse_what_they_do_not_know) {
    put(1);
    const auto series = get("/api/series?window=7d");
    EXPECT_EQ(series.at("accepted").back(), 1);
    EXPECT_TRUE(series.at("duplicate").front().is_null());
    EXPECT_EQ(refusal("GET", "/api/series?window=2h", 400), "window: it is one of 1h, 6h, 24h, 7d");
    EXPECT_EQ(refusal("GET", "/api/series?endpoint=a&sink=b", 400), "give endpoint or sink, not both");
    refusal("GET", "/api/series?endpoint=a", 404);
    refusal("GET", "/api/series?sink=b", 404);
    refusal("GET", "/api/series?each=yes", 400);
}

}  // namespace
}  // namespace shopbell::test
