#include <shopbell/core/uuid.hpp>

#include <gtest/gtest.h>

#include <set>

namespace shopbell {
namespace {

using std::chrono::milliseconds;

constexpr time_point any_day{milliseconds(0x0193'4567'89ab)};

std::uint64_t millisecond_of(const uuid_bytes& id) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 6; ++i)
        value = value << 8U | id[i];
    return value;
}

TEST(uuid, is_written_in_lower_case_hex) {
    const uuid_bytes id = {0x01, 0x93, 0x45, 0x67, 0x89, 0xab, 0x7c, 0xde,
                           0x8f, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd};
    EXPECT_EQ(to_string(id), "01934567-89ab-7cde-8f01-23456789abcd");
    EXPECT_EQ(to_string(uuid_bytes{}), "00000000-0000-0000-0000-000000000000");
}

TEST(uuid, starts_with_the_time_and_says_version_7) {
    uuid_source source;
    for (int i = 0; i < 1000; ++i) {
        const auto id = source.next(any_day + milliseconds(i));
        EXPECT_EQ(millisecond_of(id),
                  static_cast<std::uint64_t>((any_day + milliseconds(i)).time_since_epoch().count()));
        EXPECT_EQ(id[6] >> 4U, 7);
        EXPECT_EQ(id[8] >> 6U, 2);
    }
    EXPECT_TRUE(to_string(source.next(any_day + milliseconds(1000))).starts_with("01934567-8d93-7"));
}

TEST(uuid, ascends_strictly_within_one_millisecond) {
    uuid_source source;
    auto last = source.next(any_day);
    for (int i = 0; i < 20'000; ++i) {
        const auto id = source.next(any_day);
        ASSERT_LT(last, id) << i;
        ASSERT_LT(to_string(last), to_string(id)) << i;
        ASSERT_EQ(id[6] >> 4U, 7);
        last = id;
    }
    // Twenty thousand ids need no more than ten borrowed milliseconds.
    EXPECT_LE(millisecond_of(last) - millisecond_of(uuid_source().next(any_day)), 10U);
}

TEST(uuid, ascends_strictly_when_the_clock_steps_back) {
    uuid_source source;
    auto last = source.next(any_day);
    for (const auto step : {-1, -1'000, -86'400'000, 0, 1, -5, 2, 3}) {
        const auto id = source.next(any_day + milliseconds(step));
        EXPECT_LT(last, id) << step;
        last = id;
    }
    EXPECT_LT(last, source.next(time_point{}));
    EXPECT_GT(source.next(any_day + milliseconds(10)), last);
}

TEST(uuid, follows_the_clock_again_after_a_step_back) {
    uuid_source source;
    (void)source.next(any_day);
    (void)source.next(any_day - milliseconds(500));
    const auto later = any_day + milliseconds(700);
    EXPECT_EQ(millisecond_of(source.next(later)),
              static_cast<std::uint64_t>(later.time_since_epoch().count()));
}

TEST(uuid, takes_a_time_before_1970_for_1970) {
    uuid_source source;
    const auto first = source.next(time_point(milliseconds(-5)));
    EXPECT_EQ(millisecond_of(first), 0U);
    EXPECT_LT(first, source.next(time_point(milliseconds(-5))));
}

TEST(uuid, of_two_sources_differs_at_the_same_instant) {
    std::set<uuid_bytes> seen;
    for (int i = 0; i < 1000; ++i)
        EXPECT_TRUE(seen.insert(uuid_source().next(any_day)).second);
}

TEST(request_id, is_sixteen_hex_digits_and_random) {
    random_bytes random;
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto id = make_request_id(random);
        EXPECT_EQ(id.size(), 16U);
        EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
        EXPECT_TRUE(seen.insert(id).second);
    }
}

}  // namespace
}  // namespace shopbell
