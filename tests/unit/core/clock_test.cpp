#include <shopbell/core/clock.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

using namespace std::chrono_literals;

time_point at(std::chrono::year_month_day date, std::chrono::milliseconds time = 0ms) {
    return std::chrono::sys_days(date) + time;
}

using std::chrono::year;

TEST(rfc3339, writes_utc_with_milliseconds) {
    EXPECT_EQ(to_rfc3339(time_point{}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(at(year(2026) / 11 / 21, 15h + 51min + 45s + 279ms)), "2026-11-21T15:51:45.279Z");
    EXPECT_EQ(to_rfc3339(at(year(2024) / 2 / 29, 23h + 59min + 59s + 999ms)), "2024-02-29T23:59:59.999Z");
    EXPECT_EQ(to_rfc3339(at(year(1999) / 1 / 2, 3h + 4min + 5s + 6ms)), "1999-01-02T03:04:05.006Z");
    EXPECT_EQ(to_rfc3339(time_point(-1ms)), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(to_rfc3339(at(year(1) / 1 / 1)), "0001-01-01T00:00:00.000Z");
    EXPECT_EQ(to_rfc3339(at(year(9999) / 12 / 31)), "9999-12-31T00:00:00.000Z");
}

TEST(date, is_the_utc_day) {
    EXPECT_EQ(to_date(at(year(2026) / 11 / 21, 23h + 59min)), "2026-11-21");
    EXPECT_EQ(to_date(time_point(-1ms)), "1969-12-31");
}

TEST(clock, tells_a_time_after_this_was_written) {
    EXPECT_GT(now(), at(year(2024) / 1 / 1));
}

TEST(http_date, has_three_forms) {
    const auto expected = at(year(1994) / 11 / 6, 8h + 49min + 37s);
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), expected);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), expected);
    EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT"), at(year(2024) / 2 / 29, 23h + 59min + 59s));
}

TEST(http_date, takes_a_two_digit_year_for_the_near_one) {
    const int this_year =
        int(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now())).year());
    const auto two_digits = [](int any_year) { return std::to_string(100 + any_year % 100).substr(1); };
    for (const int offset : {-40, -1, 0, 1, 40}) {
        const auto text = "Monday, 06-Nov-" + two_digits(this_year + offset) + " 00:00:00 GMT";
        EXPECT_EQ(parse_http_date(text), at(year(this_year + offset) / 11 / 6)) << text;
    }
}

TEST(http_date, is_nothing_else) {
    for (const auto* text :
         {"", "120", "tomorrow", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 PST",
          "Sun, 06 Nov 1994 08:49:37 GMT and more", "Sun, 31 Feb 2024 08:49:37 GMT",
          "Sun, 32 Jan 2024 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:61:37 GMT",
          "1994-11-06T08:49:37Z"})
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    EXPECT_EQ(parse_http_date(std::string_view("Sun, 06 Nov 1994 08:49:37 GMT\0x", 31)), std::nullopt);
}

}  // namespace
}  // namespace shopbell
