#include <shopbell/sinks/registry.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

TEST(sink_registry, finds_each_type_by_its_name) {
    for (const sink_entry& one : sink_types()) {
        EXPECT_EQ(find_sink_type(one.type), &one);
        EXPECT_LE(one.default_concurrency, one.max_concurrency) << one.type;
    }
    EXPECT_EQ(find_sink_type("kafka"), nullptr);
    EXPECT_EQ(find_sink_type(""), nullptr);
}

TEST(sink_registry, keeps_the_order_within_a_file) {
    EXPECT_EQ(find_sink_type("file")->max_concurrency, 1U);
    EXPECT_EQ(find_sink_type("log")->max_concurrency, 1U);
}

}  // namespace
}  // namespace shopbell
