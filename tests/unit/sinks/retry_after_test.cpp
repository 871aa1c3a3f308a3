#include <shopbell/sinks/retry_after.hpp>

#include <gtest/gtest.h>

#include <string>

namespace shopbell {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds year = std::chrono::hours(24 * 365);
// 2026-11-21T15:51:45.279Z
constexpr time_point present{milliseconds(1'795'276'305'279)};

struct retry_after_row {
    std::string_view name;
    std::string_view value;
    std::optional<milliseconds> expected;
};

class retry_after : public ::testing::TestWithParam<retry_after_row> {};

TEST_P(retry_after, says_how_long_to_wait) {
    EXPECT_EQ(parse_retry_after(GetParam().value, present), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    values, retry_after,
    ::testing::Values(
        retry_after_row{"seconds", "120", milliseconds(120'000)},
        retry_after_row{"zero", "0", milliseconds(0)},
        retry_after_row{"spaces_around", " 3 ", milliseconds(3'000)},
        retry_after_row{"negative", "-5", milliseconds(0)},
        retry_after_row{"negative_huge", "-99999999999999999999", milliseconds(0)},
        retry_after_row{"huge", "99999999999999999999999", year},
        retry_after_row{"beyond_a_year", "40000000", year},
        retry_after_row{"date", "Sat, 21 Nov 2026 15:52:45 GMT", milliseconds(59'721)},
        retry_after_row{"old_date_form", "Saturday, 21-Nov-26 15:52:45 GMT", milliseconds(59'721)},
        retry_after_row{"past_date", "Fri, 20 Nov 2026 15:52:45 GMT", milliseconds(0)},
        retry_after_row{"far_date", "Fri, 20 Nov 2099 15:52:45 GMT", year},
        retry_after_row{"absent", "", std::nullopt}, retry_after_row{"word", "soon", std::nullopt},
        retry_after_row{"fraction", "1.5", milliseconds(2'000)},
        retry_after_row{"less_than_a_second", "0.2", milliseconds(1'000)},
        retry_after_row{"fraction_of_nothing", "3.0", milliseconds(3'000)},
        retry_after_row{"negative_fraction", "-0.5", milliseconds(0)},
        retry_after_row{"huge_fraction", "99999999999999999999.5", year},
        retry_after_row{"only_fraction", ".5", std::nullopt},
        retry_after_row{"no_fraction", "1.", std::nullopt},
        retry_after_row{"two_points", "1.5.2", std::nullopt}, retry_after_row{"comma", "1,5", std::nullopt},
        retry_after_row{"unit", "5s", std::nullopt}, retry_after_row{"plus", "+5", std::nullopt},
        retry_after_row{"two", "5, 6", std::nullopt}, retry_after_row{"only_minus", "-", std::nullopt}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace shopbell
