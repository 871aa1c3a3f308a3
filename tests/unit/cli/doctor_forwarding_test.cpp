#include "../src/cli/doctor_forwarding.hpp"

#include <gtest/gtest.h>

namespace shopbell {
namespace {

struct belief_row {
    const char* name;
    const char* rejection;
    bool believed;
};

class a_stranger_s_address : public testing::TestWithParam<belief_row> {};

TEST_P(a_stranger_s_address, is_found_where_it_was_believed) {
    const auto document = json::document::parse(std::string("[") + GetParam().rejection + "]");
    ASSERT_TRUE(document);
    EXPECT_EQ(was_believed(document->root(), "2001:db8::7"), GetParam().believed);
}

INSTANTIATE_TEST_SUITE_P(
    rows, a_stranger_s_address,
    testing::Values(
        belief_row{"alone",
                   R"({"client":"2001:db8::7","headers":[{"name":"x-forwarded-for","value":"2001:db8::7"}]})",
                   true},
        belief_row{"another_client",
                   R"({"client":"127.0.0.1","headers":[{"name":"X-Forwarded-For","value":"2001:db8::7"}]})",
                   false},
        belief_row{"appended_to_on_this_machine",
                   R"({"client":"2001:db8::7","headers":[{"name":"X-Forwarded-For",
                       "value":"2001:db8::7, 127.0.0.1"}]})",
                   false},
        belief_row{"in_two_lines",
                   R"({"client":"2001:db8::7","headers":[{"name":"X-Forwarded-For","value":"2001:db8::7"},
                       {"name":"X-Forwarded-For","value":"127.0.0.1"}]})",
                   false},
        belief_row{"without_headers", R"({"client":"2001:db8::7"})", false},
        belief_row{"said_by_somebody_else", R"({"client":"2001:db8::7","headers":[]})", false}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace shopbell
