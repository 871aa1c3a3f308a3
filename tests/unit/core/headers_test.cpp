#include <shopbell/core/headers.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

TEST(headers, are_found_without_case) {
    const headers fields = {{"Content-Type", "a"}, {"X-One", "1"}, {"content-type", "b"}};
    EXPECT_EQ(count(fields, "CONTENT-TYPE"), 2U);
    EXPECT_EQ(value_of(fields, "content-TYPE"), "a");
    EXPECT_EQ(count(fields, "x-one"), 1U);
    EXPECT_EQ(count(fields, "x-on"), 0U);
    EXPECT_EQ(value_of(fields, "x-two"), "");
    EXPECT_EQ(count({}, ""), 0U);
}

}  // namespace
}  // namespace shopbell
