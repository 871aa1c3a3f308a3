#include <shopbell/config/reader.hpp>

#include <gtest/gtest.h>

#include <string>

namespace shopbell::config {
namespace {

using std::chrono::milliseconds;

struct duration_row {
    const char* name;
    std::string_view text;
    std::optional<milliseconds> value;
};

class reading_a_duration : public testing::TestWithParam<duration_row> {};

TEST_P(reading_a_duration, gives_its_value_or_nothing) {
    EXPECT_EQ(parse_duration(GetParam().text), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    duration, reading_a_duration,
    testing::Values(
        duration_row{"milliseconds", "250ms", milliseconds(250)},
        duration_row{"seconds", "10s", milliseconds(10'000)},
        duration_row{"minutes", "5m", milliseconds(300'000)},
        duration_row{"hours", "12h", milliseconds(43'200'000)},
        duration_row{"days", "30d", milliseconds(2'592'000'000)}, duration_row{"zero", "0s", milliseconds(0)},
        duration_row{"leading_zero", "05s", milliseconds(5'000)},
        duration_row{"a_century", "36500d", longest_duration},
        duration_row{"more_than_a_century", "36501d", std::nullopt},
        duration_row{"more_than_64_bits", "99999999999999999999999d", std::nullopt},
        duration_row{"product_beyond_64_bits", "18446744073709551615d", std::nullopt},
        duration_row{"no_unit", "10", std::nullopt}, duration_row{"no_digits", "s", std::nullopt},
        duration_row{"nothing", "", std::nullopt}, duration_row{"space_inside", "10 s", std::nullopt},
        duration_row{"space_behind", "10s ", std::nullopt}, duration_row{"negative", "-1s", std::nullopt},
        duration_row{"sign", "+1s", std::nullopt}, duration_row{"fraction", "1.5s", std::nullopt},
        duration_row{"unknown_unit", "3w", std::nullopt}, duration_row{"capital_unit", "3S", std::nullopt},
        duration_row{"two_parts", "1h30m", std::nullopt}),
    [](const auto& row) { return row.param.name; });

struct size_row {
    const char* name;
    std::string_view text;
    std::optional<std::uint64_t> value;
};

class reading_a_size : public testing::TestWithParam<size_row> {};

TEST_P(reading_a_size, gives_its_value_or_nothing) {
    EXPECT_EQ(parse_size(GetParam().text), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    size, reading_a_size,
    testing::Values(size_row{"zero", "0", 0}, size_row{"bytes_without_unit", "512", 512},
                    size_row{"bytes", "512B", 512}, size_row{"kibibytes", "64KiB", 65'536},
                    size_row{"mebibytes", "1MiB", 1'048'576}, size_row{"gibibytes", "2GiB", 2'147'483'648},
                    size_row{"tebibytes", "3TiB", 3'298'534'883'328},
                    size_row{"the_largest", "1024TiB", largest_size},
                    size_row{"beyond_the_largest", "1025TiB", std::nullopt},
                    size_row{"more_than_64_bits", "99999999999999999999999", std::nullopt},
                    size_row{"decimal_unit", "1MB", std::nullopt}, size_row{"short_unit", "1M", std::nullopt},
                    size_row{"lower_case_unit", "1mib", std::nullopt},
                    size_row{"space_inside", "1 MiB", std::nullopt}, size_row{"negative", "-1", std::nullopt},
                    size_row{"fraction", "1.5MiB", std::nullopt}, size_row{"nothing", "", std::nullopt},
                    size_row{"only_a_unit", "MiB", std::nullopt}),
    [](const auto& row) { return row.param.name; });

TEST(spelling, a_duration_uses_the_largest_unit_that_is_exact) {
    EXPECT_EQ(to_text(milliseconds(0)), "0s");
    EXPECT_EQ(to_text(milliseconds(250)), "250ms");
    EXPECT_EQ(to_text(milliseconds(90'000)), "90s");
    EXPECT_EQ(to_text(milliseconds(120'000)), "2m");
    EXPECT_EQ(to_text(longest_duration), "36500d");
}

TEST(spelling, a_size_uses_the_largest_unit_that_is_exact) {
    EXPECT_EQ(to_text(std::uint64_t{0}), "0");
    EXPECT_EQ(to_text(std::uint64_t{1000}), "1000");
    EXPECT_EQ(to_text(std::uint64_t{65'536}), "64KiB");
    EXPECT_EQ(to_text(largest_size), "1024TiB");
}

}  // namespace
}  // namespace shopbell::config
