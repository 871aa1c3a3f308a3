#include <shopbell/admin/moment.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

struct moment_row {
    const char* name;
    std::string_view text;
    std::string_view at;  ///< empty: refused
};

class a_moment : public testing::TestWithParam<moment_row> {};

TEST_P(a_moment, is_read_or_refused) {
    const time_point present =
        std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + std::chrono::hours(12);
    const auto at = parse_moment(GetParam().text, present);
    ASSERT_EQ(at.has_value(), !GetParam().at.empty());
    if (at) {
        EXPECT_EQ(to_rfc3339(*at), GetParam().at);
    }
}

INSTANTIATE_TEST_SUITE_P(
    texts, a_moment,
    testing::Values(moment_row{"a_date", "2026-11-21", "2026-11-21T00:00:00.000Z"},
                    moment_row{"utc", "2026-11-21T15:51:45Z", "2026-11-21T15:51:45.000Z"},
                    moment_row{"milliseconds", "2026-11-21T15:51:45.279Z", "2026-11-21T15:51:45.279Z"},
                    moment_row{"an_offset", "2026-11-21T15:51:45-03:00", "2026-11-21T18:51:45.000Z"},
                    moment_row{"minutes_back", "10m", "2026-11-21T11:50:00.000Z"},
                    moment_row{"hours_back", "12h", "2026-11-21T00:00:00.000Z"},
                    moment_row{"days_back", "30d", "2026-10-22T12:00:00.000Z"}, moment_row{"nothing", "", ""},
                    moment_row{"a_word", "yesterday", ""}, moment_row{"no_zone", "2026-11-21T15:51:45", ""},
                    moment_row{"a_space", "2026-11-21 15:51:45Z", ""},
                    moment_row{"a_stores_zone", "2026-11-21T15:51:45UTC", ""},
                    moment_row{"no_such_day", "2026-02-30", ""}, moment_row{"a_number", "12", ""}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace shopbell::test
