#include <shopbell/sinks/retry_after.hpp>

#include <gtest/gtest.h>

#include <string>

namespace shopbell {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds year = std::chrono::hours(24 * 365);
// 2026-11-21T15:51:45.279Z
constexpr time_point present{milliseconds(1'795'276'305'279)};

struct row {
    std::string_view name;
    std::string_view value;
    std::optional<milliseconds> expected;
};

class retry_after : public ::testing::TestWithParam<row> {};

TEST_P(retry_after, says_how_long_to_wait) {
    EXPECT_EQ(parse_retry_after(GetParam().value, present), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    values, retry_after,
    ::testing::Values(row{"seconds", "120", milliseconds(120'000)}, row{"zero", "0", milliseconds(0)},
                      row{"spaces_around", " 3 ", milliseconds(3'000)},
                      row{"negative", "-5", milliseconds(0)},
                      row{"negative_huge", "-99999999999999999999", milliseconds(0)},
                      row{"huge", "99999999999999999999999", year}, row{"beyond_a_year", "40000000", year},
                      row{"date", "Sat, 21 Nov 2026 15:52:45 GMT", milliseconds(59'721)},
                      row{"old_date_form", "Saturday, 21-Nov-26 15:52:45 GMT", milliseconds(59'721)},
                      row{"past_date", "Fri, 20 Nov 2026 15:52:45 GMT", milliseconds(0)},
                      row{"far_date", "Fri, 20 Nov 2099 15:52:45 GMT", year}, row{"absent", "", std::nullopt},
                      row{"word", "soon", std::nullopt}, row{"fraction", "1.5", milliseconds(2'000)},
                      row{"less_than_a_second", "0.2", milliseconds(1'000)},
                      row{"fraction_of_nothing", "3.0", milliseconds(3'000)},
                      row{"negative_fraction", "-0.5", milliseconds(0)},
                      row{"huge_fraction", "99999999999999999999.5", year},
                      row{"only_fraction", ".5", std::nullopt}, row{"no_fraction", "1.", std::nullopt},
                      row{"two_points", "1.5.2", std::nullopt}, row{"comma", "1,5", std::nullopt},
                      row{"unit", "5s", std::nullopt}, row{"plus", "+5", std::nullopt},
                      row{"two", "5, 6", std::nullopt}, row{"only_minus", "-", std::nullopt}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace shopbell
